/** `/api/v1/session`: signing in and out, and one's own account. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isMasked, PERMISSIONS, PERMISSIONS_OF_ROLE, ROLES } from '../core/access/role.ts';
import { flaw, mistake } from '../core/mistake.ts';
import { passwordChange, passwordProof, signInRequest, totpCode } from '../schema/administration.ts';
import { type Authentication, principalOf, unauthorized } from './access/authentication.ts';
import { askedBy } from './access/guard.ts';
import { passwordHash } from './access/password.ts';
import { cookieOf, csrfTokenOf, idOf, type Session, type Sessions, tokenOf } from './access/sessions.ts';
import { newRecoveryCodes, newSecret, otpauthUri, recoveryHash, stepOf } from './access/totp.ts';
import type { SecondFactor, StoredUser, User, Users } from './access/users.ts';
import { ApiError, conflict, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { bodyOf } from './requested.ts';

export interface SessionRouteOptions {
  authentication: Authentication;
  users: Users;
  sessions: Sessions;
  now: () => number;
}

function changedMeanwhile(): ApiError {
  return conflict(flaw('changed-meanwhile'));
}

function sessionView(request: FastifyRequest, user: User | null, session: Session | null): object {
  const principal = askedBy(request);
  return {
    kind: principal.kind,
    username: principal.username,
    name: principal.name,
    role: principal.role,
    permissions: [...principal.permissions],
    inboundNumbers: principal.inboundNumbers ?? [],
    masked: principal.masked,
    totp: user?.totp?.inForce === true,
    mustChangePassword: user?.mustChangePassword === true,
    csrfToken: session === null ? null : csrfTokenOf(session.token),
    expiresAt: session === null ? null : isoTime(session.expiresAt),
  };
}

/** The factor as it is after this code; null: the code is none. */
function afterCode(totp: SecondFactor, code: string, now: number): SecondFactor | null {
  const step = stepOf(code.replace(/\s/g, ''), totp.secret, { now, lastStep: totp.lastStep });
  if (step !== null) return { ...totp, lastStep: step };
  const hash = recoveryHash(code);
  if (!totp.recovery.includes(hash)) return null;
  return { ...totp, recovery: totp.recovery.filter((one) => one !== hash) };
}

class SignIn {
  readonly #options: SessionRouteOptions;

  constructor(options: SessionRouteOptions) {
    this.#options = options;
  }

  async run(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { username, password, totp } = bodyOf(signInRequest, request.body);
    // whatever goes wrong from here on is worth an entry
    request.change = { subject: `users/${username}`, action: 'sign-in refused' };
    const { authentication, sessions } = this.#options;
    const found = await authentication.password(username, password, request.client.address);
    if (found === null) throw unauthorized('the name or the password is wrong', request.headers);
    const user = await this.#secondFactor(request, found, totp);
    const former = tokenOf(request.headers, request.client.isSecure);
    if (former !== null) await sessions.end(former);
    const userAgent = String(request.headers['user-agent'] ?? '');
    const session = await sessions.start(user, { address: request.client.address, userAgent });
    request.principal = principalOf(user, 'session');
    request.change = { subject: `users/${user.username}`, action: 'signed in' };
    reply.header('set-cookie', cookieOf(session.token, request.client.isSecure));
    return reply.code(201).send(sessionView(request, user, session));
  }

  async #secondFactor(request: FastifyRequest, found: StoredUser, code: string | undefined): Promise<User> {
    const { users, authentication, now } = this.#options;
    const { user, version } = found;
    const { totp } = user;
    if (totp?.inForce !== true) return user;
    if (code === undefined)
      throw unauthorized('the code of the second factor is missing', request.headers, 'totp-required');
    authentication.assertMayTry(user.username, user, request.client.address);
    const next = afterCode(totp, code, now());
    const wrong = () => unauthorized('the code is wrong, or was used already', request.headers, 'totp-wrong');
    if (next === null) {
      authentication.failed(user.username, request.client.address);
      throw wrong();
    }
    // of two who come with the same code at once, one is refused
    if (!(await users.put({ ...user, totp: next }, version))) throw wrong();
    return { ...user, totp: next };
  }
}

/** The user himself, who is there by a session; throws for keys and Basic. */
async function ownUser(request: FastifyRequest, users: Users): Promise<StoredUser> {
  const { kind, username } = askedBy(request);
  const found = kind === 'session' && username !== null ? await users.find(username) : null;
  if (found === null) throw new ApiError('forbidden', 'only with a session');
  return found;
}

function accountRoutes(app: FastifyInstance, options: SessionRouteOptions): void {
  const { authentication, users, sessions, now } = options;
  const proven = async (request: FastifyRequest, password: string, path: string): Promise<StoredUser> => {
    const { user } = await ownUser(request, users);
    const found = await authentication.password(user.username, password, request.client.address);
    if (found === null) throw mistaken([mistake(path, 'wrong')]);
    return found;
  };
  const put = async (user: User, version: number) => {
    if (!(await users.put(user, version))) throw changedMeanwhile();
  };

  app.put('/api/v1/session/password', async (request, reply) => {
    const { current, next } = bodyOf(passwordChange, request.body);
    const { user, version } = await proven(request, current, 'current');
    if (next === current) throw mistaken([mistake('next', 'same-as-before')]);
    const hash = await passwordHash(next);
    const changed = { ...user, passwordHash: hash, mustChangePassword: false, epoch: user.epoch + 1 };
    await put(changed, version);
    await sessions.end(request.session!.token);
    const from = { address: request.client.address, userAgent: String(request.headers['user-agent'] ?? '') };
    const session = await sessions.start(changed, from);
    request.change = { subject: `users/${user.username}`, action: 'changed the password' };
    reply.header('set-cookie', cookieOf(session.token, request.client.isSecure));
    return reply.code(204).send();
  });

  app.post('/api/v1/session/totp', async (request, reply) => {
    const { user, version } = await proven(request, bodyOf(passwordProof, request.body).password, 'password');
    if (user.totp?.inForce === true) throw conflict(flaw('second-factor-there'));
    const secret = newSecret();
    await put({ ...user, totp: { secret, inForce: false, lastStep: 0, recovery: [] } }, version);
    request.change = { subject: `users/${user.username}`, action: 'began a second factor' };
    return reply.code(201).send({ secret, uri: otpauthUri(secret, user.username) });
  });

  app.put('/api/v1/session/totp', async (request) => {
    const { code } = bodyOf(totpCode, request.body);
    const { user, version } = await ownUser(request, users);
    const { totp } = user;
    if (totp === null || totp.inForce) throw conflict(flaw('second-factor-begin'));
    const next = afterCode(totp, code, now());
    if (next === null) throw mistaken([mistake('code', 'wrong')]);
    const { codes, hashes } = newRecoveryCodes();
    await put({ ...user, totp: { ...next, inForce: true, recovery: hashes } }, version);
    request.change = { subject: `users/${user.username}`, action: 'set a second factor' };
    return { recoveryCodes: codes };
  });

  app.delete('/api/v1/session/totp', async (request, reply) => {
    const { user, version } = await proven(request, bodyOf(passwordProof, request.body).password, 'password');
    await put({ ...user, totp: null }, version);
    request.change = { subject: `users/${user.username}`, action: 'removed the second factor' };
    return reply.code(204).send();
  });
}

/** Where the user is signed in. */
function otherSessionRoutes(app: FastifyInstance, { users, sessions }: SessionRouteOptions): void {
  app.get('/api/v1/sessions', async (request) => {
    const { user } = await ownUser(request, users);
    const current = idOf(request.session!.token);
    const items = (await sessions.of(user)).map(({ id, startedAt, seenAt, expiresAt, address, userAgent }) => ({
      id,
      current: id === current,
      address,
      userAgent,
      startedAt: isoTime(startedAt),
      seenAt: isoTime(seenAt),
      expiresAt: isoTime(expiresAt),
    }));
    return { items };
  });

  app.delete('/api/v1/sessions', async (request) => {
    const { user } = await ownUser(request, users);
    const ended = await sessions.endOthers(request.session!.token, user);
    request.change = { subject: `users/${user.username}`, action: 'ended the other sessions', detail: { ended } };
    return { ended };
  });
}

export function sessionRoutes(app: FastifyInstance, options: SessionRouteOptions): void {
  const { users, sessions } = options;
  const signIn = new SignIn(options);

  app.post('/api/v1/session', (request, reply) => signIn.run(request, reply));

  app.get('/api/v1/session', async (request) => {
    const { username } = askedBy(request);
    const found = username === null ? null : await users.find(username);
    return sessionView(request, found?.user ?? null, request.session);
  });

  app.delete('/api/v1/session', async (request, reply) => {
    if (request.session !== null) await sessions.end(request.session.token);
    request.change = { subject: `users/${askedBy(request).actor}`, action: 'signed out' };
    reply.header('set-cookie', cookieOf('', request.client.isSecure));
    return reply.code(204).send();
  });
  accountRoutes(app, options);
  otherSessionRoutes(app, options);

  app.get('/api/v1/roles', async () => ({
    permissions: Object.entries(PERMISSIONS).map(([name, text]) => ({ name, text })),
    roles: ROLES.map((name) => ({ name, permissions: [...PERMISSIONS_OF_ROLE[name]], masked: isMasked(name) })),
  }));
}
