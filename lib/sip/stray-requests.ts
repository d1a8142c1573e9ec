/** Requests that belong to no call. */

import { allowedMethods } from './invite-request.ts';
import { unsupported } from './leg/dialog-requests.ts';
import type { IncomingRequest, OutgoingResponse } from './link.ts';

/** @returns null: nothing is to be answered */
export function strayResponse(request: IncomingRequest): OutgoingResponse | null {
  if (request.unsolicited || request.method === 'ACK' || request.method === 'CANCEL') return null;
  // A dialog that we do not know (RFC 3261 12.2.2)
  if (request.dialogId !== null) return { status: 481 };
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
    case 'NOTIFY':
      return { status: 481 };
    default:
      return unsupported(request.method);
  }
}
