/**
 * REFER within a bridge: one side (the transferor) hands the other (the transferee) to a third (the target). The two go on
 * talking until the target has answered; a transferor that hangs up at once, as many phones do, leaves the transferee with a
 * ringing tone. Nobody gets a call out of us by it that the dial plan would not give him: extensions, and numbers through the
 * one outgoing rule that is named for it, past all gates.
 */

import { isExtensions, viaOf } from '../call/candidate.ts';
import type { DialFacts } from '../call/dial-facts.ts';
import {
  beginHunt,
  type Hunt,
  type HuntParty,
  type HuntStep,
  huntAlarm,
  huntDeadline,
  huntLeg,
  huntReconsider,
  huntSlot,
  huntStop,
} from '../call/hunt.ts';
import type { DialCandidate, LegEvent, LegId } from '../call/leg.ts';
import type { TransferProgress } from '../call/transfer.ts';
import type { CallerId } from '../configuration.ts';
import { routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber } from '../policy/read-number.ts';
import { gateChosenNumber } from '../rules/gates.ts';
import { findInboundNumber } from '../rules/inbound-number.ts';
import { defaultCallerId } from '../rules/request.ts';
import { callsOf } from '../settings.ts';
import type { Place } from './flow-state.ts';
import { componentOf, type FlowTurn, goTo, nextName, note, playTo } from './flow-turn.ts';
import { talkRecordingStopped } from './recorded-talk.ts';

export type BridgedPlace = Extract<Place, { type: 'bridged' }>;

/** A transfer that is under way; its target is hunted for. */
export interface Transfer {
  transferId: string;
  /** The transferor. */
  by: LegId;
  /** It has hung up: the transferee waits for the target alone. */
  isAlone: boolean;
  rang: boolean;
  hunt: Hunt;
  party: HuntParty;
  /** What the transferee hears meanwhile, once it is alone; null: nothing. */
  playId: string | null;
}

const RINGBACK = 'tone:ringback';
const NOT_ALLOWED = 603;
const NOT_FOUND = 404;
const NOT_REACHED = 480;

export function personOf(turn: FlowTurn): LegId {
  return turn.state.person ?? turn.host.legId;
}

function otherOf(turn: FlowTurn, place: BridgedPlace, legId: LegId): LegId {
  return legId === place.legId ? personOf(turn) : place.legId;
}

function tell(turn: FlowTurn, transfer: Pick<Transfer, 'by' | 'transferId'>, progress: TransferProgress): void {
  turn.effects.push({ type: 'transfer', legId: transfer.by, transferId: transfer.transferId, progress });
}

type Asked = Extract<LegEvent, { type: 'transferAsked' }>;

/** A side of the bridge has sent REFER. */
export function transferAsked(turn: FlowTurn, place: BridgedPlace, event: Asked): void {
  const transfer = { by: event.legId, transferId: event.transferId };
  const refuse = (status: number, why: string) => {
    note(turn, 'transfer-refused', { legId: event.legId, why });
    tell(turn, transfer, { type: 'refused', status });
  };
  if (place.transfer !== null) return refuse(NOT_ALLOWED, 'another one is under way');
  if (!mayTransfer(turn, place, event.legId)) return refuse(NOT_ALLOWED, 'calls.transfers.by');
  if (event.target.kind === 'call') {
    note(turn, 'transfer-joined', { legId: event.legId });
    talkRecordingStopped(turn, place.recordingId);
    goTo(turn, { ...place, recordingId: null });
    tell(turn, transfer, { type: 'join' });
    return;
  }
  const found = candidatesFor(turn, event.target.user);
  if (found.type === 'refused') return refuse(found.status, found.why);
  begin(turn, place, { event, ...found });
}

function mayTransfer(turn: FlowTurn, place: BridgedPlace, legId: LegId): boolean {
  const { by } = callsOf(turn.context.configuration).transfers;
  if (by !== 'extensions') return by === 'anyone';
  return legId === place.legId ? place.isExtension : turn.host.isExtension && turn.state.person === null;
}

type Found = Extract<Candidates, { type: 'found' }>;
type Candidates =
  /** `number`: null: an extension's. */
  | { type: 'found'; candidates: DialCandidate[]; number: PhoneNumber | null }
  | { type: 'refused'; status: number; why: string };

function candidatesFor(turn: FlowTurn, user: string): Candidates {
  const { configuration } = turn.context;
  const { outgoingRule } = callsOf(configuration).transfers;
  const isExtension = configuration.extensions.some(({ number }) => number === user);
  if (isExtension) return { type: 'found', candidates: [{ kind: 'extension', extension: user }], number: null };
  if (outgoingRule === null) return { type: 'refused', status: NOT_FOUND, why: 'no such extension' };
  const number = readNumber(user, configuration.defaultCountry);
  const route = routeTo({ number, extension: null, trunk: null, outgoingRule }, configuration);
  if (route.type === 'refused') return { type: 'refused', status: NOT_FOUND, why: route.gate };
  // Whoever is on the line chooses the number
  const refusal = gateChosenNumber(configuration, { caller: turn.host.call.caller, number, route });
  if (refusal !== null) return { type: 'refused', status: NOT_ALLOWED, why: `gate: ${refusal.gate}` };
  const isOwn = [number.received, number.e164 ?? ''].some(
    (text) => text !== '' && findInboundNumber(configuration, text),
  );
  if (isOwn) return { type: 'refused', status: NOT_ALLOWED, why: 'gate: loop' };
  return { type: 'found', candidates: route.candidates, number };
}

function begin(turn: FlowTurn, place: BridgedPlace, about: { event: Asked } & Omit<Found, 'type'>): void {
  const { event, candidates, number } = about;
  const towards = candidates[0]?.kind === 'extension' ? 'extension' : 'trunk';
  const callerId: CallerId = defaultCallerId(turn.host.call, towards) ?? { number: '', name: null };
  const party: HuntParty = {
    legPrefix: nextName(turn, 'transfer'),
    callerId,
    callbackId: turn.host.callbackId,
    onBehalfOf: turn.host.call.inboundNumber,
    likeLeg: otherOf(turn, place, event.legId),
    ringTimeoutSeconds: callsOf(turn.context.configuration).transfers.ringTimeoutSeconds,
    notBefore: null,
    mayWait: false,
    cost: number === null ? null : { number, rule: turn.host.rule, isAttempt: false },
  };
  const step = beginHunt(candidates, party, turn.context);
  const { transferId, legId: by } = event;
  const transfer: Transfer = { transferId, by, isAlone: false, rang: false, hunt: step.hunt, party, playId: null };
  note(turn, 'transfer-began', { legId: by, via: nameOf(candidates[0]) });
  tell(turn, transfer, { type: 'trying' });
  applyHunt(turn, { ...place, transfer }, transfer, step);
}

function nameOf(candidate: DialCandidate | undefined): string {
  return candidate === undefined ? '' : viaOf(candidate);
}

/** @returns false: the transfer has failed, and the transferee is alone: the call is over */
function applyHunt(turn: FlowTurn, place: BridgedPlace, transfer: Transfer, step: HuntStep): boolean {
  turn.effects.push(...step.effects);
  if (step.refused) {
    const { lane, gate, text } = step.refused;
    note(turn, 'target-refused', { legId: transfer.by, via: lane, gate, why: text });
  }
  if (step.result === null) {
    goTo(turn, { ...place, transfer: { ...transfer, hunt: step.hunt } });
    return true;
  }
  if (step.result.type === 'answered') {
    answered(turn, place, { ...transfer, hunt: step.hunt });
    return true;
  }
  const { verdict, leg } = step.result;
  note(turn, 'transfer-failed', { legId: transfer.by, reason: verdict.reason });
  stopPlaying(turn, place, transfer);
  goTo(turn, { ...place, transfer: null });
  if (transfer.isAlone) return false;
  const without = step.refused && verdict.class === 'refused' ? NOT_ALLOWED : NOT_REACHED;
  const status = leg !== null && leg.kind === 'final' ? leg.status : without;
  tell(turn, transfer, { type: 'failed', status });
  return true;
}

/** The transferee talks to the target from now on. */
function answered(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): void {
  const transferee = otherOf(turn, place, transfer.by);
  const { legId } = transfer.hunt;
  stopPlaying(turn, place, transfer);
  turn.effects.push({ type: 'bridge', a: transferee, b: legId, release: isReleased(turn) });
  if (!transfer.isAlone) tell(turn, transfer, { type: 'answered' });
  note(turn, 'transferred', { legId: transfer.by, to: legId });
  const isExtension = isExtensions(transfer.hunt.candidates[transfer.hunt.index]);
  turn.state = { ...turn.state, person: transferee === turn.host.legId ? null : transferee };
  talkRecordingStopped(turn, place.recordingId);
  goTo(turn, { type: 'bridged', legId, since: place.since, isExtension, transfer: null, recordingId: null });
}

/** As of the talk that it was. */
function isReleased(turn: FlowTurn): boolean {
  const component = componentOf(turn.state, turn.context);
  return (component?.type === 'dial' ? component.releaseMedia : null) ?? turn.host.releaseMedia;
}

function stopPlaying(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): void {
  if (transfer.playId !== null) turn.effects.push({ type: 'stopPlay', legId: otherOf(turn, place, transfer.by) });
}

/** Something happened to the target's leg, its slot, or the clock. @returns false: the call is over */
export function transferEvent(
  turn: FlowTurn,
  place: BridgedPlace,
  event:
    | { type: 'alarm' }
    | { type: 'slotGranted'; facts?: DialFacts }
    | { type: 'slotClosed' }
    | { type: 'leg'; event: LegEvent },
): boolean {
  const { transfer } = place;
  if (transfer === null) return true;
  const { hunt, party } = transfer;
  if (event.type === 'slotGranted')
    return applyHunt(turn, place, transfer, huntSlot(hunt, party, turn.context, event.facts));
  if (event.type === 'slotClosed') return slotClosed(turn, place, transfer);
  if (event.type === 'alarm') return alarm(turn, place, transfer);
  const step = huntLeg(hunt, event.event, party, turn.context);
  const isRinging = event.event.type === 'ringing' && hunt.phase === 'dialling';
  if (!isRinging || transfer.rang) return applyHunt(turn, place, transfer, step);
  if (!transfer.isAlone) tell(turn, transfer, { type: 'ringing' });
  return applyHunt(turn, place, withRingback(turn, place, { ...transfer, rang: true }), step);
}

/** Two people are on the line: another trunk, or none. */
function slotClosed(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): boolean {
  const step = huntReconsider(transfer.hunt, transfer.party, turn.context);
  return step.effects.length === 0 || applyHunt(turn, place, transfer, step);
}

function alarm(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): boolean {
  const { hunt, party } = transfer;
  if (hunt.phase !== 'slot') return applyHunt(turn, place, transfer, huntAlarm(hunt, party, turn.context));
  if (turn.context.now < transferDeadline(transfer)) return true;
  const effects = huntStop(hunt, { cause: 42, text: 'No line' });
  const verdict = {
    class: 'unreachable',
    reason: 'trunk-full',
    outcome: 'unreachable',
    tryNextTrunk: 'no',
    retryPerson: false,
  } as const;
  return applyHunt(turn, place, transfer, { hunt, effects, result: { type: 'failed', verdict, leg: null } });
}

export function transferDeadline({ hunt, party }: Transfer): number {
  return huntDeadline(hunt, party) ?? hunt.timedFrom + party.ringTimeoutSeconds * 1000;
}

/** Who has nobody to talk to hears that it rings. */
function withRingback(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): Transfer {
  if (!transfer.isAlone || !transfer.rang) return transfer;
  return { ...transfer, playId: playTo(turn, otherOf(turn, place, transfer.by), RINGBACK) };
}

/** The tone has an end, the ringing has not. */
export function transferPlayed(
  turn: FlowTurn,
  place: BridgedPlace,
  event: Extract<LegEvent, { type: 'playEnded' }>,
): void {
  const { transfer } = place;
  if (transfer === null || event.playId !== transfer.playId || event.result !== 'played') return;
  goTo(turn, { ...place, transfer: withRingback(turn, place, transfer) });
}

/** The transferor has hung up before the target answered: its part is done. */
export function transferorGone(turn: FlowTurn, place: BridgedPlace, transfer: Transfer): void {
  note(turn, 'transferor-gone', { legId: transfer.by });
  goTo(turn, { ...place, transfer: withRingback(turn, place, { ...transfer, isAlone: true }) });
}
