/** The dry run of a number that a rule would dial, whoever asks for it. */

import type { Configuration } from '../configuration.ts';
import { readNumber } from '../policy/read-number.ts';
import type { InboundDecision } from './decide-inbound.ts';
import type { ExplanationStep } from './explanation.ts';
import { gateCallback } from './gates.ts';
import { inboundNumberOfRule, languageOfInbound } from './inbound-number.ts';
import { requestFromRule } from './request.ts';

const NOBODY_CALLS: ExplanationStep = {
  step: 'source',
  verdict: 'skipped',
  text: 'nobody calls: the number is taken as the one that the rule dials',
};

/** By the gates that stand before a callback of the API. The rule has to exist. */
export function decideForRule(
  configuration: Configuration,
  { rule: name, number }: { rule: string; number: string },
  now: number,
): { decision: InboundDecision; first: ExplanationStep } {
  const rule = configuration.callbackRules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`there is no callback rule '${name}'`);
  const caller = readNumber(number, configuration.defaultCountry);
  const inboundNumber = inboundNumberOfRule(rule, configuration);
  const language = languageOfInbound(configuration, inboundNumber);
  const dialling = { ...rule, method: 'number' as const, number, extension: null };
  const request = requestFromRule(dialling, { caller, callerName: null, inboundNumber, source: null, language });
  const gated = gateCallback(configuration, request, now + rule.delaySeconds * 1000);
  if (gated.type === 'refuse') return { decision: gated, first: NOBODY_CALLS };
  const { steps, notBefore } = gated;
  const more = notBefore === undefined ? {} : { notBefore };
  return {
    decision: { type: 'callback', request, rule: rule.name, ringing: null, steps, ...more },
    first: NOBODY_CALLS,
  };
}
