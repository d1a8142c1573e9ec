import type { CallbackPlan } from '../callback/callback.ts';
import type { CallbackRule, CallbackTerms, CallerId, Configuration } from '../configuration.ts';
import type { RouteSpec } from '../dialplan/route.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';

/** Who called what; `caller.received` is empty for an anonymous caller. */
export interface CallContext {
  caller: PhoneNumber;
  /** Display name without control characters, quotes or brackets; `Anonymous` for a caller whose number may be dialled but not shown. */
  callerName: string | null;
  /** As configured; null: made by the API. */
  inboundNumber: string | null;
  /** Name of the trunk, or `extension:NNN`; null: the API. */
  source: string | null;
}
export interface CallbackRequest extends CallContext {
  plan: CallbackPlan;
}
export function requestFromRule(
  _configuration: Configuration,
  _rule: CallbackRule,
  _context: CallContext,
): CallbackRequest {
  throw new Error('not written yet');
}
/** For `callback` component COMPONENT of flow FLOW; null: there is no such component, or its rule is gone. */
export function requestFromComponent(
  _configuration: Configuration,
  _place: { flow: string; component: string },
  _context: CallContext,
): CallbackRequest | null {
  throw new Error('not written yet');
}
/** What `routeTo` needs in order to dial the person of a plan. */
export function routeSpecOf(_configuration: Configuration, _terms: CallbackTerms, _caller: PhoneNumber): RouteSpec {
  throw new Error('not written yet');
}
/** Caller ID where none is configured: the dialled inbound number; towards an extension the original caller. Null: neither is known. */
export function defaultCallerId(
  _context: Omit<CallContext, 'source'>,
  _towards: 'trunk' | 'extension',
): CallerId | null {
  throw new Error('not written yet');
}
