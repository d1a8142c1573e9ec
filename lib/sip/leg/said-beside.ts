import type { LegResult } from '../../core/call/leg.ts';
import type { IncomingResponse } from '../link.ts';
import { parseRetryAfter, redressOf, whyOf } from '../message/reason.ts';

type Beside = Pick<LegResult, 'q850Cause' | 'location' | 'text' | 'retryAfterSeconds' | 'callsBack' | 'redress'>;

/**
 * What a final response to an INVITE says beside its status: why, when again, and whether its sender calls back as we do.
 *
 * @param ownCallbackId that of our INVITE; null: it had none
 */
export function saidBeside({ head, status }: IncomingResponse, ownCallbackId: string | null): Beside {
  const { q850Cause, location, text } = whyOf(head.all('reason'));
  const blocked = status === 603 || status === 608;
  const redress = blocked ? redressOf({ callInfo: head.all('call-info'), reason: head.all('reason') }) : null;
  const promise = head.first('x-callback-id');
  // Some devices send back every header that they got.
  const isTheirs = promise !== null && promise.trim() !== ownCallbackId;
  return {
    q850Cause,
    location,
    text,
    retryAfterSeconds: parseRetryAfter(head.first('retry-after')),
    ...(isTheirs ? { callsBack: true } : {}),
    ...(redress === null ? {} : { redress }),
  };
}
