/** Which callback rule is asked: a specific origin beats a prefix (the longer the better) beats `any`. */

import type { CallbackRule, Configuration, InboundNumber } from '../configuration.ts';
import { flaw, type Mistake, mistake } from '../mistake.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import { callingCodeOf } from '../policy/special-numbers.ts';

/** One origin in its only form; two origins that mean the same have the same key. */
interface Origin {
  key: string;
  /** 0: any; else the length of the prefix; above all of them: a whole number. */
  specificity: number;
  matches(caller: PhoneNumber): boolean;
}

const WHOLE_NUMBER = 1000;

const ANY: Origin = { key: 'any', specificity: 0, matches: () => true };

/** A prefix as E.164 would begin: `+5548`, `005548`, `5548` and, of the default country, `(48)` or `048`. */
function canonicalPrefix(prefix: string, country: string): string {
  if (prefix.startsWith('+')) return prefix;
  if (prefix.startsWith('00')) return `+${prefix.slice(2)}`;
  const callingCode = callingCodeOf(country);
  if (callingCode === '' || prefix.startsWith(callingCode)) return `+${prefix}`;
  return `+${callingCode}${prefix.replace(/^0/, '')}`;
}

function prefixOrigin(text: string, country: string): Origin {
  const written = withoutSeparators(text);
  if (written === '') return ANY;
  const prefix = canonicalPrefix(written, country);
  const matches = (caller: PhoneNumber) =>
    caller.e164 === null ? caller.received.startsWith(written) : caller.e164.startsWith(prefix);
  return { key: `${prefix}*`, specificity: prefix.length, matches };
}

function originOf(text: string, country: string): Origin {
  const trimmed = text.trim();
  if (trimmed === 'any') return ANY;
  if (trimmed.endsWith('*')) return prefixOrigin(trimmed.slice(0, -1), country);
  const { e164 } = readNumber(trimmed, country);
  // An extension, a short number, anything that is no E.164: the same octets.
  const bare = withoutSeparators(trimmed);
  const matches = (caller: PhoneNumber) =>
    e164 === null ? caller.e164 === null && withoutSeparators(caller.received) === bare : caller.e164 === e164;
  return { key: e164 ?? bare, specificity: WHOLE_NUMBER, matches };
}

interface ReadRule {
  rule: CallbackRule;
  origins: Origin[];
  /** In their only form; empty: all. */
  inboundKeys: string[];
}

/** A configuration is frozen, so what was read out of it stays true as long as it lives. */
const readRules = new WeakMap<Configuration, ReadRule[]>();

function inboundKeyOf(number: string, country: string): string {
  return readNumber(number, country).e164 ?? number;
}

function rulesOf(configuration: Configuration): ReadRule[] {
  const known = readRules.get(configuration);
  if (known !== undefined) return known;
  const country = configuration.defaultCountry;
  const rules = configuration.callbackRules.map((rule) => ({
    rule,
    origins: rule.origin === 'any' ? [ANY] : rule.origin.map((text) => originOf(text, country)),
    inboundKeys: rule.inboundNumbers.map((number) => inboundKeyOf(number, country)),
  }));
  readRules.set(configuration, rules);
  return rules;
}

/** Best match first; names last, so that the choice never depends on the order of the file. */
function byRank(a: { rank: number; name: string }, b: { rank: number; name: string }): number {
  return b.rank - a.rank || (a.name < b.name ? -1 : 1);
}

/**
 * The most specific origin wins; among equals a rule that names the inbound number beats one for all of them.
 * Two that are still equal are a mistake that `tiesIn` reports at apply.
 * @returns null: no rule matches
 */
export function chooseRule(
  configuration: Configuration,
  inboundNumber: InboundNumber,
  caller: PhoneNumber,
): CallbackRule | null {
  const inboundKey = inboundKeyOf(inboundNumber.number, configuration.defaultCountry);
  const ranked: Array<{ rank: number; name: string; rule: CallbackRule }> = [];
  for (const { rule, origins, inboundKeys } of rulesOf(configuration)) {
    const named = inboundKeys.includes(inboundKey);
    if (inboundKeys.length > 0 && !named) continue;
    const matching = origins.filter((origin) => origin.matches(caller)).map((origin) => origin.specificity);
    if (matching.length === 0) continue;
    ranked.push({ rank: Math.max(...matching) * 2 + (named ? 1 : 0), name: rule.name, rule });
  }
  return ranked.sort(byRank)[0]?.rule ?? null;
}

/** Rules that tie: the same origin in whatever form, both for all inbound numbers or both naming the same one. */
export function tiesIn(configuration: Configuration): Mistake[] {
  const firstOf = new Map<string, string>();
  const mistakes: Mistake[] = [];
  rulesOf(configuration).forEach(({ rule, origins, inboundKeys }, index) => {
    const scopes = inboundKeys.length === 0 ? [null] : [...new Set(inboundKeys)];
    const reported = new Set<string>();
    for (const key of new Set(origins.map((origin) => origin.key))) {
      for (const scope of scopes) {
        const place = JSON.stringify([scope, key]);
        const other = firstOf.get(place);
        if (other === undefined) firstOf.set(place, rule.name);
        else if (!reported.has(other)) {
          reported.add(other);
          const values = { rule: rule.name, other, origin: key, scope: scope ?? flaw('scope-every') };
          mistakes.push(mistake(`callbackRules[${index}].origin`, 'rules-tie', values));
        }
      }
    }
  });
  return mistakes;
}
