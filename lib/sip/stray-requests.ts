/** Requests that belong to no call. */

import { allowedMethods } from './invite-request.ts';
import { unsupported } from './leg/dialog-requests.ts';
import type { IncomingRequest, OutgoingResponse } from './link.ts';
import { parseNameAddress } from './message/uri.ts';

/** @returns null: nothing is to be answered */
export function strayResponse(request: IncomingRequest): OutgoingResponse | null {
  if (request.unsolicited || request.method === 'ACK' || request.method === 'CANCEL') return null;
  // RFC 3261 12.2.2: a dialog that we do not know, or that the engine does not (a drachtio-server hands such requests over)
  if (request.dialogId !== null || hasToTag(request)) return { status: 481 };
  switch (request.method) {
    case 'OPTIONS':
      return { status: 200, headers: { Allow: allowedMethods, Accept: 'application/sdp' } };
    case 'SUBSCRIBE':
    case 'PUBLISH':
      return { status: 489 };
    case 'BYE':
    case 'INFO':
    case 'UPDATE':
    case 'PRACK':
      return { status: 481 };
    case 'NOTIFY':
      // Some phones keep their NAT open by it; a refusal makes them register anew
      return { status: request.head.first('event')?.trim().toLowerCase() === 'keep-alive' ? 200 : 481 };
    default:
      return unsupported(request.method);
  }
}

function hasToTag(request: IncomingRequest): boolean {
  return parseNameAddress(request.head.first('to') ?? '').params['tag'] !== undefined;
}
