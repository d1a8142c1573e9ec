import type { CallbackId } from '../core/callback/callback.ts';
import type { CallbackEvent } from '../core/callback/event.ts';
import type { LegOwner } from './switchboard.ts';

/** What legs, slots and webhooks tell a callback, as its events. */
export function callbackOwner(
  id: CallbackId,
  { post, wire }: { post: (event: CallbackEvent) => void; wire: LegOwner['wire'] },
): LegOwner {
  return {
    name: id,
    legEvent: (event) => post({ type: 'leg', event }),
    slotGranted: (legId, facts) => post({ type: 'slotGranted', legId, ...(facts && { facts }) }),
    slotClosed: (legId) => post({ type: 'slotClosed', legId }),
    fetched: (requestId, result) => post({ type: 'fetched', requestId, result }),
    wire,
  };
}
