/** The dial component: a target is hunted for while the person waits, then the two are bridged. */

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
import type { LegEvent } from '../call/leg.ts';
import type { DialComponent } from '../configuration.ts';
import { type Route, routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import { gateChosenNumber } from '../rules/gates.ts';
import { defaultCallerId } from '../rules/request.ts';
import { say } from '../sentence.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note, play } from './flow-turn.ts';
import { announced, announcingEndsAt, beginAnnouncing, beginTalkRecording, talkRecordingOf } from './recorded-talk.ts';
import { fillDialled, isChosenByCaller } from './variables.ts';

type DialPlace = Extract<Place, { type: 'dial' }>;

const RINGBACK = 'tone:ringback';
/** A ringback that ends at once is not begun again: no busy loop with a media engine that can't play it. */
const MIN_RINGBACK_MS = 500;

/** Null: an extension is dialled. */
function numberOf(turn: Pick<FlowTurn, 'host' | 'state' | 'context'>, dial: DialComponent): PhoneNumber | null {
  if (dial.number === null) return null;
  const text = fillDialled(dial.number, turn);
  return readNumber(withoutSeparators(text), turn.context.configuration.defaultCountry);
}

function routeOf(
  turn: FlowTurn,
  dial: DialComponent,
  draw: string,
): Route | ({ type: 'refused' } & NonNullable<ReturnType<typeof gateChosenNumber>>) {
  const configuration = turn.context.configuration;
  const via = { trunk: dial.trunk, outgoingRule: dial.outgoingRule };
  const number = numberOf(turn, dial);
  if (number === null || dial.number === null) {
    return routeTo({ number: null, extension: dial.extension, ...via }, configuration);
  }
  if (number.received === '') return { type: 'refused', gate: 'impossible', ...say('number-empty') };
  const route = routeTo({ number, extension: null, ...via }, configuration, { at: turn.context.now, draw });
  if (route.type === 'refused' || !isChosenByCaller(dial.number)) return route;
  const refusal = gateChosenNumber(configuration, { caller: turn.host.call.caller, number, route });
  return refusal === null ? route : { type: 'refused', ...refusal };
}

function partyOf(turn: FlowTurn, dial: DialComponent, legPrefix: string): HuntParty {
  const { host } = turn;
  const number = numberOf(turn, dial);
  const towards = number === null ? 'extension' : 'trunk';
  return {
    legPrefix,
    callerId: dial.callerId ?? defaultCallerId(host.call, towards) ?? { number: '', name: null },
    onBehalfOf: host.call.inboundNumber,
    callbackId: host.callbackId,
    likeLeg: host.legId,
    ringTimeoutSeconds: dial.ringTimeoutSeconds,
    notBefore: null,
    mayWait: false,
    cost: number === null ? null : { number, rule: host.rule, isAttempt: false },
  };
}

/** The hunt was named when it began: `${legPrefix}.${index}`. */
function partyOfPlace(turn: FlowTurn, dial: DialComponent, place: DialPlace): HuntParty {
  return partyOf(turn, dial, place.hunt.legId.slice(0, place.hunt.legId.lastIndexOf('.')));
}

function enterDial(turn: FlowTurn, dial: DialComponent): Move {
  const name = nextName(turn, 'dial');
  const route = routeOf(turn, dial, name);
  if (route.type === 'refused' || route.candidates.length === 0) {
    const gate = route.type === 'refused' ? route.gate : 'no-route';
    return failed(turn, dial, { outcome: gate === 'no-route' ? 'failed' : 'refused', reason: gate });
  }
  const party = partyOf(turn, dial, name);
  return applyHunt(turn, dial, beginHunt(route.candidates, party, turn.context), null);
}

function failed(turn: FlowTurn, dial: DialComponent, why: Pick<FailedDial, 'outcome' | 'reason'>): Move {
  note(turn, 'target-failed', { component: turn.state.component, ...why, next: dial.otherwise });
  if (dial.otherwise === null) finish(turn, why.outcome, why.reason, { cause: 16, text: 'Nobody could be reached' });
  return dial.otherwise;
}
type FailedDial = Extract<HuntStep['result'], { type: 'failed' }>['verdict'];

function applyHunt(turn: FlowTurn, dial: DialComponent, step: HuntStep, ringback: DialPlace['ringback']): Move {
  noteHunt(turn, step);
  turn.effects.push(...step.effects);
  if (step.result === null) {
    goTo(turn, { type: 'dial', hunt: step.hunt, ringback, announcing: null });
    return null;
  }
  if (step.result.type === 'answered') {
    const announcing = beginAnnouncing(turn, dial, step.hunt.legId);
    if (announcing === null) connect(turn, step.hunt, talkRecordingOf(turn, dial) !== null);
    else goTo(turn, { type: 'dial', hunt: step.hunt, ringback: null, announcing });
    return null;
  }
  if (ringback !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  return failed(turn, dial, step.result.verdict);
}

function connect(turn: FlowTurn, hunt: Hunt, isRecorded: boolean): void {
  const { legId } = hunt;
  // What goes past us can't be recorded.
  const release = turn.host.releaseMedia && !isRecorded;
  turn.effects.push({ type: 'bridge', a: turn.host.legId, b: legId, release });
  const recordingId = isRecorded ? beginTalkRecording(turn, legId) : null;
  const isExtension = isExtensions(hunt.candidates[hunt.index]);
  goTo(turn, { type: 'bridged', legId, since: turn.context.now, isExtension, transfer: null, recordingId });
  note(turn, 'bridged', { component: turn.state.component, legId });
}

/** Something happened while both are being told that they are recorded. */
function whileAnnouncing(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: FlowEvent): Move {
  const told = announced(place.announcing!, event, { target: place.hunt.legId, now: turn.context.now });
  if (told === 'gone') {
    turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
    return failed(turn, dial, { outcome: 'failed', reason: 'leg-lost' });
  }
  if (typeof told !== 'string') goTo(turn, { ...place, announcing: told });
  else {
    if (told === 'untold') note(turn, 'recording-untold', { component: turn.state.component });
    connect(turn, place.hunt, told === 'told');
  }
  return null;
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
  const { legId } = place.hunt;
  if (place.announcing !== null) return whileAnnouncing(turn, dial, place, event);
  if (event.type === 'fetched') return null;
  if (event.type === 'alarm') return alarm(turn, dial, place);
  if (event.type === 'slotGranted') return event.legId === legId ? slotGranted(turn, dial, place, event.facts) : null;
  if (event.type === 'slotClosed') return event.legId === legId ? slotClosed(turn, dial, place) : null;
  if (event.event.legId === legId) return targetEvent(turn, dial, place, event.event);
  if (event.event.type === 'playEnded' && event.event.playId === place.ringback?.playId) {
    ringbackEnded(turn, place, event.event.result);
  }
  return null;
}

function slotGranted(turn: FlowTurn, dial: DialComponent, place: DialPlace, facts?: DialFacts): Move {
  const party = partyOfPlace(turn, dial, place);
  return applyHunt(turn, dial, huntSlot(place.hunt, party, turn.context, facts), place.ringback);
}

/** Somebody is on the line: another trunk, or none. */
function slotClosed(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  const step = huntReconsider(place.hunt, partyOfPlace(turn, dial, place), turn.context);
  return step.effects.length === 0 ? null : applyHunt(turn, dial, step, place.ringback);
}

/** An event of the target's leg. */
function targetEvent(turn: FlowTurn, dial: DialComponent, place: DialPlace, event: LegEvent): Move {
  const party = partyOfPlace(turn, dial, place);
  const step = huntLeg(place.hunt, event, party, turn.context);
  if (event.type === 'rejected') {
    const { kind, status, phrase } = event.result;
    note(turn, 'target-rejected', { legId: event.legId, kind, status, phrase });
  }
  if (event.type === 'dialled' && event.sent) note(turn, 'target-sent', { legId: event.legId, ...sentOf(event) });
  const starts = event.type === 'ringing' && place.ringback === null && step.hunt.phase === 'dialling';
  return applyHunt(turn, dial, step, starts ? startRingback(turn) : place.ringback);
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
function dialDeadline(dial: DialComponent, hunt: Hunt): number {
  return huntDeadline(hunt, dial) ?? hunt.timedFrom + dial.ringTimeoutSeconds * 1000;
}

function alarm(turn: FlowTurn, dial: DialComponent, place: DialPlace): Move {
  const party = partyOfPlace(turn, dial, place);
  if (place.hunt.phase !== 'slot') {
    return applyHunt(turn, dial, huntAlarm(place.hunt, party, turn.context), place.ringback);
  }
  if (turn.context.now < dialDeadline(dial, place.hunt)) return null;
  turn.effects.push({ type: 'withdrawSlot', legId: place.hunt.legId });
  if (place.ringback !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  return failed(turn, dial, { outcome: 'unreachable', reason: 'trunk-full' });
}

export const dialKind: StayingKind<DialComponent, DialPlace> = {
  needsMedia: true,
  enter: enterDial,
  event: dialEvent,
  deadline: (dial, { hunt, announcing }) =>
    announcing === null ? dialDeadline(dial, hunt) : announcingEndsAt(announcing),
  moved: (place, byMs) => ({
    ...place,
    hunt: huntMoved(place.hunt, byMs),
    ringback: place.ringback && { ...place.ringback, since: place.ringback.since + byMs },
    announcing: place.announcing && { ...place.announcing, since: place.announcing.since + byMs },
  }),
  stopped: ({ hunt }, _person, reason) => huntStop(hunt, reason),
  legId: ({ hunt }) => hunt.legId,
};
