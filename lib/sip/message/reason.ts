/** The Reason header (RFC 3326, in responses RFC 6432, location RFC 8606) and Retry-After. */

import { printable, quoted, splitList, splitOutside, unquoted } from './message-head.ts';

const maxTextLength = 200;

export interface ReasonValue {
  protocol: string;
  cause: number | null;
  text: string;
  location: string | null;
}

export function formatReason(reason: { protocol: string; cause: number; text: string }): string {
  const protocol = reason.protocol.replace(/[^A-Za-z0-9.\-_!%*+`'~]/g, '') || 'Q.850';
  const text = reason.text === '' ? '' : `;text=${quoted(reason.text.slice(0, maxTextLength))}`;
  return `${protocol};cause=${Math.trunc(reason.cause)}${text}`;
}

/** All values of all Reason lines. RFC 9366: several of one protocol are legal. */
export function parseReasons(lines: readonly string[]): ReasonValue[] {
  return lines.slice(0, 8).flatMap((line) => splitList(line).slice(0, 8).map(parseOne));
}

function parseOne(value: string): ReasonValue {
  const [protocol = '', ...params] = splitOutside(value, ';').slice(0, 16);
  const reason: ReasonValue = { protocol, cause: null, text: '', location: null };
  for (const param of params) {
    const equals = param.indexOf('=');
    const name = param
      .slice(0, equals < 0 ? undefined : equals)
      .trim()
      .toLowerCase();
    const text = equals < 0 ? '' : param.slice(equals + 1).trim();
    if (name === 'cause' && /^\d{1,3}$/.test(text)) reason.cause = Number(text);
    else if (name === 'text') reason.text = printable(unquoted(text)).slice(0, maxTextLength);
    else if (name === 'location' && /^[\w.-]{1,32}$/.test(text)) reason.location = text;
  }
  return reason;
}

/** What a final response or a BYE says about why: the Q.850 value first, any other value's text else. */
export function whyOf(lines: readonly string[]): { q850Cause: number | null; location: string | null; text: string } {
  const reasons = parseReasons(lines);
  const q850 = reasons.find((reason) => reason.protocol.toUpperCase() === 'Q.850');
  const text = q850?.text || (reasons.find((reason) => reason.text !== '')?.text ?? '');
  return { q850Cause: q850?.cause ?? null, location: q850?.location ?? null, text };
}

/**
 * A proxy that cancels its other branches says which final response it got (RFC 3326 3.2): `SIP;cause=200` when somebody
 * answered, 6xx when somebody declined for all.
 */
export function endedElsewhere(lines: readonly string[]): boolean {
  const causes = parseReasons(lines).flatMap(({ protocol, cause }) =>
    protocol.toUpperCase() === 'SIP' ? [cause] : [],
  );
  return causes.some((cause) => cause !== null && (Math.trunc(cause / 100) === 2 || Math.trunc(cause / 100) === 6));
}

/**
 * Where to complain of a call that was blocked: the URI of a Call-Info with the purpose `jwscard` (RFC 8688, 3.2.1), or the
 * text of a Reason as `603 Network Blocked` has it (ATIS-1000099: `v=analytics1;url=…;tel=…`).
 */
export function redressOf(lines: { callInfo: readonly string[]; reason: readonly string[] }): string | null {
  for (const value of lines.callInfo.slice(0, 4).flatMap(splitList).slice(0, 8)) {
    const uri = /^\s*<([^<>\s]{1,200})>.*;\s*purpose\s*=\s*"?jwscard\b/i.exec(value)?.[1];
    if (uri !== undefined) return printable(uri);
  }
  const texts = parseReasons(lines.reason).map(({ text }) => text);
  return texts.find((text) => /\b(v=analytics|url=|tel=|email=)/i.test(text)) ?? null;
}

/** Seconds of a Retry-After value (RFC 3261 20.33), comment and parameters ignored; null: none or not readable. */
export function parseRetryAfter(value: string | null): number | null {
  const digits = /^\s*(\d{1,9})(?!\d)/.exec(value ?? '');
  return digits ? Number(digits[1]) : null;
}

/** The status an unanswered inbound call gets for a Q.850 cause (ISUP mapping, RFC 3398 8.2.6.1). */
export function statusOfCause(cause: number): number {
  return statusByCause.get(cause) ?? 480;
}

/** Those that stand in it as 480, and what is not in it, are 480. */
const statusByCause: ReadonlyMap<number, number> = new Map([
  [1, 404],
  [2, 404],
  [3, 404],
  [17, 486],
  [18, 408],
  [21, 403],
  [22, 410],
  [23, 410],
  [26, 404],
  [27, 502],
  [28, 484],
  [29, 501],
  [34, 503],
  [38, 503],
  [41, 503],
  [42, 503],
  [47, 503],
  [55, 403],
  [57, 403],
  [58, 503],
  [65, 488],
  [70, 488],
  [79, 501],
  [87, 403],
  // 503 there; an answer without a codec in common is one to the offer
  [88, 488],
  [102, 504],
  [111, 500],
  [127, 500],
]);
