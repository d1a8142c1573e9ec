/** Whom a dial component dials, and on whose behalf. */

import type { HuntParty } from '../call/hunt.ts';
import type { DialCandidate } from '../call/leg.ts';
import type { Configuration, DialComponent } from '../configuration.ts';
import { type Route, routeTo } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { gateChosenNumber } from '../rules/gates.ts';
import { defaultCallerId } from '../rules/request.ts';
import { say } from '../sentence.ts';
import type { FlowTurn } from './flow-turn.ts';
import { isChosenByCaller, numberOf } from './variables.ts';

type Refused = { type: 'refused' } & NonNullable<ReturnType<typeof gateChosenNumber>>;

/** @param extension the one of several whose turn it is; null: whoever the component names */
export function targetOf(turn: FlowTurn, dial: DialComponent, extension: string | null, draw: string): Route | Refused {
  const { configuration } = turn.context;
  if (extension !== null) return toExtensions([extension], configuration);
  if (dial.sipUri !== null) return { type: 'route', candidates: [{ kind: 'uri', uri: dial.sipUri }] };
  if (dial.number !== null) return toNumber(turn, dial, dial.number, draw);
  return toExtensions(dial.extension === null ? dial.extensions : [dial.extension], configuration);
}

/** Those that are gone from the configuration are passed over as long as one is left. */
function toExtensions(numbers: readonly string[], { extensions }: Configuration): Route {
  const known = numbers.filter((number) => extensions.some((extension) => extension.number === number));
  const [one] = known;
  if (one === undefined) return { type: 'refused', gate: 'no-route', ...say('route-no-extension') };
  const candidate: DialCandidate =
    known.length === 1 ? { kind: 'extension', extension: one } : { kind: 'group', extensions: known };
  return { type: 'route', candidates: [candidate] };
}

function toNumber(turn: FlowTurn, dial: DialComponent, template: string, draw: string): Route | Refused {
  const { configuration, now } = turn.context;
  const number = numberOf(turn, template);
  if (number.received === '') return { type: 'refused', gate: 'impossible', ...say('number-empty') };
  const { trunk, outgoingRule } = dial;
  const route = routeTo({ number, extension: null, trunk, outgoingRule }, configuration, { at: now, draw });
  if (route.type === 'refused' || !isChosenByCaller(template)) return route;
  const refusal = gateChosenNumber(configuration, { caller: turn.host.call.caller, number, route });
  return refusal === null ? route : { type: 'refused', ...refusal };
}

/** @param legPrefix the name under which the hunt began */
export function partyOf(turn: FlowTurn, dial: DialComponent, legPrefix: string): HuntParty {
  const { host } = turn;
  const number: PhoneNumber | null = dial.number === null ? null : numberOf(turn, dial.number);
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
