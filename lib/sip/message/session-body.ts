/** Bodies: the SDP in a message, and the keys that INFO carries. */

import { contentTypeOf, type MessageHead } from './message-head.ts';

/** The SDP of a message, alone or within a multipart body (RFC 5621, as ISUP trunks send it); null: there is none. */
export function sdpOf(message: { head: MessageHead; body: string }): string | null {
  const { head, body } = message;
  if (body.trim() === '') return null;
  const type = contentTypeOf(head);
  if (type === 'application/sdp') return body;
  if (type === '') return body.startsWith('v=0') ? body : null;
  if (!type.startsWith('multipart/')) return null;
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(head.first('content-type') ?? '');
  if (!boundary) return null;
  for (const part of body.split(`--${boundary[1] ?? boundary[2]}`, 10)) {
    const blank = part.indexOf('\r\n\r\n');
    if (blank >= 0 && /^content-type:\s*application\/sdp\b/im.test(part.slice(0, blank))) return part.slice(blank + 4);
  }
  return null;
}

/** True if there is a body that can be no session description. */
export function hasForeignBody(message: { head: MessageHead; body: string }): boolean {
  return message.body.trim() !== '' && sdpOf(message) === null;
}

/** An offer whose sender takes no media (RFC 3264 8.4, and the older 0.0.0.0). */
export function isHold(sdp: string): boolean {
  return /^a=(?:sendonly|inactive)\s*$/m.test(sdp) || /^c=IN IP4 0\.0\.0\.0\s*$/m.test(sdp);
}

export const infoDigitTypes = ['application/dtmf-relay', 'application/dtmf'];

/** The key of an INFO body: `Signal=5` (dtmf-relay) or a bare `5` (dtmf); null: no key. */
export function infoDigit(contentType: string, body: string): string | null {
  const text = body.slice(0, 256);
  const isRelay = contentType === 'application/dtmf-relay';
  const key = (isRelay ? /^\s*signal\s*=\s*([^\s]{1,3})\s*$/im.exec(text)?.[1] : text.trim())?.toUpperCase() ?? '';
  // Event numbers of RFC 4733 for keys that are no numbers; Cisco's dtmf-relay sends them so
  const digit = { '10': '*', '11': '#', '12': 'A', '13': 'B', '14': 'C', '15': 'D' }[key] ?? key;
  return /^[0-9*#A-D]$/.test(digit) ? digit : null;
}
