/** Who is signed in: by the cookie of a session, or by an API key that this tab keeps until it is closed. */

import { useSyncExternalStore } from 'react';
import type { Role } from './types.ts';

const KEY = 'drachtio-callback.key';

export interface Session {
  kind: 'session' | 'basic' | 'key' | 'configured';
  username: string;
  name: string | null;
  /** What he may do; null: everything. */
  permissions: readonly string[] | null;
  role: Role | null;
  /** Whose callbacks, rules and numbers he sees; empty: all. */
  inboundNumbers: readonly string[];
  /** Whether a code of an authenticator is asked for when he signs in. */
  totp: boolean;
  /** Goes with every write of a cookie's session. */
  csrfToken: string | null;
  /** Value of the Authorization header; null: the cookie says who it is. */
  authorization: string | null;
  mustChangePassword: boolean;
}

/** Undefined: not known yet. */
let current: Session | null | undefined;
const listeners = new Set<() => void>();

function tell(next: Session | null): void {
  current = next;
  for (const listener of listeners) listener();
}

export const session = {
  current: (): Session | null | undefined => current,
  begin: (next: Session): void => {
    if (next.authorization !== null) sessionStorage.setItem(KEY, next.authorization);
    tell(next);
  },
  /** Signed out, by the person or because the server does not know him any more. */
  end: (): void => {
    sessionStorage.removeItem(KEY);
    tell(null);
  },
  keptKey: (): string | null => sessionStorage.getItem(KEY),
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function useSession(): Session | null | undefined {
  return useSyncExternalStore(session.subscribe, session.current);
}

/** What is asked of each thing by its inbound number; all else concerns everybody's. */
const BY_NUMBER: ReadonlySet<string> = new Set([
  'callbacks:read',
  'callbacks:write',
  'callbacks:export',
  'recordings:listen',
  'recordings:delete',
  'status:read',
  'configuration:read',
  'numbers:write',
]);

/** Somebody who looks after some inbound numbers, and not after the system. */
export const isLimited = (who: Session): boolean => who.inboundNumbers.length > 0;

export function may(who: Session | null | undefined, permission: string): boolean {
  if (!who || (isLimited(who) && !BY_NUMBER.has(permission))) return false;
  return who.permissions === null || who.permissions.includes(permission);
}

/** Whether the person may: what he may not is not shown, and the server refuses it anyway. */
export function useMay(permission: string): boolean {
  return may(useSession(), permission);
}

/** Rules and inbound numbers may be changed by those who may not touch trunks. */
export const writePermission = (resource: string): string =>
  resource === 'callback-rules' || resource === 'inbound-numbers' ? 'numbers:write' : 'configuration:write';
