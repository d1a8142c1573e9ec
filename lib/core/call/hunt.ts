/**
 * One try at a target through its candidates: the trunk's slot, the INVITE, silence, ringing, the next trunk.
 *
 * ```
 * slot --granted--> dialling --answered--> over
 *   ^                  |  rejected (verdict) or silent
 *   +--- next trunk ---+  (the same one once more, with its default caller ID, after a 403)
 *          ^           |  silent, and the engine does not show 100
 *          +-- givenUp-+  (waits for the last event of the leg that was hung up)
 * ```
 * The callback's person and the targets of a flow are hunted for alike.
 *
 * A trunk that is closed (down, parked, switched off) is skipped. Where all are and nobody was dialled yet, a party that
 * may wait does so in the lane of the first one, and moves as soon as another one opens.
 */

import { costAt } from '../policy/charges.ts';
import { laneOf } from '../trunk/line-state.ts';
import type { DialFacts } from './dial-facts.ts';
import { closureFor, isKnown, openFrom, trunkOf } from './hunt-candidates.ts';
import { CLOSED, LEG_LOST, NO_ANSWER, refusedBy, SILENT, STORE_AWAY, UNKNOWN_TRUNK } from './hunt-failures.ts';
import { hasDefaultToShow, requestOf } from './hunt-identity.ts';
import type { Hunt, HuntContext, HuntEffect, HuntParty, HuntStep } from './hunt-step.ts';
import type { DialCandidate, HangupReason, LegEvent, LegResult } from './leg.ts';
import type { Verdict } from './outcome.ts';
import { verdictOf } from './verdict.ts';

/** A leg that was hung up reports its end within 64*T1 = 32 s; later than this it is taken for gone. */
export const CLOSING_LIMIT_MS = 40_000;

export type { Hunt, HuntContext, HuntEffect, HuntParty, HuntResult, HuntStep, Skip } from './hunt-step.ts';

/** @param candidates at least one */
export function beginHunt(candidates: DialCandidate[], party: HuntParty, context: HuntContext): HuntStep {
  const blank: Hunt = {
    candidates,
    index: 0,
    onceUsed: false,
    callerIdRefused: false,
    legId: '',
    phase: 'slot',
    orderedAt: context.now,
    timedFrom: context.now,
    dialledAt: null,
    heardAt: null,
    isRepeated: false,
    noResponseMs: null,
  };
  return tryFrom(blank, 0, party, context, null);
}

/**
 * The present leg of a hunt at its candidate `index`, not asked for yet.
 * @param callerIdRefused it is shown its trunk's default, since it has refused the caller ID that was wanted
 */
function legAt(before: Hunt, index: number, party: HuntParty, now: number, callerIdRefused = false): Hunt {
  const name = `${party.legPrefix}.${index}${callerIdRefused ? '-default' : ''}`;
  return {
    ...before,
    index,
    callerIdRefused,
    legId: before.moves === undefined ? name : `${name}m${before.moves}`,
    phase: 'slot',
    orderedAt: now,
    timedFrom: now,
    dialledAt: null,
    heardAt: null,
    isRepeated: false,
    noResponseMs: null,
  };
}

type Failure = { verdict: Verdict; leg: LegResult | null };

/** @param failure why the candidate before was given up; null: none was */
function tryFrom(
  before: Hunt,
  from: number,
  party: HuntParty,
  context: HuntContext,
  failure: Failure | null,
): HuntStep {
  const { index, skipped } = openFrom(before, from, party, context);
  if (index !== null) return { ...tryCandidate(before, index, party, context), skipped };
  const first = before.candidates.findIndex((candidate) => isKnown(candidate, context.configuration));
  if (failure === null && party.mayWait && skipped[0] !== undefined) {
    return { ...reserve(legAt(before, first, party, context.now), party, context), skipped, waitsFor: skipped[0].why };
  }
  const why = failure ?? { verdict: skipped.length > 0 ? CLOSED : UNKNOWN_TRUNK, leg: null };
  const hunt = failure === null ? legAt(before, from, party, context.now) : before;
  return { hunt, effects: [], result: { type: 'failed', ...why }, skipped };
}

function tryCandidate(before: Hunt, index: number, party: HuntParty, context: HuntContext): HuntStep {
  const hunt = legAt(before, index, party, context.now);
  const hasSlots = hunt.candidates[index]!.kind === 'trunk';
  // An extension has no slots, yet the call has to wait for its place.
  const mustWait = hasSlots || (party.mayWait && context.line?.isFull === true);
  return mustWait ? reserve(hunt, party, context) : dialNow(hunt, party, context);
}

function reserve(hunt: Hunt, party: HuntParty, { configuration }: HuntContext): HuntStep {
  const candidate = hunt.candidates[hunt.index]!;
  const cost = costAt(party.cost, trunkOf(candidate, configuration));
  const asked = { type: 'reserveSlot', legId: hunt.legId, trunk: laneOf(candidate) } as const;
  return { hunt, effects: [cost === null ? asked : { ...asked, cost }], result: null };
}

/**
 * The slot is waited for in a lane that is closed, or another one has opened: it goes where it can go on. One that was
 * waiting for its turn in an open lane stays.
 */
export function huntReconsider(hunt: Hunt, party: HuntParty, context: HuntContext): HuntStep {
  const stays: HuntStep = { hunt, effects: [], result: null };
  const present = hunt.candidates[hunt.index];
  if (hunt.phase !== 'slot' || present === undefined || closureFor(present, party, context) === null) return stays;
  const withdraw: HuntEffect = { type: 'withdrawSlot', legId: hunt.legId };
  const { index, skipped } = openFrom(hunt, hunt.failedOver === true ? hunt.index + 1 : 0, party, context);
  if (index !== null) {
    const step = tryCandidate({ ...hunt, moves: (hunt.moves ?? 0) + 1 }, index, party, context);
    return { ...step, effects: [withdraw, ...step.effects], skipped };
  }
  if (hunt.failedOver !== true && party.mayWait) return stays;
  return { hunt, effects: [withdraw], result: { type: 'failed', verdict: CLOSED, leg: null }, skipped };
}

function dialNow(before: Hunt, party: HuntParty, context: HuntContext): HuntStep {
  const candidate = before.candidates[before.index]!;
  const trunk = trunkOf(candidate, context.configuration);
  if (candidate.kind === 'trunk' && trunk === null) {
    const step = nextOrFailed(before, { verdict: UNKNOWN_TRUNK, leg: null }, party, context);
    return { ...step, effects: [{ type: 'withdrawSlot', legId: before.legId }, ...step.effects] };
  }
  const silentSeconds = trunk?.noResponseSeconds ?? (context.engine.showsTrying ? 6 : 12);
  const hunt: Hunt = {
    ...before,
    phase: 'dialling',
    orderedAt: context.now,
    timedFrom: context.now,
    noResponseMs: trunk === null ? null : silentSeconds * 1000,
  };
  return {
    hunt,
    effects: [{ type: 'dial', request: requestOf(hunt, candidate, party, context.configuration) }],
    result: null,
  };
}

/** The trunk has room for the present leg: its INVITE goes out, unless what the store says stands against it. */
export function huntSlot(
  hunt: Hunt,
  party: HuntParty,
  context: HuntContext,
  facts: DialFacts = { type: 'free' },
): HuntStep {
  if (hunt.phase !== 'slot') return { hunt, effects: [], result: null };
  return facts.type === 'free' ? dialNow(hunt, party, context) : notDialled(hunt, facts, party, context);
}

function notDialled(
  before: Hunt,
  facts: Exclude<DialFacts, { type: 'free' }>,
  party: HuntParty,
  context: HuntContext,
): HuntStep {
  const isKnownWhy = facts.type === 'refused';
  const verdict = isKnownWhy ? refusedBy(facts.gate, facts.ofTrunk === true) : STORE_AWAY;
  const step = nextOrFailed(before, { verdict, leg: null }, party, context);
  const lane = laneOf(before.candidates[before.index]!);
  const text = isKnownWhy ? facts.text : 'the store does not say whether it may be dialled';
  return {
    ...step,
    effects: [{ type: 'withdrawSlot', legId: before.legId }, ...step.effects],
    refused: { lane, gate: verdict.reason, text },
  };
}

/** The present leg's INVITE once more, octet for octet; null: its trunk is gone. */
export function huntRepeat(hunt: Hunt, party: HuntParty, context: HuntContext): HuntStep | null {
  const candidate = hunt.candidates[hunt.index];
  if (candidate === undefined) return null;
  if (candidate.kind === 'trunk' && trunkOf(candidate, context.configuration) === null) return null;
  const request = requestOf(hunt, candidate, party, context.configuration);
  return {
    hunt: { ...hunt, timedFrom: context.now, isRepeated: true },
    effects: [{ type: 'dial', request }],
    result: null,
  };
}

function hasNext(hunt: Hunt, verdict: Verdict): boolean {
  return verdict.tryNextTrunk !== 'no' && !hunt.onceUsed && hunt.index + 1 < hunt.candidates.length;
}

function nextOrFailed(hunt: Hunt, why: Failure, party: HuntParty, context: HuntContext): HuntStep {
  if (!hasNext(hunt, why.verdict)) return { hunt, effects: [], result: { type: 'failed', ...why } };
  const onceUsed = why.verdict.tryNextTrunk === 'once';
  return tryFrom({ ...hunt, onceUsed, failedOver: true }, hunt.index + 1, party, context, why);
}

/** An event of the present leg. Those of other legs are the caller's business. */
export function huntLeg(hunt: Hunt, event: LegEvent, party: HuntParty, context: HuntContext): HuntStep {
  if (hunt.phase === 'slot') return { hunt, effects: [], result: null };
  if (hunt.phase === 'givenUp') return givenUpLeg(hunt, event, party, context);
  const now = context.now;
  switch (event.type) {
    case 'dialled':
      if (hunt.dialledAt !== null) break;
      return { hunt: { ...hunt, dialledAt: now, timedFrom: now }, effects: [], result: null };
    case 'trying':
    case 'ringing':
      return { hunt: { ...hunt, heardAt: hunt.heardAt ?? now }, effects: [], result: null };
    case 'answered':
      return { hunt, effects: [], result: { type: 'answered' } };
    case 'rejected':
      return rejected(hunt, event.result, party, context);
    case 'ended':
      return { hunt, effects: [], result: { type: 'failed', verdict: LEG_LOST, leg: null } };
  }
  return { hunt, effects: [], result: null };
}

function rejected(hunt: Hunt, result: LegResult, party: HuntParty, context: HuntContext): HuntStep {
  const verdict = verdictOf(result);
  const isForbidden = result.kind === 'final' && result.status === 403 && verdict.tryNextTrunk === 'yes';
  if (isForbidden && hasDefaultToShow(hunt, party, context)) {
    return reserve(legAt({ ...hunt, failedOver: true }, hunt.index, party, context.now, true), party, context);
  }
  return nextOrFailed(hunt, { verdict, leg: result }, party, context);
}

function givenUpLeg(hunt: Hunt, event: LegEvent, party: HuntParty, context: HuntContext): HuntStep {
  if (event.type !== 'rejected') {
    return event.type === 'ended' ? afterGivenUp(hunt, party, context) : { hunt, effects: [], result: null };
  }
  // It was not silent after all: what the person said crossed our CANCEL, and no other trunk makes it unsaid.
  const { result } = event;
  const said = result.status >= 300 && result.status !== 487 ? verdictOf({ ...result, kind: 'final' }) : null;
  if (said?.tryNextTrunk !== 'no') return afterGivenUp(hunt, party, context);
  return { hunt, effects: [], result: { type: 'failed', verdict: said, leg: result } };
}

function afterGivenUp(hunt: Hunt, party: HuntParty, context: HuntContext): HuntStep {
  return nextOrFailed(hunt, { verdict: verdictOf(SILENT), leg: SILENT }, party, context);
}

/** The instant at which `huntAlarm` has something to do; null: it waits for a slot. */
export function huntDeadline(hunt: Hunt, party: Pick<HuntParty, 'ringTimeoutSeconds'>): number | null {
  if (hunt.phase === 'slot') return null;
  if (hunt.phase === 'givenUp') return hunt.timedFrom + CLOSING_LIMIT_MS;
  const ringMs = party.ringTimeoutSeconds * 1000;
  const isSilent = hunt.heardAt === null && hunt.noResponseMs !== null;
  return hunt.timedFrom + (isSilent ? Math.min(hunt.noResponseMs!, ringMs) : ringMs);
}

export function huntAlarm(before: Hunt, party: HuntParty, context: HuntContext): HuntStep {
  // After the wall clock was set back, what is left of a timer must not grow.
  const hunt = before.timedFrom > context.now ? { ...before, timedFrom: context.now } : before;
  const deadline = huntDeadline(hunt, party);
  if (deadline === null || context.now < deadline) return { hunt, effects: [], result: null };
  if (hunt.phase === 'givenUp') return afterGivenUp(hunt, party, context);
  const ringMs = party.ringTimeoutSeconds * 1000;
  if (context.now < hunt.timedFrom + ringMs) return silent(hunt, party, context);
  return {
    hunt,
    effects: [{ type: 'hangUp', legId: hunt.legId, reason: { cause: 19, text: 'No answer' } }],
    result: { type: 'failed', verdict: NO_ANSWER, leg: null },
  };
}

function silent(hunt: Hunt, party: HuntParty, context: HuntContext): HuntStep {
  const hangUp: HuntEffect = { type: 'hangUp', legId: hunt.legId, reason: { cause: 102, text: 'No response' } };
  // An engine that does not show 100 leaves it open whether a phone is about to ring: the leg must be over first.
  if (!context.engine.showsTrying && hasNext(hunt, verdictOf(SILENT))) {
    return { hunt: { ...hunt, phase: 'givenUp', timedFrom: context.now }, effects: [hangUp], result: null };
  }
  const step = afterGivenUp(hunt, party, context);
  return { ...step, effects: [hangUp, ...step.effects] };
}

/** The wall clock was set by so much: its timers go on as long as they would have. */
export function huntMoved(hunt: Hunt, byMs: number): Hunt {
  const { orderedAt, timedFrom, dialledAt, heardAt } = hunt;
  return {
    ...hunt,
    orderedAt: orderedAt + byMs,
    timedFrom: timedFrom + byMs,
    dialledAt: dialledAt === null ? null : dialledAt + byMs,
    heardAt: heardAt === null ? null : heardAt + byMs,
  };
}

/** Ends the hunt in whatever phase it is. */
export function huntStop(hunt: Hunt, reason: HangupReason): HuntEffect[] {
  if (hunt.phase === 'slot') return [{ type: 'withdrawSlot', legId: hunt.legId }];
  if (hunt.phase === 'givenUp') return [];
  return [{ type: 'hangUp', legId: hunt.legId, reason }];
}
