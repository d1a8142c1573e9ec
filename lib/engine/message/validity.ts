import type { Problem } from './head.ts';
import { type HeaderLine, splitElements } from './header-list.ts';
import { isCallId, isTag } from './identifiers.ts';
import type { SipMessage } from './sip-message.ts';
import { parseUri } from './uri.ts';
import { parseVia } from './via.ts';

const DIGITS = /^[0-9]{1,10}$/;
const MAX_FORWARDS = /^[0-9]{1,10}$/;
const SIP_SCHEME = /^sips?:/i;
const ANY_SCHEME = /^[a-z][a-z0-9+.-]*:./i;

/** Headers which every message must have, once (RFC 3261 8.1.1, 20). */
const MANDATORY = ['via', 'from', 'to', 'call-id', 'cseq'] as const;
const SINGLE: ReadonlySet<string> = new Set(['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length']);
/** A bit for each of these. */
const BITS: ReadonlyMap<string, number> = new Map(
  [...new Set([...SINGLE, ...MANDATORY])].map((key, place) => [key, 1 << place] as const),
);

/** What is wrong with the headers that the engine itself needs; other headers are not looked at. */
export function findProblem(message: SipMessage, lines: readonly HeaderLine[]): Problem | undefined {
  const reason =
    countProblem(lines) ?? valueProblem(message) ?? (message.isRequest ? requestProblem(message) : undefined);
  return reason === undefined ? undefined : { reason, status: 400 };
}

function countProblem(lines: readonly HeaderLine[]): string | undefined {
  let seen = 0;
  for (const { key } of lines) {
    const bit = BITS.get(key);
    if (bit === undefined) continue;
    // RFC 4475 3.3.8, 3.3.9: two values where one may stand.
    if ((seen & bit) !== 0 && SINGLE.has(key)) return `more than one ${key} header`;
    seen |= bit;
  }
  for (const key of MANDATORY) if ((seen & BITS.get(key)!) === 0) return `no ${key} header`;
  return undefined;
}

function valueProblem(message: SipMessage): string | undefined {
  if (message.cseq === undefined) return 'CSeq is no number and method, or too large';
  if (!isCallId(message.callId)) return 'Call-ID is none';
  if (message.from === undefined) return 'From is no address';
  if (message.to === undefined) return 'To is no address';
  for (const tag of [message.fromTag, message.toTag]) if (tag !== undefined && !isTag(tag)) return 'a tag is no token';
  if (message.topVia === undefined) return 'the top Via is none';
  const length = message.get('content-length');
  if (length !== undefined && !DIGITS.test(length)) return 'Content-Length is no number';
  return undefined;
}

function requestProblem(message: SipMessage): string | undefined {
  if (message.cseq?.method !== message.method) return `CSeq is for ${message.cseq?.method}, not ${message.method}`;
  const hops = message.get('max-forwards');
  // 0-255 (RFC 3261 20.22).
  if (hops !== undefined && !(MAX_FORWARDS.test(hops) && Number(hops) <= 255))
    return 'Max-Forwards is no number up to 255';
  const { uri } = message;
  if (SIP_SCHEME.test(uri) ? parseUri(uri) === undefined : !ANY_SCHEME.test(uri)) return 'Request-URI is no URI';
  // The answer carries every Via back, so each must be one.
  for (const value of message.lines('via')) {
    for (const element of splitElements(value)) if (parseVia(element) === undefined) return 'a Via is none';
  }
  return undefined;
}

/** Whether a response can be made of a request (RFC 3261 8.2.6): all that it copies is there. */
export function hasAnswerableHeaders(message: SipMessage): boolean {
  return message.topVia !== undefined && MANDATORY.every((key) => (message.get(key) ?? '') !== '');
}
