/** Two people talk, and nothing is asked of the flow until one of them goes, or hands the other one over. */

import { huntStop } from '../call/hunt.ts';
import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import type { FlowEvent } from './flow-state.ts';
import { type FlowTurn, finish, note } from './flow-turn.ts';
import { lossOf } from './loss.ts';
import { talkRecorded, talkRecordingStopped } from './recorded-talk.ts';
import {
  type BridgedPlace,
  personOf,
  transferAsked,
  transferEvent,
  transferorGone,
  transferPlayed,
} from './transfer.ts';

const OTHER_SIDE: HangupReason = { cause: 16, text: 'The other side hung up' };

export function bridgedEvent(turn: FlowTurn, place: BridgedPlace, event: FlowEvent): void {
  const huntLegId = place.transfer?.hunt.legId;
  if (event.type === 'leg' && event.event.legId !== huntLegId) {
    partyEvent(turn, place, event.event);
    return;
  }
  if ((event.type === 'slotGranted' || event.type === 'slotClosed') && event.legId !== huntLegId) return;
  if (event.type === 'fetched') return;
  if (!transferEvent(turn, place, event)) abandoned(turn, place);
}

function partyEvent(turn: FlowTurn, place: BridgedPlace, event: LegEvent): void {
  const person = personOf(turn);
  const isPerson = event.legId === person;
  if (!isPerson && event.legId !== place.legId) return;
  switch (event.type) {
    case 'transferAsked':
      return transferAsked(turn, place, event);
    case 'playEnded':
      return transferPlayed(turn, place, event);
    case 'recorded':
      return talkRecorded(turn, event);
    case 'ended':
    case 'rejected':
      return gone(turn, place, { event, isPerson });
  }
}

function gone(turn: FlowTurn, place: BridgedPlace, about: { event: LegEvent; isPerson: boolean }): void {
  const { event, isPerson } = about;
  const { transfer } = place;
  if (transfer !== null && transfer.by === event.legId && !transfer.isAlone) {
    transferorGone(turn, place, transfer);
    return;
  }
  if (transfer !== null) {
    turn.effects.push(...huntStop(transfer.hunt, OTHER_SIDE));
    if (!transfer.isAlone) {
      const { transferId, by } = transfer;
      turn.effects.push({ type: 'transfer', legId: by, transferId, progress: { type: 'failed', status: 487 } });
    }
  }
  if (isPerson) {
    const by = event.type === 'ended' ? event.by : 'rejected';
    note(turn, 'person-gone', { by, bridged: true, ...lossOf(event) });
    over(turn, place.legId);
  } else {
    note(turn, 'target-gone', { legId: place.legId, ...lossOf(event) });
    talkRecordingStopped(turn, place.recordingId);
    over(turn, personOf(turn));
  }
}

/** The call is over for the one who is left. */
function over(turn: FlowTurn, left: LegId): void {
  const isHost = left === turn.host.legId;
  if (!isHost) turn.effects.push({ type: 'hangUp', legId: left, reason: OTHER_SIDE });
  finish(turn, 'connected', 'completed', isHost ? OTHER_SIDE : null);
}

/** He was handed over, whoever did it has gone, and nobody has answered. */
function abandoned(turn: FlowTurn, place: BridgedPlace): void {
  const left = place.legId === place.transfer?.by ? personOf(turn) : place.legId;
  const reason: HangupReason = { cause: 16, text: 'Nobody could be reached' };
  const isHost = left === turn.host.legId;
  if (!isHost) turn.effects.push({ type: 'hangUp', legId: left, reason });
  finish(turn, 'connected', 'transfer-failed', isHost ? reason : null);
}

/** What ends all legs of the bridge but the host's own. */
export function bridgeStopped(place: BridgedPlace, person: LegId | null, reason: HangupReason) {
  const legs = person === null ? [place.legId] : [place.legId, person];
  const hunt = place.transfer === null ? [] : huntStop(place.transfer.hunt, reason);
  return [...hunt, ...legs.map((legId) => ({ type: 'hangUp', legId, reason }) as const)];
}
