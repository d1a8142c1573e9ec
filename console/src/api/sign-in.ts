/** Signing in and out. */

import { ApiFailure, request } from './client.ts';
import { type Session, session } from './session.ts';

type Said = Omit<Session, 'authorization' | 'username'> & { username: string | null };

function sessionOf(said: Said, authorization: string | null): Session {
  const { kind, name, role, permissions, inboundNumbers, totp, csrfToken, mustChangePassword } = said;
  const username = said.username ?? name ?? '';
  return {
    kind,
    username,
    name,
    role,
    permissions,
    inboundNumbers,
    totp,
    csrfToken,
    mustChangePassword,
    authorization,
  };
}

/** HTTP Basic (RFC 7617), in UTF-8. */
function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function sessionBy(authorization: string): Promise<Session> {
  const headers = { authorization };
  return sessionOf((await (await request('/api/v1/session', { headers })).json()) as Said, authorization);
}

/** At the start of the page: whoever has a cookie, or a key in this tab, need not sign in again. */
export async function resumeSession(): Promise<void> {
  const key = session.keptKey();
  try {
    if (key !== null) session.begin(await sessionBy(key));
    else session.begin(sessionOf((await (await request('/api/v1/session')).json()) as Said, null));
  } catch {
    session.end();
  }
}

/** After what the person has changed about himself: with another password the session and its token are new ones. */
export async function readSessionAgain(): Promise<void> {
  const said = (await (await request('/api/v1/session')).json()) as Said;
  session.begin(sessionOf(said, session.current()?.authorization ?? null));
}

export interface Credentials {
  /** Empty: the password is an API key. */
  username: string;
  password: string;
  totp?: string;
}

/** Rejects with ApiFailure; its code `totp-required` asks for the second factor. */
export async function signIn({ username, password, totp }: Credentials): Promise<void> {
  if (username === '') {
    session.begin(await sessionBy(basic('key', password)));
    return;
  }
  const body = JSON.stringify({ username, password, ...(totp === undefined || totp === '' ? {} : { totp }) });
  const headers = { 'content-type': 'application/json' };
  const answer = await request('/api/v1/session', { method: 'POST', headers, body });
  session.begin(sessionOf((await answer.json()) as Said, null));
}

export async function signOut(): Promise<void> {
  try {
    await request('/api/v1/session', { method: 'DELETE' });
  } catch (error) {
    // A key has no session to end; a session that is over already is what was wanted.
    if (!(error instanceof ApiFailure) || error.status === 0) throw error;
  } finally {
    session.end();
  }
}
