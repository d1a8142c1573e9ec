/**
 * The dial component: a target is hunted for while the person waits, then the two are bridged. Several are rung together, as
 * one leg, or one after the other. Whoever answers may be told something, and asked whether he takes the call, before.
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
  huntMoved,
  huntReconsider,
  huntSlot,
  huntStop,
} from '../call/hunt.ts';
import { sentOf, shownOf } from '../call/identity-detail.ts';
import type { HangupReason, LegEvent } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { DialComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import { beginTaking, type Taken, takingDeadline, takingEvent, takingMoved } from './dial-taking.ts';
import { partyOf, targetOf } from './dial-target.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note, play } from './flow-turn.ts';
import { announced, announcingEndsAt, beginAnnouncing, beginTalkRecording, talkRecordingOf } from './recorded-talk.ts';

export type DialPlace = Extract<Place, { type: 'dial' }>;
/** What stays the same from one target to the next. */
type Waiting = Pick<DialPlace, 'left' | 'ringback'>;
/** Why nobody is talked to. */
type Missed = { outcome: Outcome; reason: string };

const RINGBACK = 'tone:ringback';
/** A ringback that ends at once is not begun again: no busy loop with a media engine that can't play it. */
const MIN_RINGBACK_MS = 500;

/** The hunt was named when it began: `${legPrefix}.${index}`. */
function partyOfPlace(turn: FlowTurn, dial: DialComponent, place: DialPlace): HuntParty {
  return partyOf(turn, dial, place.hunt.legId.slice(0, place.hunt.legId.lastIndexOf('.')));
}

function enterDial(turn: FlowTurn, dial: DialComponent): Move {
  const [first, ...left] = dial.strategy === 'inOrder' ? dial.extensions : [];
  return ring(turn, dial, first ?? null, { left, ringback: null });
}

/** @param extension the one of several whose turn it is; null: whoever the component names */
function ring(turn: FlowTurn, dial: DialComponent, extension: string | null, waiting: Waiting): Move {
  const name = nextName(turn, 'dial');
  const route = targetOf(turn, dial, extension, name);
  if (route.type === 'refused' || route.candidates.length === 0) {
    const gate = route.type === 'refused' ? route.gate : 'no-route';
    return missed(turn, dial, waiting, { outcome: gate === 'no-route' ? 'failed' : 'refused', reason: gate });
  }
  const party = partyOf(turn, dial, name);
  return applyHunt(turn, dial, waiting, beginHunt(route.candidates, party, turn.context));
}

/** Nobody is reached there: the next one, if there is one. */
function missed(turn: FlowTurn, dial: DialComponent, { left: [next, ...left], ringback }: Waiting, why: Missed): Move {
  const { outcome, reason } = why;
  if (next !== undefined) {
    note(turn, 'target-failed', { component: turn.state.component, outcome, reason, next: `extension:${next}` });
    return ring(turn, dial, next, { left, ringback });
  }
  if (ringback !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  const exit = exitFor(dial, outcome) ?? dial.otherwise;
  note(turn, 'target-failed', { component: turn.state.component, outcome, reason, next: exit });
  if (exit === null) finish(turn, outcome, reason, { cause: 16, text: 'Nobody could be reached' });
  return exit;
}

function exitFor(dial: DialComponent, outcome: Outcome): Move {
  switch (outcome) {
    case 'busy':
      return dial.busy;
    case 'no-answer':
      return dial.noAnswer;
    case 'rejected':
      return dial.rejected;
    case 'unreachable':
      return dial.unreachable;
    default:
      return null;
  }
}

function applyHunt(turn: FlowTurn, dial: DialComponent, { left, ringback }: Waiting, step: HuntStep): Move {
  noteHunt(turn, step);
  turn.effects.push(...step.effects);
  const place: DialPlace = { type: 'dial', hunt: step.hunt, ringback, left, taking: null, announcing: null };
  if (step.result === null) {
    goTo(turn, place);
    return null;
  }
  if (step.result.type === 'answered') return answered(turn, dial, place);
  return missed(turn, dial, place, step.result.verdict);
}

function answered(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  const taking = beginTaking(turn, dial, place.hunt.legId);
  if (taking === null) return taken(turn, dial, place);
  note(turn, 'target-asked', { component: turn.state.component, legId: place.hunt.legId, step: taking.step });
  goTo(turn, { ...place, taking, ringback: place.ringback ?? startRingback(turn) });
  return null;
}

/** The call is taken: the two are connected, if need be after they have been told that they are recorded. */
function taken(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  const announcing = beginAnnouncing(turn, dial, place.hunt.legId);
  if (announcing === null) return connect(turn, dial, place, talkRecordingOf(turn, dial) !== null);
  // What is announced takes the place of the ringback.
  goTo(turn, { ...place, ringback: null, taking: null, announcing });
  return null;
}

function connect(turn: FlowTurn, dial: DialComponent, { hunt }: DialPlace, isRecorded: boolean): Move {
  const { legId } = hunt;
  // What goes past us can't be recorded.
  const release = (dial.releaseMedia ?? turn.host.releaseMedia) && !isRecorded;
  turn.effects.push({ type: 'bridge', a: turn.host.legId, b: legId, release });
  const recordingId = isRecorded ? beginTalkRecording(turn, legId) : null;
  const isExtension = isExtensions(hunt.candidates[hunt.index]);
  goTo(turn, { type: 'bridged', legId, since: turn.context.now, isExtension, transfer: null, recordingId });
  note(turn, 'bridged', { component: turn.state.component, legId });
  return null;
}

/** Something happened while both are being told that they are recorded. */
function whileAnnouncing(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: FlowEvent): Move {
  const told = announced(place.announcing!, event, { target: place.hunt.legId, now: turn.context.now });
  if (told === 'gone') {
    turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
    return missed(turn, dial, place, MISSED.lost);
  }
  if (typeof told !== 'string') {
    goTo(turn, { ...place, announcing: told });
    return null;
  }
  if (told === 'untold') note(turn, 'recording-untold', { component: turn.state.component });
  return connect(turn, dial, place, told === 'told');
}

function noteHunt(turn: FlowTurn, step: HuntStep): void {
  if (step.refused) {
    const { lane, gate, text } = step.refused;
    note(turn, 'target-refused', { component: turn.state.component, via: lane, gate, why: text });
  }
  for (const { lane, why } of step.skipped ?? []) note(turn, 'trunk-skipped', { trunk: lane, why });
  for (const effect of step.effects) {
    if (effect.type === 'reserveSlot') note(turn, 'target-queued', { legId: effect.legId, via: effect.trunk });
    if (effect.type === 'dial') {
      const { candidate, legId } = effect.request;
      const via = viaOf(candidate);
      note(turn, 'target-dialled', { component: turn.state.component, legId, via, ...shownOf(effect.request) });
    }
    if (effect.type === 'hangUp') note(turn, 'target-given-up', { legId: effect.legId, why: effect.reason.text });
  }
}

function dialEvent(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: FlowEvent): Move {
  if (event.type === 'leg' && event.event.type === 'playEnded' && event.event.playId === place.ringback?.playId) {
    ringbackEnded(turn, place, event.event.result);
    return null;
  }
  if (place.announcing !== null) return whileAnnouncing(turn, dial, place, event);
  return place.taking === null ? huntEvent(turn, dial, place, event) : asked(turn, dial, place, event);
}

/** Something happened while the one who has answered hears what it is about, or is asked. */
function asked(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: FlowEvent): Move {
  const { legId } = place.hunt;
  const taking = takingEvent(turn, { dial, legId, taking: place.taking! }, event);
  if (taking === 'taken') return taken(turn, dial, place);
  if (typeof taking !== 'string') {
    goTo(turn, { ...place, taking });
    return null;
  }
  const isGone = event.type === 'leg' && event.event.type === 'ended' && event.event.legId === legId;
  if (!isGone) turn.effects.push({ type: 'hangUp', legId, reason: NOT_TAKEN });
  return missed(turn, dial, place, MISSED[taking]);
}

const NOT_TAKEN: HangupReason = { cause: 16, text: 'Call not taken' };
const MISSED: Readonly<Record<Exclude<Taken, 'taken'>, Missed>> = {
  declined: { outcome: 'rejected', reason: 'declined' },
  ignored: { outcome: 'no-answer', reason: 'not-taken' },
  lost: { outcome: 'failed', reason: 'leg-lost' },
};

function huntEvent(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: FlowEvent): Move {
  const { legId } = place.hunt;
  switch (event.type) {
    case 'alarm':
      return alarm(turn, dial, place);
    case 'slotGranted':
      return event.legId === legId ? slotGranted(turn, dial, place, event.facts) : null;
    case 'slotClosed':
      return event.legId === legId ? slotClosed(turn, dial, place) : null;
    case 'leg':
      return event.event.legId === legId ? targetEvent(turn, dial, place, event.event) : null;
    default:
      return null;
  }
}

function slotGranted(turn: FlowTurn, dial: DialComponent, place: DialPlace, facts?: DialFacts): Move {
  return applyHunt(turn, dial, place, huntSlot(place.hunt, partyOfPlace(turn, dial, place), turn.context, facts));
}

/** Somebody is on the line: another trunk, or none. */
function slotClosed(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  const step = huntReconsider(place.hunt, partyOfPlace(turn, dial, place), turn.context);
  return step.effects.length === 0 ? null : applyHunt(turn, dial, place, step);
}

/** An event of the target's leg. */
function targetEvent(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: LegEvent): Move {
  const step = huntLeg(place.hunt, event, partyOfPlace(turn, dial, place), turn.context);
  if (event.type === 'rejected') {
    const { kind, status, phrase } = event.result;
    note(turn, 'target-rejected', { legId: event.legId, kind, status, phrase });
  }
  if (event.type === 'dialled' && event.sent) note(turn, 'target-sent', { legId: event.legId, ...sentOf(event) });
  const starts = event.type === 'ringing' && place.ringback === null && step.hunt.phase === 'dialling';
  return applyHunt(turn, dial, starts ? { ...place, ringback: startRingback(turn) } : place, step);
}

function startRingback(turn: FlowTurn): DialPlace['ringback'] {
  return { playId: play(turn, RINGBACK), since: turn.context.now };
}

/** The ringback tone has an end, the ringing has not. */
function ringbackEnded(turn: FlowTurn, place: DialPlace, result: 'played' | 'stopped' | 'failed'): void {
  const isSound = result === 'played' && turn.context.now - (place.ringback?.since ?? 0) >= MIN_RINGBACK_MS;
  if (isSound) goTo(turn, { ...place, ringback: startRingback(turn) });
}

/** A slot is waited for as long as the target would be rung: somebody is on the line. */
function huntEndsAt(dial: DialComponent, hunt: Hunt): number {
  return huntDeadline(hunt, dial) ?? hunt.timedFrom + dial.ringTimeoutSeconds * 1000;
}

function alarm(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  if (place.hunt.phase !== 'slot') {
    return applyHunt(turn, dial, place, huntAlarm(place.hunt, partyOfPlace(turn, dial, place), turn.context));
  }
  if (turn.context.now < huntEndsAt(dial, place.hunt)) return null;
  turn.effects.push({ type: 'withdrawSlot', legId: place.hunt.legId });
  return missed(turn, dial, place, { outcome: 'unreachable', reason: 'trunk-full' });
}

export const dialKind: StayingKind<DialComponent, DialPlace> = {
  needsMedia: true,
  enter: enterDial,
  event: dialEvent,
  deadline: (dial, { hunt, taking, announcing }) => {
    if (announcing !== null) return announcingEndsAt(announcing);
    return taking === null ? huntEndsAt(dial, hunt) : takingDeadline(dial, taking);
  },
  moved: (place, byMs) => ({
    ...place,
    hunt: huntMoved(place.hunt, byMs),
    ringback: place.ringback && { ...place.ringback, since: place.ringback.since + byMs },
    taking: place.taking && takingMoved(place.taking, byMs),
    announcing: place.announcing && { ...place.announcing, since: place.announcing.since + byMs },
  }),
  stopped: ({ hunt }, _person, reason) => huntStop(hunt, reason),
  legId: ({ hunt }) => hunt.legId,
};
