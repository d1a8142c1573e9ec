import { isCallId, isTag } from '../message/identifiers.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { parseUri } from '../message/uri.ts';

/**
 * What makes a message of an application unfit to be sent: a peer would refuse it with 400, or drop it without a word.
 * Undefined if it is sound. Only the fields are looked at that the engine and every peer need.
 */
export function unsoundness(message: SipMessage): string | undefined {
  if (message.isRequest && (parseUri(message.uri) === undefined || /\s/.test(message.uri)))
    return 'the Request-URI is no URI';
  for (const name of ['From', 'To'] as const) {
    const address = name === 'From' ? message.from : message.to;
    // In a dialog the peer's own spelling goes back to it, whatever it is.
    const isNew = message.isRequest && message.toTag === undefined;
    if (address === undefined || (isNew && parseUri(address.uri) === undefined)) return `${name} is no address`;
  }
  if (!isCallId(message.callId)) return 'Call-ID is none';
  for (const tag of [message.fromTag, message.toTag]) if (tag !== undefined && !isTag(tag)) return 'a tag is no token';
  if (message.cseq === undefined) return 'CSeq is no number and method';
  for (const contact of message.getAll('contact')) {
    if (contact !== '*' && parseNameAddr(contact) === undefined) return 'Contact is no address';
  }
  const hops = message.get('max-forwards');
  if (hops !== undefined && !(/^\d{1,3}$/.test(hops) && Number(hops) <= 255))
    return 'Max-Forwards is no number up to 255';
  return undefined;
}
