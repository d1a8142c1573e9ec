import type { LegEvent } from '../call/leg.ts';

/** For an event of a leg that was ended by neither side: what was lost, as media or the engine. */
export function lossOf(event: LegEvent): { text?: string } {
  return event.type === 'ended' && event.by === 'system' && event.text !== '' ? { text: event.text } : {};
}
