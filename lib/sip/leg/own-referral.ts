/**
 * One REFER of ours: the peer is to call somebody else in our place (RFC 3515, RFC 5589 6). What it has to tell comes in NOTIFYs,
 * before or after its 202; many peers just hang up once they have taken the call over, and some never say a word.
 *
 * ```
 * asked --2xx--> accepted --NOTIFY 2xx, or BYE of the peer--> transferred
 *   |               |  NOTIFY 3xx to 6xx, or no word in time
 *   +--3xx to 6xx---+--> failed
 * ```
 */

import type { LegEvent } from '../../core/call/leg.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncomingRequest } from '../link.ts';
import type { DialogAnswer, DialogRequest } from './dialog-client.ts';

export interface OwnReferralOptions {
  clock: Clock;
  referTo: string;
  referredBy: string;
  timeoutMs: number;
  request(request: DialogRequest): Promise<DialogAnswer>;
  /** Once; nothing comes after it. */
  done(result: Pick<LegEvent & { type: 'referred' }, 'result' | 'status'>): void;
}

/** Between the end of the subscription and the BYE of a peer that says no more. */
const byeTimeoutMs = 2000;
const NO_WORD = 408;

export class OwnReferral {
  readonly #options: OwnReferralOptions;
  #isAccepted = false;
  #isDone = false;
  #stopAlarm: () => void = () => {};

  constructor(options: OwnReferralOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, referTo, referredBy, timeoutMs, request } = this.#options;
    this.#stopAlarm = clock.after(timeoutMs, () => this.#done('failed', NO_WORD));
    const headers = { 'Refer-To': referTo, 'Referred-By': referredBy };
    request({ method: 'REFER', headers, body: null }).then((answer) => this.#answered(answer));
  }

  #answered(answer: DialogAnswer): void {
    if (answer.type === 'lost') this.#done('failed', NO_WORD);
    else if (answer.status >= 300) this.#done('failed', answer.status);
    else {
      this.#isAccepted = true;
      // RFC 4488: no subscription, so that is all that is ever said
      const isSilent = (answer.head.first('refer-sub') ?? '').trim().toLowerCase() === 'false';
      if (isSilent) this.#done('transferred', answer.status);
    }
  }

  /** A NOTIFY of the event `refer` (RFC 3515 2.4.5). */
  notified(request: IncomingRequest): void {
    const status = fragmentStatus(request.body);
    if (status !== null && status >= 200) this.#done(status < 300 ? 'transferred' : 'failed', status);
    else {
      // It has begun, whatever becomes of its 202
      this.#isAccepted ||= status !== null;
      if (isTerminated(request) && !this.#isDone) this.#alarm(byeTimeoutMs);
    }
  }

  /** The leg ends: where it is the peer who hangs up after it has accepted, the call is its own now. */
  ending(isByPeer: boolean): void {
    if (isByPeer && this.#isAccepted) this.#done('transferred', 202);
    this.stop();
  }

  stop(): void {
    this.#isDone = true;
    this.#stopAlarm();
  }

  #alarm(ms: number): void {
    this.#stopAlarm();
    this.#stopAlarm = this.#options.clock.after(ms, () => this.#done('failed', NO_WORD));
  }

  #done(result: 'transferred' | 'failed', status: number): void {
    if (this.#isDone) return;
    this.stop();
    this.#options.done({ result, status });
  }
}

/** Status of a message/sipfrag (RFC 3420); null: it has none. */
function fragmentStatus(body: string): number | null {
  const status = /^\s*SIP\/2\.0 ([1-6]\d\d)(?!\d)/.exec(body.slice(0, 256))?.[1];
  return status === undefined ? null : Number(status);
}

function isTerminated({ head }: IncomingRequest): boolean {
  return /^\s*terminated\b/i.test(head.first('subscription-state') ?? '');
}
