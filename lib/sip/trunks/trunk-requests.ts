/** OPTIONS and REGISTER towards trunks, each with its answer to a challenge. */

import { type KeyObject, randomBytes } from 'node:crypto';
import type { Secret, Trunk } from '../../core/configuration.ts';
import type { RegisterResult } from '../../core/trunk/trunk-registration.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PingResult, RegisterBinding, TrunkSignalling } from '../../ports/trunk-signalling.ts';
import { derivedToken, userAgent } from '../invite-request.ts';
import type { IncomingResponse, OutgoingRequest, SipLink } from '../link.ts';
import type { LocalAddresses } from '../local-addresses.ts';
import { answerChallenge, parseChallenges } from '../message/digest.ts';
import { parseRetryAfter } from '../message/reason.ts';
import { escapeUser, parseUri, transportOf } from '../message/uri.ts';
import { grantedSeconds } from './granted-seconds.ts';

/** The engine's own Timer F is 32 s; this is for an engine that says nothing at all. */
const ANSWER_LIMIT_MS = 40_000;

export interface TrunkRequestsOptions {
  link: SipLink;
  addresses: LocalAddresses;
  clock: Clock;
  secretOf: (secret: Secret) => string;
  key: KeyObject;
}

type Final =
  | { type: 'answer'; response: IncomingResponse }
  /** Nothing of the peer: a timeout, or what the engine made up. */
  | { type: 'nothing'; text: string }
  | { type: 'away' };

interface Addressed {
  /** Host of Request-URI, From and To. */
  domain: string;
  host: string;
  scheme: string;
  protocol: string;
}

export class TrunkRequests implements TrunkSignalling {
  readonly #options: TrunkRequestsOptions;

  constructor(options: TrunkRequestsOptions) {
    this.#options = options;
  }

  async ping(trunk: Trunk, withinMs: number): Promise<PingResult> {
    const at = addressed(trunk);
    if (at === null) return { type: 'silent', text: 'bad proxy URI' };
    const { clock } = this.#options;
    const user = escapeUser(trunk.auth?.username ?? 'ping');
    const uri = `${at.scheme}:${at.domain}`;
    const headers = {
      From: `<sip:${user}@${at.domain}>;tag=${randomBytes(8).toString('hex')}`,
      To: `<${uri}>`,
      Accept: 'application/sdp',
      'User-Agent': userAgent,
    };
    const sentAt = clock.now();
    const request = { method: 'OPTIONS', uri, dialogId: null, nextHop: trunk.proxy, headers, body: null };
    const final = await this.#send(request, withinMs);
    if (final.type === 'away') return { type: 'unknown' };
    if (final.type === 'nothing') return { type: 'silent', text: final.text };
    return { type: 'answered', status: final.response.status, roundTripMs: Math.max(0, clock.now() - sentAt) };
  }

  async register(trunk: Trunk, binding: RegisterBinding, expiresSeconds: number): Promise<RegisterResult | null> {
    const at = addressed(trunk);
    if (at === null || trunk.auth === null) return { type: 'silent', text: 'bad proxy URI, or no auth' };
    const contact = this.#contactOf(trunk, at);
    if (contact === null) return { type: 'silent', text: `we do not listen by ${at.protocol}` };
    let credentials: { name: string; value: string } | null = null;
    for (let challenges = 0; ; challenges += 1) {
      binding.cseq += 1;
      const request = this.#registerRequest(trunk, { at, binding, contact, expiresSeconds, credentials });
      const final = await this.#send(request, ANSWER_LIMIT_MS);
      if (final.type === 'away') return null;
      if (final.type === 'nothing') return { type: 'silent', text: final.text };
      const { response } = final;
      if (response.status !== 401 && response.status !== 407) return registerResult(response, contact, expiresSeconds);
      const next = this.#credentials(trunk.auth, response, { method: 'REGISTER', uri: request.uri });
      const may = next !== null && (challenges === 0 || (challenges === 1 && next.stale));
      if (!may) return { type: 'credentials', status: response.status, text: textOf(response) };
      credentials = next;
    }
  }

  #contactOf(trunk: Trunk, at: Addressed): string | null {
    const user = (trunk.register !== false && trunk.register.contact) || (trunk.auth?.username ?? '');
    return this.#options.addresses.contactOf(escapeUser(user), { host: at.host, protocol: at.protocol });
  }

  #registerRequest(
    trunk: Trunk,
    parts: {
      at: Addressed;
      binding: RegisterBinding;
      contact: string;
      expiresSeconds: number;
      credentials: { name: string; value: string } | null;
    },
  ): OutgoingRequest {
    const { at, binding, contact, expiresSeconds, credentials } = parts;
    const aor = `sip:${escapeUser(trunk.auth?.username ?? '')}@${at.domain}`;
    const tag = derivedToken(this.#options.key, 'register-tag', `${binding.callId}\n${binding.cseq}`).slice(0, 16);
    return {
      method: 'REGISTER',
      uri: `${at.scheme}:${at.domain}`,
      dialogId: null,
      nextHop: trunk.proxy,
      headers: {
        From: `<${aor}>;tag=${tag}`,
        To: `<${aor}>`,
        'Call-ID': binding.callId,
        CSeq: `${binding.cseq} REGISTER`,
        Contact: `<${contact}>;expires=${expiresSeconds}`,
        Expires: String(expiresSeconds),
        'User-Agent': userAgent,
        ...(credentials === null ? {} : { [credentials.name]: credentials.value }),
      },
      body: null,
    };
  }

  #credentials(
    auth: NonNullable<Trunk['auth']>,
    response: IncomingResponse,
    request: { method: string; uri: string },
  ): { name: string; value: string; stale: boolean } | null {
    const lines = response.head.all(response.status === 407 ? 'proxy-authenticate' : 'www-authenticate');
    const challenge = parseChallenges(lines).find((one) => (auth.realm ?? one.realm) === one.realm);
    if (challenge === undefined) return null;
    const password = this.#options.secretOf(auth.password);
    const cnonce = randomBytes(8).toString('hex');
    const value = answerChallenge(challenge, { ...request, username: auth.username, password, cnonce });
    const name = response.status === 407 ? 'Proxy-Authorization' : 'Authorization';
    return { name, value, stale: challenge.stale };
  }

  /** The final answer of the peer. */
  #send(request: OutgoingRequest, withinMs: number): Promise<Final> {
    const { link, clock } = this.#options;
    return new Promise((resolve) => {
      let transactionId: string | null = null;
      const done = (final: Final) => {
        cancel();
        resolve(final);
      };
      const cancel = clock.after(withinMs, () => {
        if (transactionId !== null) link.forget(transactionId);
        resolve(link.connected ? { type: 'nothing', text: `no answer in ${withinMs} ms` } : { type: 'away' });
      });
      link.send(request, {
        sent: (sent) => {
          transactionId = sent.transactionId;
        },
        failed: (text) => done(link.connected ? { type: 'nothing', text } : { type: 'away' }),
        response: (response) => {
          if (response.status < 200) return;
          if (response.source !== null) done({ type: 'answer', response });
          else done({ type: 'nothing', text: response.status === 408 ? 'no answer' : textOf(response) });
        },
      });
    });
  }
}

function addressed(trunk: Trunk): Addressed | null {
  const proxy = parseUri(trunk.proxy);
  if (!proxy || proxy.host === '') return null;
  const domain = trunk.domain ?? proxy.host;
  return { domain, host: proxy.host, scheme: proxy.scheme, protocol: transportOf(proxy) };
}

const textOf = ({ status, phrase }: IncomingResponse) => `${status} ${phrase}`.trim();

function registerResult(response: IncomingResponse, contact: string, asked: number): RegisterResult {
  const { status, head } = response;
  if (status < 300) {
    const expires = { contacts: head.all('contact'), expires: head.first('expires') };
    return { type: 'registered', expiresSeconds: grantedSeconds(expires, contact, asked) };
  }
  const text = textOf(response);
  if (status === 423) {
    const least = /^\s*(\d{1,9})\s*$/.exec(head.first('min-expires') ?? '')?.[1];
    return { type: 'tooBrief', minExpiresSeconds: least === undefined ? null : Number(least) };
  }
  // Who answers 403 to credentials means these (RFC 3261 22.1 has them ask again with 401).
  if (status === 403) return { type: 'credentials', status, text };
  return { type: 'refused', status, text, retryAfterSeconds: parseRetryAfter(head.first('retry-after')) };
}
