/** `/api/v1/users`: who may sign in, and as what. */

import { randomInt } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { mistake } from '../core/mistake.ts';
import { userRequest } from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import type { Fields } from '../schema/plain-data.ts';
import type { ApiKeys } from './access/api-keys.ts';
import type { Authentication } from './access/authentication.ts';
import { passwordHash } from './access/password.ts';
import { canAdminister, type StoredUser, type User, type Users, userKey } from './access/users.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { preconditionFailed } from './configuration-editor.ts';
import { assertUnchanged, documentTag, tagged } from './document-tag.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { bodyOf, parameterOf } from './requested.ts';

const FILTERS = filterNames(jsonSchema(ANSWERS.User));

export interface UserRouteOptions {
  users: Users;
  keys: ApiKeys;
  authentication: Pick<Authentication, 'lockedUntil'>;
  /** As configured. */
  inboundNumbers: () => readonly string[];
  now: () => number;
}

const FIRST_EPOCHS = 2 ** 47;

function view({ user, createdAt, updatedAt }: StoredUser): Fields {
  const { username, name, role, enabled, mustChangePassword, inboundNumbers, totp } = user;
  return {
    username,
    name,
    role,
    enabled,
    mustChangePassword,
    inboundNumbers,
    totp: totp?.inForce === true,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}

const noSuchUser = () => new ApiError('not-found', 'there is no user of this name');

/** Numbers that are not configured: a limit to nothing would be seen too late. */
export function unknownNumbers(given: readonly string[], known: readonly string[]): void {
  const mistakes = given.flatMap((number, index) =>
    known.includes(number) ? [] : [mistake(`inboundNumbers[${index}]`, 'not-an-inbound-number')],
  );
  if (mistakes.length > 0) throw mistaken(mistakes);
}

class UserDesk {
  readonly #options: UserRouteOptions;

  constructor(options: UserRouteOptions) {
    this.#options = options;
  }

  async find(request: FastifyRequest): Promise<StoredUser> {
    const found = await this.#options.users.find(parameterOf(request.params, 'name'));
    if (found === null) throw noSuchUser();
    return found;
  }

  /** With what is true of him on this node and now. */
  shown(stored: StoredUser): Fields {
    return { ...view(stored), lockedUntil: isoTime(this.#options.authentication.lockedUntil(stored.user)) };
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = this.#body(request);
    if (body.password === undefined) throw mistaken([mistake('password', 'missing')]);
    const user = await this.#userOf(body, null);
    const { users } = this.#options;
    if ((await users.find(user.username)) !== null || !(await users.put(user, 0)))
      throw new ApiError('already-exists', 'there is another user of this name', { path: 'username' });
    request.change = { subject: `users/${user.username}`, after: view(bare(user)) };
    reply.header('location', `/api/v1/users/${encodeURIComponent(user.username)}`);
    return reply.code(201).send(await this.#answer(reply, user.username));
  }

  async replace(request: FastifyRequest, reply: FastifyReply): Promise<Fields> {
    const body = this.#body(request);
    const found = await this.find(request);
    assertUnchanged(request, found);
    if (userKey(body.username) !== userKey(found.user.username)) throw mistaken([mistake('username', 'fixed-user')]);
    const user = await this.#userOf(body, found.user);
    if (!canAdminister(user)) await this.#assertAnother(found);
    if (!(await this.#options.users.put(user, found.version))) throw preconditionFailed();
    const hasPassword = body.password !== undefined;
    request.change = {
      subject: `users/${user.username}`,
      before: view(found),
      after: { ...view({ ...found, user }), ...(hasPassword ? { password: 'changed' } : {}) },
    };
    return this.#answer(reply, user.username);
  }

  /** After too many wrong passwords; on every node, since it is written down. */
  async unlock(request: FastifyRequest, reply: FastifyReply): Promise<Fields> {
    const { user, version } = await this.find(request);
    const unlocked = { ...user, unlockedAt: this.#options.now() };
    if (!(await this.#options.users.put(unlocked, version))) throw preconditionFailed();
    request.change = { subject: `users/${user.username}`, action: 'unlocked' };
    return this.#answer(reply, user.username);
  }

  async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await this.find(request);
    assertUnchanged(request, found);
    await this.#assertAnother(found);
    if (!(await this.#options.users.remove(found.user.username, found.version))) throw preconditionFailed();
    await this.#options.keys.removeOf(found.user.username);
    request.change = { subject: `users/${found.user.username}`, before: view(found) };
    return reply.code(204).send();
  }

  #body(request: FastifyRequest): z.output<typeof userRequest> {
    const body = bodyOf(userRequest, request.body);
    unknownNumbers(body.inboundNumbers, this.#options.inboundNumbers());
    return body;
  }

  /** What ends the sessions of a user: another password, another role, being switched off. */
  async #userOf(body: z.output<typeof userRequest>, before: User | null): Promise<User> {
    const { username, name = null, role = null, enabled, mustChangePassword, inboundNumbers, password } = body;
    const hash = password === undefined ? before!.passwordHash : await passwordHash(password);
    const isOther = before !== null && (password !== undefined || role !== before.role || !enabled);
    return {
      username: before?.username ?? username,
      name,
      role,
      enabled,
      mustChangePassword,
      inboundNumbers,
      passwordHash: hash,
      totp: body.totp === false ? null : (before?.totp ?? null),
      // never again what a former user of this name had: his sessions would be the new one's
      epoch: before === null ? randomInt(FIRST_EPOCHS) : before.epoch + (isOther ? 1 : 0),
      // who gets another password is not kept waiting for wrong ones of before
      unlockedAt: password === undefined ? (before?.unlockedAt ?? null) : this.#options.now(),
    };
  }

  async #assertAnother(found: StoredUser): Promise<void> {
    if (!canAdminister(found.user)) return;
    const others = (await this.#options.users.all()).filter(({ user }) => user.username !== found.user.username);
    if (!others.some(({ user }) => canAdminister(user)))
      throw new ApiError('conflict', 'nobody could administer the system any more', {
        publicCode: 'last-administrator',
      });
  }

  async #answer(reply: FastifyReply, username: string): Promise<Fields> {
    const stored = await this.#options.users.find(username);
    if (stored === null) throw noSuchUser();
    reply.header('etag', documentTag(stored));
    return this.shown(stored);
  }
}

const bare = (user: User): StoredUser => ({ user, version: 0, createdAt: null, updatedAt: null });

export function userRoutes(app: FastifyInstance, options: UserRouteOptions): void {
  const desk = new UserDesk(options);
  app.get('/api/v1/users', async (request) => {
    const users = await options.users.all();
    return askedPage(
      users.map((stored) => desk.shown(stored)),
      request.query,
      FILTERS,
    );
  });
  app.post('/api/v1/users', (request, reply) => desk.create(request, reply));
  app.get('/api/v1/users/:name', async (request, reply) => {
    const found = await desk.find(request);
    // always with a body: a lock comes and goes without the tag, which is that of the user as stored
    tagged(request, reply, found);
    return desk.shown(found);
  });
  app.post('/api/v1/users/:name/unlock', (request, reply) => desk.unlock(request, reply));
  app.put('/api/v1/users/:name', (request, reply) => desk.replace(request, reply));
  app.delete('/api/v1/users/:name', (request, reply) => desk.remove(request, reply));
}
