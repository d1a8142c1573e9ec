/** Whether the numbers that we show are numbers that a network takes, and that lead back to us. */

import type { CallbackRule, Configuration } from '../../core/configuration.ts';
import { readNumber } from '../../core/policy/read-number.ts';
import { isEmergencyOrShort } from '../../core/policy/special-numbers.ts';
import { findInboundNumber } from '../../core/rules/inbound-number.ts';
import { type Finding, note, ok, warning } from './finding.ts';

/** Numbers that a rule may show towards a trunk. */
function shownBy(rule: CallbackRule, configuration: Configuration): string[] {
  if (rule.method === 'extension') return [];
  if (rule.callerId !== null) return [rule.callerId.number];
  const own =
    rule.inboundNumbers.length > 0 ? rule.inboundNumbers : configuration.inboundNumbers.map(({ number }) => number);
  return own;
}

function isAllowed(number: string, entry: string): boolean {
  return entry.endsWith('*') ? number.startsWith(entry.slice(0, -1)) : number === entry;
}

function judge(rule: CallbackRule, number: string, configuration: Configuration): Finding[] {
  const { defaultCountry, trunks } = configuration;
  const who = `rule '${rule.name}' shows ${number}`;
  const { e164 } = readNumber(number, defaultCountry);
  if (isEmergencyOrShort(number, defaultCountry) || e164 === null) {
    const advice = 'write it in E.164 (+554831210110): networks refuse or replace what is no whole number';
    return [warning('caller-id', `${who}, which is no whole number`, advice)];
  }
  const trunk = trunks.find(({ name }) => name === rule.trunk);
  const allowed = trunk?.callerIds.allow ?? [];
  if (
    trunk !== undefined &&
    allowed.length > 0 &&
    !allowed.some((entry) => isAllowed(e164, readNumber(entry, defaultCountry).e164 ?? entry))
  ) {
    return [
      warning(
        'caller-id',
        `${who}, which trunk '${trunk.name}' does not allow`,
        'name it in `callerIds.allow`, or show another',
      ),
    ];
  }
  if (findInboundNumber(configuration, e164) !== null) return [];
  return [note('caller-id', `${who}, which is no inbound number: whoever calls it back does not come here`)];
}

const MOST_SHOWN = 6;

export function checkCallerIds(configuration: Configuration): Finding[] {
  const findings = configuration.callbackRules.flatMap((rule) =>
    [...new Set(shownBy(rule, configuration))].flatMap((number) => judge(rule, number, configuration)),
  );
  if (findings.length === 0) return [ok('caller-id', 'all rules show whole numbers that lead back to us')];
  if (findings.length <= MOST_SHOWN) return findings;
  return [...findings.slice(0, MOST_SHOWN), note('caller-id', `and ${findings.length - MOST_SHOWN} more like these`)];
}
