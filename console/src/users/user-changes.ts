/** What is asked of the server about a user. What is not said stays as it is. */

import { api } from '../api/client.ts';
import type { Role, User } from '../api/types.ts';

export interface UserValues {
  username: string;
  name: string;
  role: Role | null;
  inboundNumbers: string[];
}

export const NEW_USER: UserValues = { username: '', name: '', role: null, inboundNumbers: [] };

export const valuesOf = ({ username, name, role, inboundNumbers }: User): UserValues => ({
  username,
  name: name ?? '',
  role,
  inboundNumbers,
});

const shared = ({ username, name, role, inboundNumbers }: UserValues) => ({
  username: username.trim(),
  name: name.trim() === '' ? null : name.trim(),
  role,
  inboundNumbers,
});

/** His first password is good for one sign-in: he has to choose his own. */
export const addUser = (values: UserValues, password: string) =>
  api.post('/api/v1/users', { body: { ...shared(values), password, mustChangePassword: true } });

export interface UserChange {
  user: User;
  etag: string | null;
  values?: UserValues;
  enabled?: boolean;
  /** One for one sign-in. */
  password?: string;
  /** Takes the second factor away. */
  totp?: false;
}

export function changeUser({ user, etag, values = valuesOf(user), enabled, password, totp }: UserChange) {
  const body = {
    ...shared(values),
    enabled: enabled ?? user.enabled,
    mustChangePassword: password === undefined ? user.mustChangePassword : true,
    ...(password === undefined ? {} : { password }),
    ...(totp === undefined ? {} : { totp }),
  };
  return api.put('/api/v1/users/{name}', { parameters: { name: user.username }, body, ifMatch: etag });
}

/** As it is now, so that a click on an old list undoes nobody's change. */
export async function readUser(username: string): Promise<{ user: User; etag: string | null }> {
  const { body, etag } = await api.read('/api/v1/users/{name}', { parameters: { name: username } });
  return { user: body, etag };
}
