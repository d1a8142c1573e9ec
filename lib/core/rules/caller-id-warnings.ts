/** Caller IDs that a trunk will not be sent, seen in the configuration: the trunk's default goes out instead. */

import type { CallbackTerms, CallerId, Configuration, Mistake, Trunk } from '../configuration.ts';
import { callerIdNumber, defaultNumberOf, isAllowedCallerId } from '../dialplan/caller-id.ts';
import { type Flaw, flaw, mistake } from '../mistake.ts';

/** What dials: a rule, an inline `callback` or a `dial`. */
interface Dialling {
  path: string;
  trunk: string | null;
  outgoingRule: string | null;
  callerId: CallerId | null;
  /** The inbound numbers that are shown where there is no caller ID. */
  inboundNumbers: readonly string[];
}

function termsDialling(path: string, terms: CallbackTerms, inboundNumbers: readonly string[]): Dialling[] {
  if (terms.method === 'extension') return [];
  const { trunk, outgoingRule, callerId } = terms;
  return [{ path, trunk, outgoingRule, callerId, inboundNumbers }];
}

function diallingOf(configuration: Configuration): Dialling[] {
  const every = configuration.inboundNumbers.map(({ number }) => number);
  const called = configuration.inboundNumbers.filter(({ callback }) => callback).map(({ number }) => number);
  const rules = configuration.callbackRules.flatMap((rule, i) =>
    termsDialling(`callbackRules[${i}]`, rule, rule.inboundNumbers.length > 0 ? rule.inboundNumbers : called),
  );
  const flows = configuration.flows.flatMap(({ components }, i) =>
    Object.entries(components).flatMap(([word, component]): Dialling[] => {
      const path = `flows[${i}].components${/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(word) ? `.${word}` : `[${JSON.stringify(word)}]`}`;
      if (component.type === 'callback' && component.terms !== null) return termsDialling(path, component.terms, every);
      if (component.type !== 'dial' || component.number === null) return [];
      const { trunk, outgoingRule, callerId } = component;
      return [{ path, trunk, outgoingRule, callerId, inboundNumbers: every }];
    }),
  );
  return [...rules, ...flows];
}

function trunksOf({ trunk, outgoingRule }: Dialling, configuration: Configuration): Trunk[] {
  const ruleName = outgoingRule ?? configuration.defaultOutgoingRule;
  const rule = configuration.outgoingRules.find(({ name }) => name === ruleName);
  const routed = rule?.routes.flatMap(({ trunks }) => trunks.map((one) => (typeof one === 'string' ? one : one.name)));
  const names = new Set(trunk === null ? (routed ?? []) : [trunk]);
  return configuration.trunks.filter(({ name }) => names.has(name));
}

function insteadOf(trunk: Trunk): Flaw {
  const number = defaultNumberOf(trunk);
  return number === null ? flaw('sent-all-the-same') : flaw('sent-instead', { number });
}

function warningsFor(dialling: Dialling, configuration: Configuration): Mistake[] {
  const { callerId, inboundNumbers, path } = dialling;
  const wanted = callerId === null ? inboundNumbers : [callerId.number];
  return trunksOf(dialling, configuration).flatMap((trunk) => {
    const wrong = wanted.find(
      (number) => !isAllowedCallerId(trunk, callerIdNumber(number), configuration.defaultCountry),
    );
    if (wrong === undefined) return [];
    const code = callerId === null ? 'inbound-number-not-allowed' : 'caller-id-not-allowed';
    return [mistake(`${path}.callerId`, code, { number: wrong, trunk: trunk.name, instead: insteadOf(trunk) })];
  });
}

/** A default that the trunk itself does not allow. */
function ownWarnings(configuration: Configuration): Mistake[] {
  return configuration.trunks.flatMap((trunk, i) => {
    const { default: standard } = trunk.callerIds;
    if (standard === null || isAllowedCallerId(trunk, callerIdNumber(standard), configuration.defaultCountry))
      return [];
    return [mistake(`trunks[${i}].callerIds.default`, 'default-not-allowed', { number: standard })];
  });
}

export function callerIdWarnings(configuration: Configuration): Mistake[] {
  if (configuration.trunks.every(({ callerIds }) => callerIds.allow.length === 0)) return [];
  const dialled = diallingOf(configuration).flatMap((dialling) => warningsFor(dialling, configuration));
  return [...ownWarnings(configuration), ...dialled];
}
