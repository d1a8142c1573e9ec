/** The switch component: the call goes on by what is known of it. The case that says most wins. */

import type { SwitchComponent } from '../configuration.ts';
import { matchesEntry } from '../policy/blocked-numbers.ts';
import { compilePattern } from '../policy/pattern.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import type { PassingKind } from './component-kinds.ts';
import { type FlowTurn, finish, note } from './flow-turn.ts';
import { variableOf } from './variables.ts';

const EXPRESSION = /^\/(.+)\/(i?)$/s;

/** What a case may be compared with. */
type Matches = (entry: string) => boolean;

/** As a text of any other kind. */
function textMatches(value: string): Matches {
  return (entry) => {
    const expression = EXPRESSION.exec(entry);
    if (expression !== null) return compilePattern(expression[1] ?? '', expression[2] === 'i')?.test(value) ?? false;
    return entry.endsWith('*') ? value.startsWith(entry.slice(0, -1)) : value === entry;
  };
}

/** As received and as E.164, however it is written in the case. Who shows no number is `anonymous`. */
function numberMatches(number: PhoneNumber, country: string): Matches {
  if (number.received === '') return textMatches('anonymous');
  return (entry) => matchesEntry(entry, number, country);
}

/** Language tags are the same in any case (RFC 5646 2.1.1). */
function tagMatches(tag: string): Matches {
  const matches = textMatches(tag.toLowerCase());
  return (entry) => matches(EXPRESSION.test(entry) ? entry : entry.toLowerCase());
}

function matcherOf(turn: FlowTurn, on: string): Matches {
  const { call } = turn.host;
  const country = turn.context.configuration.defaultCountry;
  switch (on) {
    case 'caller':
      return numberMatches(call.caller, country);
    case 'inboundNumber':
      return numberMatches(readNumber(withoutSeparators(call.inboundNumber ?? ''), country), country);
    case 'language':
      return tagMatches(variableOf(turn, 'language'));
    case 'attestation':
      return textMatches(attestationOf(turn));
    default:
      return textMatches(variableOf(turn, on.slice(1, -1)));
  }
}

/** `A`, `B`, `C`; `failed`: its signature is wrong; `none`: nobody vouches for the number, or nobody was asked. */
function attestationOf({ host }: FlowTurn): string {
  const { attestation } = host.call;
  if (attestation?.failed) return 'failed';
  return attestation?.level ?? 'none';
}

/** A whole value before the longest beginning before the expressions as they stand. */
function bestCase(cases: Readonly<Record<string, string>>, matches: Matches): string | null {
  const entries = Object.keys(cases).filter(matches);
  const isExpression = (entry: string) => EXPRESSION.test(entry);
  const whole = entries.find((entry) => !isExpression(entry) && !entry.endsWith('*'));
  if (whole !== undefined) return whole;
  const beginnings = entries.filter((entry) => !isExpression(entry)).sort((a, b) => b.length - a.length);
  return beginnings[0] ?? entries.find(isExpression) ?? null;
}

export const switchKind: PassingKind<SwitchComponent> = {
  needsMedia: false,
  enter: (turn, component) => {
    const found = bestCase(component.cases, matcherOf(turn, component.on));
    const next = found === null ? component.otherwise : (component.cases[found] ?? null);
    note(turn, 'case-taken', { component: turn.state.component, case: found, next });
    if (next === null) finish(turn, 'abandoned', 'no-such-case', { cause: 16, text: 'No such case' });
    return next;
  },
};
