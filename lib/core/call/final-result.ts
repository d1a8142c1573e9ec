import type { LegResult } from './leg.ts';

/** A final response that says nothing but its status, of somebody who rang. */
export function finalResult(status: number, phrase = ''): LegResult {
  return {
    kind: 'final',
    status,
    phrase,
    q850Cause: null,
    location: null,
    text: '',
    retryAfterSeconds: null,
    rang: true,
  };
}
