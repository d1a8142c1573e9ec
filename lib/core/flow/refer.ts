/** The transfer component: the person's side calls somebody else in our place (REFER), and tells how that went. */

import { finalResult } from '../call/final-result.ts';
import type { LegEvent } from '../call/leg.ts';
import type { Outcome } from '../call/outcome.ts';
import type { ReferTarget } from '../call/referral.ts';
import { verdictOf } from '../call/verdict.ts';
import type { TransferComponent } from '../configuration.ts';
import { isDialString } from '../dialplan/route.ts';
import { isEmergencyOrShort } from '../policy/special-numbers.ts';
import { gateChosenNumber } from '../rules/gates.ts';
import { say } from '../sentence.ts';
import type { StayingKind } from './component-kinds.ts';
import { numberOf } from './dialled-number.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note } from './flow-turn.ts';
import { isChosenByCaller } from './variables.ts';

type ReferPlace = Extract<Place, { type: 'transfer' }>;

const TRANSFERRED = { cause: 16, text: 'Transferred' };
/** The leg tells of its own timeout; later than this it is taken for lost. */
const GRACE_MS = 2_000;

type Target = { target: ReferTarget } | { gate: string };

function targetOf(turn: FlowTurn, { extension, number, sipUri }: TransferComponent): Target {
  if (sipUri !== null) return { target: { kind: 'uri', uri: sipUri } };
  if (number !== null) return toNumber(turn, number);
  const isKnown = turn.context.configuration.extensions.some((one) => one.number === extension);
  return isKnown ? { target: { kind: 'extension', extension: extension! } } : { gate: 'no-route' };
}

/** Whoever calls it in our place: a number that we would not dial is none that we have dialled. */
function toNumber(turn: FlowTurn, template: string): Target {
  const { configuration } = turn.context;
  const number = numberOf(turn, template);
  if (!isDialString(number.received)) return { gate: 'impossible' };
  if (isEmergencyOrShort(number.received, configuration.defaultCountry)) return { gate: 'emergency' };
  // It is not ours to find a way for it.
  const route = { type: 'refused', gate: 'no-route', ...say('route-none') } as const;
  const chosen = { caller: turn.host.call.caller, number, route };
  const refusal = isChosenByCaller(template) ? gateChosenNumber(configuration, chosen) : null;
  return refusal === null ? { target: { kind: 'number', number: number.received } } : { gate: refusal.gate };
}

function enterTransfer(turn: FlowTurn, component: TransferComponent): Move {
  const found = targetOf(turn, component);
  if ('gate' in found) return failed(turn, component, { outcome: 'refused', reason: found.gate });
  const { legId } = turn.host;
  const referId = nextName(turn, 'refer');
  const request = { target: found.target, timeoutSeconds: component.timeoutSeconds };
  turn.effects.push({ type: 'refer', legId, referId, request });
  note(turn, 'referred-away', { component: turn.state.component, kind: found.target.kind });
  goTo(turn, { type: 'transfer', referId, since: turn.context.now });
  return null;
}

function failed(turn: FlowTurn, component: TransferComponent, why: { outcome: Outcome; reason: string }): Move {
  const next = component.otherwise;
  note(turn, 'transfer-failed', { component: turn.state.component, ...why, next });
  if (next === null) finish(turn, why.outcome, why.reason, { cause: 16, text: 'Transfer failed' });
  return next;
}

function transferEvent(turn: FlowTurn, component: TransferComponent, place: ReferPlace, event: FlowEvent): Move {
  if (event.type === 'alarm') {
    const isOver = turn.context.now >= endsAt(component, place);
    return isOver ? failed(turn, component, { outcome: 'failed', reason: 'transfer-timeout' }) : null;
  }
  const isOurs = event.type === 'leg' && event.event.type === 'referred' && event.event.referId === place.referId;
  return isOurs ? referred(turn, component, event.event as Extract<LegEvent, { type: 'referred' }>) : null;
}

function referred(turn: FlowTurn, component: TransferComponent, event: Extract<LegEvent, { type: 'referred' }>): Move {
  const { result, status } = event;
  if (result === 'failed') return failed(turn, component, whyOf(status));
  note(turn, 'transferred-away', { component: turn.state.component, status, next: component.next });
  if (component.next === null) finish(turn, 'connected', 'transferred', TRANSFERRED);
  return component.next;
}

function whyOf(status: number): { outcome: Outcome; reason: string } {
  if (status < 300) return { outcome: 'failed', reason: 'transfer-failed' };
  const { outcome } = verdictOf(finalResult(status));
  return { outcome, reason: 'transfer-failed' };
}

function endsAt({ timeoutSeconds }: TransferComponent, { since }: ReferPlace): number {
  return since + timeoutSeconds * 1000 + GRACE_MS;
}

export const referKind: StayingKind<TransferComponent, ReferPlace> = {
  needsMedia: true,
  enter: enterTransfer,
  event: transferEvent,
  deadline: endsAt,
  moved: (place, byMs) => ({ ...place, since: place.since + byMs }),
  stopped: () => [],
  legId: () => null,
};
