/** What a leg proves who it is with (RFC 3261 22): an INVITE once, or twice where its nonce was too old, and what follows it. */

import type { KeyObject } from 'node:crypto';
import type { Secret } from '../../core/configuration.ts';
import { derivedToken } from '../invite-request.ts';
import type { IncomingResponse } from '../link.ts';
import { answerChallenge, type Challenge, parseChallenges } from '../message/digest.ts';

export interface CredentialsOptions {
  idempotencyKey: string;
  keySecret: KeyObject;
  secretOf: (secret: Secret) => string;
}

export interface Login {
  username: string;
  password: Secret;
  /** Null: whatever realm asks. */
  realm: string | null;
}

export interface Header {
  name: string;
  value: string;
}

export class Credentials {
  readonly #options: CredentialsOptions;
  #challenges = 0;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** For an INVITE; null: it has been tried, or there are none. */
  once(login: Login | null, response: IncomingResponse, uri: string): Header | null {
    const challenge = challengeOf(login, response);
    if (!challenge || login === null) return null;
    this.#challenges++;
    if (this.#challenges > 1 && !(challenge.stale && this.#challenges === 2)) return null;
    return this.#answerTo(challenge, response, { method: 'INVITE', uri, login });
  }

  /** For a request within the dialog; null: there are none. */
  within(login: Login | null, response: IncomingResponse, request: { method: string; uri: string }): Header | null {
    const challenge = challengeOf(login, response);
    return challenge && login !== null ? this.#answerTo(challenge, response, { ...request, login }) : null;
  }

  #answerTo(
    challenge: Challenge,
    { status }: IncomingResponse,
    { login, ...request }: { method: string; uri: string; login: Login },
  ): Header {
    const { idempotencyKey, keySecret, secretOf } = this.#options;
    const key = `${idempotencyKey}\n${request.method}\n${challenge.nonce}`;
    const cnonce = derivedToken(keySecret, 'cnonce', key).slice(0, 16);
    const { username, password } = login;
    const value = answerChallenge(challenge, { ...request, username, password: secretOf(password), cnonce });
    return { name: status === 407 ? 'Proxy-Authorization' : 'Authorization', value };
  }
}

function challengeOf(login: Login | null, response: IncomingResponse): Challenge | undefined {
  if (login === null) return undefined;
  const lines = response.head.all(response.status === 407 ? 'proxy-authenticate' : 'www-authenticate');
  return parseChallenges(lines).find((one) => (login.realm ?? one.realm) === one.realm);
}
