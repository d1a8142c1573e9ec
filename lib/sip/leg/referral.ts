/**
 * One REFER within a call: its answer, and the NOTIFYs that tell how it went (RFC 3515 2.4), one after the other. They end the
 * implicit subscription, not the call: a phone that refuses them is not gone (RFC 5057 5.1).
 */

import type { TransferProgress } from '../../core/call/transfer.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import { phraseOf } from '../message/status-phrases.ts';
import type { DialogAnswer, DialogRequest } from './dialog-client.ts';

export interface ReferralOptions {
  transferId: string;
  request: IncomingRequest;
  /** False: Refer-Sub: false (RFC 4488), nothing is to be told. */
  wantsNotify: boolean;
  clock: Clock;
  respond(request: IncomingRequest, response: OutgoingResponse): void;
  notify(request: DialogRequest): Promise<DialogAnswer>;
  /** It is over; true: it has been told so, and the call is not its any more. */
  done(isHandedOver: boolean): void;
}

/** Whoever decides has so long. */
const decisionTimeoutMs = 10_000;
/** The phone's BYE usually comes first: it has handed the call over. */
const lastNotifyTimeoutMs = 2000;
const subscriptionSeconds = 180;

export class Referral {
  readonly transferId: string;
  readonly #options: ReferralOptions;
  #isAnswered = false;
  #isOver = false;
  #queue: Promise<unknown> = Promise.resolve();
  #stopAlarm: () => void;

  constructor(options: ReferralOptions) {
    this.#options = options;
    this.transferId = options.transferId;
    const { clock } = options;
    this.#stopAlarm = clock.after(decisionTimeoutMs, () => this.progress({ type: 'refused', status: 480 }));
  }

  progress(progress: TransferProgress): void {
    if (this.#isOver) return;
    if (progress.type === 'refused') {
      if (!this.#isAnswered) this.#answer({ status: progress.status });
      this.#end(false);
      return;
    }
    this.#accept();
    switch (progress.type) {
      case 'trying':
        return this.#notify(100);
      case 'ringing':
        return this.#notify(180);
      case 'failed':
        this.#notify(progress.status, true);
        return this.#end(false);
      case 'answered':
      case 'join':
        this.#notify(200, true);
        return this.#end(true);
    }
  }

  /** The leg is over. */
  stop(): void {
    this.#isOver = true;
    this.#stopAlarm();
  }

  #accept(): void {
    if (this.#isAnswered) return;
    const headers = this.#options.wantsNotify ? {} : { 'Refer-Sub': 'false' };
    this.#answer({ status: 202, headers });
  }

  #answer(response: OutgoingResponse): void {
    this.#isAnswered = true;
    this.#stopAlarm();
    this.#options.respond(this.#options.request, response);
  }

  #notify(status: number, isLast = false): void {
    if (!this.#options.wantsNotify) return;
    const state = isLast ? 'terminated;reason=noresource' : `active;expires=${subscriptionSeconds}`;
    const headers = {
      Event: 'refer',
      'Subscription-State': state,
      'Content-Type': 'message/sipfrag;version=2.0',
    };
    const body = `SIP/2.0 ${status} ${phraseOf(status)}\r\n`;
    this.#queue = this.#queue.then(() => this.#options.notify({ method: 'NOTIFY', headers, body }));
  }

  #end(isHandedOver: boolean): void {
    this.#isOver = true;
    this.#stopAlarm();
    const { clock, done } = this.#options;
    if (!isHandedOver) return done(false);
    let isDone = false;
    const finish = () => {
      if (isDone) return;
      isDone = true;
      stop();
      done(true);
    };
    const stop = clock.after(lastNotifyTimeoutMs, finish);
    this.#queue.then(finish);
  }
}
