/** A callback as it is asked for: by a rule, by a component of a flow, or through the API by a rule. */

import type { CallbackPlan } from '../callback/callback.ts';
import { componentAt } from '../component-at.ts';
import type { CallbackComponent, CallbackRule, CallbackTerms, CallerId, Configuration } from '../configuration.ts';
import { callerIdNumber } from '../dialplan/caller-id.ts';
import type { RouteSpec } from '../dialplan/route.ts';
import type { Attestation } from '../policy/attestation.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import { MASKED_NAME } from './caller.ts';

/** Who called what; `caller.received` is empty for an anonymous caller. */
export interface CallContext {
  caller: PhoneNumber;
  /**
   * Display name without control characters, quotes or brackets; `Anonymous` for a caller whose number may be dialled
   * but not shown.
   */
  callerName: string | null;
  /** As configured; null: made by the API. */
  inboundNumber: string | null;
  /** Name of the trunk, or `extension:NNN`; null: the API. */
  source: string | null;
  /** Of a call from a trunk that is trusted; left out: there is none. */
  attestation?: Attestation;
  /** Of a forwarded call from a trunk that is trusted: the number that was dialled first, whether or not it is ours. */
  firstDialled?: string;
  /** In which the person is spoken to so far; left out: as the configuration says. */
  language?: string;
}

export interface CallbackRequest extends CallContext {
  plan: CallbackPlan;
}

/**
 * Caller ID where none is configured: the dialled inbound number; towards an extension the original caller, unless he is
 * not to be shown.
 * @returns null: made by the API, so that there is no inbound number; the trunk's own default counts then
 */
export function defaultCallerId(context: Omit<CallContext, 'source'>, towards: 'trunk' | 'extension'): CallerId | null {
  const ours = context.inboundNumber === null ? null : callerIdNumber(context.inboundNumber);
  if (towards === 'trunk') return ours === null ? null : { number: ours, name: null };
  const theirs = callerIdNumber(context.caller.received);
  if (theirs === '' || context.callerName === MASKED_NAME) return { number: ours ?? 'anonymous', name: MASKED_NAME };
  return { number: theirs, name: context.callerName };
}

function withCallerId(terms: CallbackTerms, context: CallContext, towards: 'trunk' | 'extension'): CallbackTerms {
  const { callerId } = terms;
  if (callerId !== null) return { ...terms, callerId: { ...callerId, number: callerIdNumber(callerId.number) } };
  return { ...terms, callerId: defaultCallerId(context, towards) };
}

/**
 * The terms as they are promised to this caller: caller ID and language filled in, and method `caller` for one of our extensions made
 * `extension`, since its number means nothing on a trunk.
 */
function termsFor(given: CallbackTerms, context: CallContext): CallbackTerms {
  const terms = { ...given, language: given.language ?? context.language ?? null };
  if (terms.method === 'caller' && context.source === `extension:${context.caller.received}`) {
    const towardsSelf = withCallerId(terms, context, 'trunk');
    return { ...towardsSelf, method: 'extension', extension: context.caller.received };
  }
  return withCallerId(terms, context, terms.method === 'extension' ? 'extension' : 'trunk');
}

function termsOfRule(rule: CallbackRule): CallbackTerms {
  const { name: _name, origin: _origin, inboundNumbers: _numbers, next: _next, ringing: _ringing, ...terms } = rule;
  return terms;
}

function requestOf(plan: CallbackPlan, context: CallContext): CallbackRequest {
  const { caller, callerName, inboundNumber, source, attestation, firstDialled, language } = context;
  return {
    plan,
    caller,
    callerName,
    inboundNumber,
    source,
    ...(attestation === undefined ? {} : { attestation }),
    ...(firstDialled === undefined ? {} : { firstDialled }),
    ...(language === undefined ? {} : { language }),
  };
}

export function requestFromRule(rule: CallbackRule, context: CallContext): CallbackRequest {
  const next = rule.next === null ? null : { flow: rule.next, component: null };
  return requestOf({ origin: `rule:${rule.name}`, terms: termsFor(termsOfRule(rule), context), next }, context);
}

/** @returns null: it has gone, or is another one by now */
export function callbackComponentAt(
  configuration: Configuration,
  place: { flow: string; component: string },
): CallbackComponent | null {
  const component = componentAt(configuration, place);
  return component?.type === 'callback' ? component : null;
}

/**
 * For `callback` component COMPONENT of flow FLOW: its rule, or its inline terms. The person goes on at the component's
 * `next`; where it has none, as its rule says.
 * @returns null: there is no such component, or no such rule
 */
export function requestFromComponent(
  configuration: Configuration,
  place: { flow: string; component: string },
  context: CallContext,
): CallbackRequest | null {
  const component = callbackComponentAt(configuration, place);
  if (component === null) return null;
  const here = component.next === null ? null : { flow: place.flow, component: component.next };
  if (component.rule !== null) {
    const rule = configuration.callbackRules.find((candidate) => candidate.name === component.rule);
    if (rule === undefined) return null;
    const request = requestFromRule(rule, context);
    return here === null ? request : { ...request, plan: { ...request.plan, next: here } };
  }
  if (component.terms === null) return null;
  const origin = `flow:${place.flow}/${place.component}`;
  return requestOf({ origin, terms: termsFor(component.terms, context), next: here }, context);
}

/** What `routeTo` needs in order to dial the person of a plan. */
export function routeSpecOf(configuration: Configuration, terms: CallbackTerms, caller: PhoneNumber): RouteSpec {
  const { trunk, outgoingRule } = terms;
  if (terms.method === 'extension')
    return { number: null, extension: terms.extension, trunk: null, outgoingRule: null };
  if (terms.method === 'caller') return { number: caller, extension: null, trunk, outgoingRule };
  // A configured number is written for people: `(48) 99999-0000`.
  const number =
    terms.number === null ? null : readNumber(withoutSeparators(terms.number), configuration.defaultCountry);
  return { number, extension: null, trunk, outgoingRule };
}
