/** Two people talk, and nothing is asked of the flow until one of them goes, or hands the other one over. */

import { huntStop } from '../call/hunt.ts';
import type { HangupReason, LegEvent, LegId } from '../call/leg.ts';
import type { Configuration, DialComponent } from '../configuration.ts';
import type { FlowEvent, FlowState } from './flow-state.ts';
import { componentOf, type FlowTurn, finish, goTo, type Move, note } from './flow-turn.ts';
import { lossOf } from './loss.ts';
import { talkRecorded, talkRecordingStopped } from './recorded-talk.ts';
import {
  type BridgedPlace,
  personOf,
  transferAsked,
  transferDeadline,
  transferEvent,
  transferorGone,
  transferPlayed,
} from './transfer.ts';

const OTHER_SIDE: HangupReason = { cause: 16, text: 'The other side hung up' };
const TALKED_ENOUGH: HangupReason = { cause: 16, text: 'Longest talk reached' };
const NOBODY: HangupReason = { cause: 16, text: 'Nobody could be reached' };

/** The component that they talk by; null: it went with a new configuration. */
function dialOf(state: FlowState, configuration: Configuration): DialComponent | null {
  const component = componentOf(state, { configuration });
  return component?.type === 'dial' ? component : null;
}

/** Infinity: they may talk as long as the call may last. */
function talkEndsAt(state: FlowState, place: BridgedPlace, configuration: Configuration): number {
  const seconds = dialOf(state, configuration)?.maxTalkSeconds ?? null;
  return seconds === null ? Infinity : place.since + seconds * 1000;
}

/** Null: no alarm is needed. */
export function bridgedDeadline(state: FlowState, place: BridgedPlace, configuration: Configuration): number | null {
  const transferAt = place.transfer === null ? Infinity : transferDeadline(place.transfer);
  const first = Math.min(transferAt, talkEndsAt(state, place, configuration));
  return first === Infinity ? null : first;
}

export function bridgedEvent(turn: FlowTurn, place: BridgedPlace, event: FlowEvent): Move {
  if (event.type === 'callbackDecided' || event.type === 'fetched') return null;
  const huntLegId = place.transfer?.hunt.legId;
  if (event.type === 'leg' && event.event.legId !== huntLegId) return partyEvent(turn, place, event.event);
  if ((event.type === 'slotGranted' || event.type === 'slotClosed') && event.legId !== huntLegId) return null;
  if (event.type === 'alarm' && turn.context.now >= talkEndsAt(turn.state, place, turn.context.configuration)) {
    return talkedEnough(turn, place);
  }
  return transferEvent(turn, place, event) ? null : abandoned(turn, place);
}

function partyEvent(turn: FlowTurn, place: BridgedPlace, event: LegEvent): Move {
  const person = personOf(turn);
  const isPerson = event.legId === person;
  if (!isPerson && event.legId !== place.legId) return null;
  switch (event.type) {
    case 'transferAsked':
      transferAsked(turn, place, event);
      return null;
    case 'playEnded':
      transferPlayed(turn, place, event);
      return null;
    case 'recorded':
      talkRecorded(turn, event);
      if (event.recordingId === place.recordingId) goTo(turn, { ...place, recordingId: null });
      return null;
    case 'ended':
    case 'rejected':
      return gone(turn, place, { event, isPerson });
    default:
      return null;
  }
}

function gone(turn: FlowTurn, place: BridgedPlace, about: { event: LegEvent; isPerson: boolean }): Move {
  const { event, isPerson } = about;
  const { transfer } = place;
  if (transfer !== null && transfer.by === event.legId && !transfer.isAlone) {
    transferorGone(turn, place, transfer);
    return null;
  }
  stopTransfer(turn, place, OTHER_SIDE);
  if (isPerson) {
    const by = event.type === 'ended' ? event.by : 'rejected';
    note(turn, 'person-gone', { by, bridged: true, ...lossOf(event) });
    return over(turn, place.legId, { reason: 'completed', text: OTHER_SIDE });
  }
  note(turn, 'target-gone', { legId: place.legId, ...lossOf(event) });
  return goOn(turn, place, { reason: 'completed', text: OTHER_SIDE });
}

/** Whoever is handing the other one over is told that nothing comes of it. */
function stopTransfer(turn: FlowTurn, place: BridgedPlace, reason: HangupReason): void {
  const { transfer } = place;
  if (transfer === null) return;
  turn.effects.push(...huntStop(transfer.hunt, reason));
  if (transfer.playId !== null && transfer.by === place.legId) {
    turn.effects.push({ type: 'stopPlay', legId: personOf(turn) });
  }
  if (transfer.isAlone) return;
  const { transferId, by } = transfer;
  turn.effects.push({ type: 'transfer', legId: by, transferId, progress: { type: 'failed', status: 487 } });
}

function talkedEnough(turn: FlowTurn, place: BridgedPlace): Move {
  note(turn, 'longest-talk', { component: turn.state.component, legId: place.legId });
  stopTransfer(turn, place, TALKED_ENOUGH);
  // Who has handed the person over and is gone has no leg left.
  const isThere = place.transfer?.isAlone !== true || place.transfer.by !== place.legId;
  if (isThere) turn.effects.push({ type: 'hangUp', legId: place.legId, reason: TALKED_ENOUGH });
  return goOn(turn, place, { reason: 'longest-talk', text: TALKED_ENOUGH });
}

type Ending = { reason: string; text: HangupReason };

/** The other side of the person is gone: the flow goes on with him, unless somebody else talks in his place by now. */
function goOn(turn: FlowTurn, place: BridgedPlace, ending: Ending): Move {
  talkRecordingStopped(turn, place.recordingId);
  const next = dialOf(turn.state, turn.context.configuration)?.next ?? null;
  const person = personOf(turn);
  const hasGone = place.transfer?.isAlone === true && place.transfer.by === person;
  if (next === null || hasGone || person !== turn.host.legId) return over(turn, person, ending);
  const talkedMs = turn.state.talkedMs + turn.context.now - place.since;
  // What follows may end the call at once, in this place: no talk is counted twice.
  turn.state = { ...turn.state, talkedMs, place: { ...place, since: turn.context.now } };
  note(turn, 'talk-over', { component: turn.state.component, next });
  return next;
}

/** The call is over for the one who is left. */
function over(turn: FlowTurn, left: LegId, { reason, text }: Ending): null {
  const isHost = left === turn.host.legId;
  if (!isHost) turn.effects.push({ type: 'hangUp', legId: left, reason: text });
  finish(turn, 'connected', reason, isHost ? text : null);
  return null;
}

/** He was handed over, whoever did it has gone, and nobody has answered. */
function abandoned(turn: FlowTurn, place: BridgedPlace): Move {
  const ending = { reason: 'transfer-failed', text: NOBODY };
  if (place.legId === place.transfer?.by) return goOn(turn, place, ending);
  return over(turn, place.legId, ending);
}

/** What ends all legs of the bridge but the host's own. */
export function bridgeStopped(place: BridgedPlace, person: LegId | null, reason: HangupReason) {
  const legs = person === null ? [place.legId] : [place.legId, person];
  const hunt = place.transfer === null ? [] : huntStop(place.transfer.hunt, reason);
  return [...hunt, ...legs.map((legId) => ({ type: 'hangUp', legId, reason }) as const)];
}
