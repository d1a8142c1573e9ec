/** Who was shown to whom, for the event log: what was ordered, and what really left. */

import type { DialRequest } from './dial-request.ts';
import type { LegEvent } from './leg.ts';

type Detail = Record<string, string | null>;

/** The caller ID that was ordered, and why it is another one than was wanted. */
export function shownOf({ identity, callerIdChange }: DialRequest): Detail {
  const shown = { callerId: identity.callerId.number };
  return callerIdChange ? { ...shown, callerIdChange } : shown;
}

/** The headers that were sent; those that were not are left out. */
export function sentOf(event: Extract<LegEvent, { type: 'dialled' }>): Detail {
  return Object.fromEntries(Object.entries(event.sent ?? {}).filter(([, value]) => value !== null));
}
