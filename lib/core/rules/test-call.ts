/** A call that an administrator places through a trunk to a phone of his own, to see what the provider makes of it. */

import type { CallbackPlan } from '../callback/callback.ts';
import type { CallbackTerms, Configuration, Trunk } from '../configuration.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import { type CallbackRequest, defaultCallerId } from './request.ts';

export interface TestCall {
  trunk: Trunk;
  /** In any usual form. */
  number: string;
  /** Where the answered call goes on; null: it ends when it is answered. */
  flow: string | null;
}

const RING_SECONDS = 30;
/** Whoever tests a trunk looks at it now: what can't leave within a minute says so. */
const EXPIRES_SECONDS = 60;
const LONGEST_SECONDS = 300;

/** Part of the callback's `origin`, beside `rule:` and `flow:`. */
const TEST_ORIGIN = 'test:';
export const isTestCall = ({ origin }: Pick<CallbackPlan, 'origin'>): boolean => origin.startsWith(TEST_ORIGIN);

const TERMS: Omit<CallbackTerms, 'trunk' | 'callerId'> = {
  method: 'caller',
  outgoingRule: null,
  number: null,
  extension: null,
  delaySeconds: 0,
  timeoutSeconds: 5,
  ringTimeoutSeconds: RING_SECONDS,
  retry: { attempts: 1, intervalSeconds: [EXPIRES_SECONDS], on: [] },
  expiresSeconds: EXPIRES_SECONDS,
  maxCallSeconds: LONGEST_SECONDS,
  reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
};

/** As a callback of the API, but through this trunk alone, once, and now. */
export function testCallRequest(configuration: Configuration, { trunk, number, flow }: TestCall): CallbackRequest {
  const caller = readNumber(withoutSeparators(number), configuration.defaultCountry);
  const inboundNumber = configuration.inboundNumbers[0]?.number ?? null;
  const callerId = defaultCallerId({ caller, callerName: null, inboundNumber }, 'trunk');
  return {
    plan: {
      origin: `${TEST_ORIGIN}${trunk.name}`,
      terms: { ...TERMS, trunk: trunk.name, callerId },
      next: flow === null ? null : { flow, component: null },
    },
    caller,
    callerName: null,
    inboundNumber,
    source: null,
  };
}
