/** `password USER`: who has forgotten his gets a new one for once, from whoever may read the store or the control file. */

import { randomInt } from 'node:crypto';
import type { LocalConfig } from '../config/local-config.ts';
import { passwordHash } from '../http/access/password.ts';
import { type StoredUser, type User, Users } from '../http/access/users.ts';
import type { Store } from '../ports/store.ts';
import { type CliDependencies, CommandError, type ExitCode } from './cli-dependencies.ts';
import { assertPlace } from './commands.ts';
import { type RunningServer, runningServer } from './running-server.ts';

export interface PasswordOptions {
  username: string;
  /** false: the second factor is taken off. */
  totp: boolean;
}

interface Reset {
  username: string;
  isEnabled: boolean;
  /** Still asked for. */
  hasTotp: boolean;
}

const LENGTH = 20;
/** Without letters that look alike. */
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const MOST_TRIES = 5;

const newPassword = (): string => Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

const unknown = (username: string) => new CommandError(`there is no user named ${username}; nothing was changed`);
const busy = () => new CommandError('the user is being changed by others all the time; try again');

/** His sessions end with the password, as everywhere. */
const changed = (user: User, hash: string, keepsTotp: boolean): User => ({
  ...user,
  passwordHash: hash,
  mustChangePassword: true,
  totp: keepsTotp ? user.totp : null,
  epoch: user.epoch + 1,
  unlockedAt: Date.now(),
});

async function resetStored(store: Store, { username, totp }: PasswordOptions, password: string): Promise<Reset> {
  const { documents, settings, journal } = store;
  const users = new Users({ documents, settings, now: Date.now });
  const hash = await passwordHash(password);
  const put = async (): Promise<StoredUser> => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = await users.find(username);
      if (found === null) throw unknown(username);
      if (await users.put(changed(found.user, hash, totp), found.version)) return found;
    }
    throw busy();
  };
  const { user } = await put();
  const changes = [
    { field: 'password', before: null, after: 'changed' },
    ...(totp || user.totp?.inForce !== true ? [] : [{ field: 'totp', before: true, after: false }]),
  ];
  const body = { action: 'reset the password', address: 'this machine', changes };
  const subject = `users/${user.username}`;
  await journal.append([{ kind: 'audit', at: Date.now(), actor: 'command line', subject, correlationId: null, body }]);
  return { username: user.username, isEnabled: user.enabled, hasTotp: totp && user.totp?.inForce === true };
}

/** The fields of a user that his replacement needs. */
interface UserView {
  username: string;
  name: string | null;
  role: string | null;
  enabled: boolean;
  inboundNumbers: string[];
  totp: boolean;
}

async function resetRunning(server: RunningServer, options: PasswordOptions, password: string): Promise<Reset> {
  const path = `/api/v1/users/${encodeURIComponent(options.username)}`;
  const found = await server.request('GET', path);
  if (found.status === 404) throw unknown(options.username);
  if (found.status !== 200) throw server.unexpected(found);
  const { username, name, role, enabled, inboundNumbers, totp } = found.body as unknown as UserView;
  const kept = { username, name, role, enabled, inboundNumbers, password, mustChangePassword: true };
  const put = await server.request('PUT', path, { ...kept, ...(options.totp ? {} : { totp: false }) });
  if (put.status !== 200) throw server.unexpected(put);
  return { username, isEnabled: enabled, hasTotp: options.totp && totp };
}

async function reset(
  options: PasswordOptions,
  password: string,
  { config, dependencies }: { config: LocalConfig; dependencies: CliDependencies },
): Promise<Reset> {
  let store: Store;
  try {
    store = await dependencies.openStore(config);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'STORE_IN_USE') return resetRunning(runningServer(config, dependencies), options, password);
    if (typeof code === 'string' && code.startsWith('STORE_')) throw new CommandError(message);
    throw error;
  }
  try {
    return await resetStored(store, options, password);
  } finally {
    await store.close();
  }
}

/** The password is printed this once, and is nowhere else: at the next sign-in it has to be changed. */
export async function passwordCommand(
  options: PasswordOptions,
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  assertPlace(config);
  const password = newPassword();
  const { username, isEnabled, hasTotp } = await reset(options, password, { config, dependencies });
  dependencies.out(`${username} has the password ${password} until the next sign-in, which asks for another one`);
  if (hasTotp) dependencies.err('the second factor is still asked for: --no-totp takes it off');
  if (!isEnabled) dependencies.err('this user is switched off, and cannot sign in');
  return 0;
}
