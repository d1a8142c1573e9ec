/** Digest authentication as RFC 3261 22 and RFC 8760 use it: MD5 and SHA-256, qop `auth` or none. */

import { createHash } from 'node:crypto';
import { printable, quoted, splitOutside, unquoted } from './message-head.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

export interface Challenge {
  realm: string;
  nonce: string;
  opaque: string | null;
  algorithm: DigestAlgorithm;
  /** RFC 2617 servers send no qop. */
  qop: 'auth' | null;
  stale: boolean;
}

/**
 * The challenges that we can meet, in the order of the server's preference (RFC 8760 2.4). A header line may hold several.
 */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  return lines.slice(0, 8).flatMap((line) => digestsOf(line).flatMap(challengeOf));
}

/** The parameters of each `Digest` in a header value; names in lower case, values without quotes. */
function digestsOf(line: string): Array<Record<string, string>> {
  const digests: Array<Record<string, string>> = [];
  let current: Record<string, string> | null = null;
  for (const part of splitOutside(line, ',').slice(0, 64)) {
    const scheme = /^([A-Za-z][A-Za-z0-9-]*)\s+(?=\S)/.exec(part);
    const rest = scheme ? part.slice(scheme[0].length) : part;
    if (scheme && !rest.startsWith('=')) {
      current = scheme[1]!.toLowerCase() === 'digest' ? Object.create(null) : null;
      if (current) digests.push(current);
    }
    const equals = rest.indexOf('=');
    if (!current || equals <= 0) continue;
    const name = rest.slice(0, equals).trim().toLowerCase();
    if (!(name in current)) current[name] = unquoted(rest.slice(equals + 1).trim());
  }
  return digests;
}

function challengeOf(params: Record<string, string>): Challenge[] {
  const algorithm = algorithmOf(params['algorithm']);
  const offered = params['qop']?.split(',').map((qop) => qop.trim().toLowerCase());
  if (!algorithm || params['nonce'] === undefined || params['realm'] === undefined) return [];
  if (offered && !offered.includes('auth')) return [];
  return [
    {
      realm: params['realm'],
      nonce: params['nonce'],
      opaque: params['opaque'] ?? null,
      algorithm,
      qop: offered ? 'auth' : null,
      stale: params['stale']?.toLowerCase() === 'true',
    },
  ];
}

function algorithmOf(name: string | undefined): DigestAlgorithm | null {
  const upper = (name ?? 'MD5').toUpperCase();
  return upper === 'MD5' || upper === 'SHA-256' ? upper : null;
}

export interface DigestRequest {
  method: string;
  uri: string;
  username: string;
  password: string;
  realm: string;
  nonce: string;
  algorithm: DigestAlgorithm;
  qop: string | null;
  cnonce: string;
  /** Eight hexadecimal digits. */
  nc: string;
}

/** RFC 7616 3.4.1. */
export function digestResponse(request: DigestRequest): string {
  const hash = (text: string) =>
    createHash(request.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const secret = hash(`${request.username}:${request.realm}:${request.password}`);
  const target = hash(`${request.method}:${request.uri}`);
  if (request.qop === null) return hash(`${secret}:${request.nonce}:${target}`);
  return hash(`${secret}:${request.nonce}:${request.nc}:${request.cnonce}:${request.qop}:${target}`);
}

/** The value of Authorization or Proxy-Authorization for a challenge. */
export function answerChallenge(
  challenge: Challenge,
  request: { method: string; uri: string; username: string; password: string; cnonce: string },
): string {
  const nc = '00000001';
  const response = digestResponse({ ...request, ...challenge, nc });
  const parts = [
    `username=${quoted(request.username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    `algorithm=${challenge.algorithm}`,
  ];
  if (challenge.opaque !== null) parts.push(`opaque=${quoted(challenge.opaque)}`);
  if (challenge.qop !== null) parts.push(`qop=${challenge.qop}`, `nc=${nc}`, `cnonce=${quoted(request.cnonce)}`);
  return `Digest ${parts.join(', ')}`;
}

/** What a client claims in Authorization; every field is hostile. */
export interface Credentials {
  username: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  algorithm: DigestAlgorithm;
  qop: string | null;
  cnonce: string;
  nc: string;
}

/** The first readable Digest credentials for a realm; null: none. */
export function parseCredentials(lines: readonly string[], realm: string): Credentials | null {
  for (const params of lines.slice(0, 8).flatMap(digestsOf)) {
    const algorithm = algorithmOf(params['algorithm']);
    const qop = params['qop']?.toLowerCase() ?? null;
    if (!algorithm || params['realm'] !== realm || (qop !== null && qop !== 'auth')) continue;
    return {
      username: printable(params['username'] ?? ''),
      realm,
      nonce: params['nonce'] ?? '',
      uri: params['uri'] ?? '',
      response: params['response'] ?? '',
      algorithm,
      qop,
      cnonce: params['cnonce'] ?? '',
      nc: params['nc'] ?? '',
    };
  }
  return null;
}
