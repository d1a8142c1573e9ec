/** Which of our numbers a call is for. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration, InboundNumber } from '../configuration.ts';
import { readNumber } from '../policy/read-number.ts';
import { type Said, say } from '../sentence.ts';
import { trustsIdentity } from './caller.ts';
import { findInboundNumber, registeredUser } from './inbound-number.ts';
import type { CallSource } from './source.ts';

export interface DialledNumber extends Said {
  inbound: InboundNumber;
  /** Of a forwarded call: what was dialled first; null: it was not forwarded, or nobody says so who is trusted. */
  first: string | null;
}

type How = 'inbound-number' | 'inbound-number-first' | 'inbound-number-called' | 'inbound-number-to';

/** Our registered contact is one, also where it looks like a number. */
function isAccount(configuration: Configuration, dialledUser: string, source: string): boolean {
  const trunk = configuration.trunks.find(({ name }) => name === source);
  if (trunk !== undefined && registeredUser(trunk) === dialledUser) return true;
  return readNumber(dialledUser, configuration.defaultCountry).e164 === null;
}

/**
 * In this order:
 * 1. from a trunk that is trusted, the number that was dialled first, where the call was forwarded (RFC 7044, 5806):
 *    whoever dialled it is called back from it, by its rules;
 * 2. the Request-URI;
 * 3. from a trunk whose Request-URI is no telephone number, P-Called-Party-ID, then To: towards a registration many
 *    providers write the account's name there. A telephone number that is not ours stays what it is.
 * @returns null: none of them is an inbound number
 */
export function findDialledNumber(
  configuration: Configuration,
  call: InboundCall,
  source: CallSource | null,
): DialledNumber | null {
  const first = trustsIdentity(configuration, source) ? call.history[0] : undefined;
  const places: Array<[user: string | null | undefined, how: How]> = [
    [first, 'inbound-number-first'],
    [call.dialledUser, 'inbound-number'],
  ];
  if (source?.type === 'trunk' && isAccount(configuration, call.dialledUser, source.trunk))
    places.push([call.calledUser, 'inbound-number-called'], [call.toUser, 'inbound-number-to']);
  for (const [user, how] of places) {
    const inbound = user ? findInboundNumber(configuration, user) : null;
    if (inbound !== null) return { inbound, ...say(how, { number: inbound.number }), first: first ?? null };
  }
  return null;
}
