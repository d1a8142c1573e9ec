/** Whether an INVITE can become a call at all. One that is only rejected need not be this good. */

import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { splitList } from '../message/message-head.ts';
import { hasForeignBody } from '../message/session-body.ts';
import { parseNameAddress } from '../message/uri.ts';
import { dialogExtensions, requiredExtensions } from './dialog-requests.ts';

/** @returns the refusal; null: it can be answered */
export function unanswerable(invite: IncomingRequest): OutgoingResponse | null {
  return requiredExtensions(invite, dialogExtensions) ?? foreignBody(invite) ?? noWayBack(invite);
}

function foreignBody(invite: IncomingRequest): OutgoingResponse | null {
  return hasForeignBody(invite) ? { status: 415, headers: { Accept: 'application/sdp' } } : null;
}

/** Without a Contact (RFC 3261 8.1.1.8) or with a broken route no BYE would ever reach the caller. */
function noWayBack(invite: IncomingRequest): OutgoingResponse | null {
  const { head } = invite;
  const [contact = ''] = splitList(head.first('contact') ?? '');
  if (!isReachable(contact)) return { status: 400, phrase: 'Bad Contact' };
  if (!head.all('record-route').flatMap(splitList).every(isReachable))
    return { status: 400, phrase: 'Bad Record-Route' };
  // The control protocol separates by it, and RFC 3261 25.1 does not allow it in a `word`
  const names = `${head.first('call-id')}${parseNameAddress(head.first('from') ?? '').params['tag'] ?? ''}`;
  return names.includes('|') ? { status: 400, phrase: 'Bad Call-ID' } : null;
}

function isReachable(value: string): boolean {
  const { uri } = parseNameAddress(value);
  return uri !== null && uri.scheme !== 'tel' && uri.host !== '';
}
