/**
 * Keeps one session alive, and ends it when the peer is gone: refreshes of ours at half time, a watch on those of the peer
 * (RFC 4028 10), and a question out of turn when its media has stopped.
 */

import type { CallSettings } from '../../core/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncomingRequest, OutgoingResponse } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';
import { names } from '../message/session-expires.ts';
import type { DialogAnswer } from './dialog-client.ts';
import { glareWaitMs } from './glare.ts';
import type { ReinviteOutcome } from './reinvite.ts';
import {
  afterTooSmall,
  agreedBy,
  answerTimer,
  endsAfterMs,
  refreshAfterMs,
  requestHeaders,
  type SessionTimer,
  type TimerRequest,
  timerRequest,
  tooSmall,
} from './session-timer.ts';

export interface SessionKeeperOptions {
  clock: Clock;
  random(): number;
  settings(): CallSettings['sessionTimers'];
  /** A drachtio-server runs the timers of RFC 4028 itself when it reads of them: we only ask whether the peer lives. */
  speaks: boolean;
  ownsCallId(): boolean;
  update(headers: Record<string, string>): Promise<DialogAnswer>;
  reinvite(headers: Record<string, string>): Promise<ReinviteOutcome>;
  /** The peer is gone; the call is to be ended. */
  lost(text: string): void;
}

const retryMs = 10_000;
const mostRaises = 3;

export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  #timer: SessionTimer | null = null;
  /** What a 422 has raised. */
  #asked: TimerRequest | null = null;
  #takesUpdate = false;
  #raises = 0;
  #stopRefresh: (() => void) | null = null;
  #stopWatch: (() => void) | null = null;
  #isStopped = false;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /** Of the INVITE that begins the session. */
  get invitation(): TimerRequest | null {
    return this.#options.speaks ? this.#request : null;
  }

  get #request(): TimerRequest | null {
    return this.#asked ?? timerRequest(this.#options.settings());
  }

  /** The peer wants a longer interval; true: ask again, with `invitation`. */
  raise(head: MessageHead): boolean {
    const asked = this.#request;
    const raised = asked === null || this.#raises >= mostRaises ? null : afterTooSmall(asked, head);
    if (raised === null) return false;
    this.#raises += 1;
    this.#asked = raised;
    return true;
  }

  /** Fields for a re-INVITE or UPDATE of ours: each is a refresh (7.4). */
  get refreshHeaders(): Record<string, string> {
    const asked = this.#request;
    if (asked === null || !this.#options.speaks) return {};
    const seconds = this.#timer?.isAgreed ? Math.max(this.#timer.seconds, asked.minSeconds) : asked.seconds;
    const isTheirs = this.#timer?.isAgreed === true && !this.#timer.weRefresh;
    return requestHeaders({ ...asked, seconds }, isTheirs ? 'uas' : 'uac');
  }

  /** What the peer has said of itself. */
  heard(head: MessageHead): void {
    if (head.first('allow') !== null) this.#takesUpdate = names(head, 'allow', 'update');
  }

  /** A 2xx to an INVITE, re-INVITE or UPDATE of ours. */
  accepted(head: MessageHead): void {
    this.heard(head);
    this.#set(agreedBy(head, this.#request));
  }

  /** @returns a refusal of the interval that this request asks for */
  refusal(request: IncomingRequest): OutgoingResponse | null {
    return this.#options.speaks ? tooSmall(request.head, this.#options.settings()) : null;
  }

  /** A request that is a refresh gets a 2xx: with these fields, and from now on. */
  answered(request: IncomingRequest): Record<string, string> {
    this.heard(request.head);
    const { headers, timer } = answerTimer(request.head, this.#options.settings());
    const isMere = this.#options.speaks || timer === null;
    this.#set(isMere ? timer : { ...timer, weRefresh: true, isAgreed: false });
    return this.#options.speaks ? headers : {};
  }

  /** Asks now whether the peer is there, by a re-INVITE, which also tells it anew where our media is. */
  async probe(): Promise<void> {
    if (!this.#isStopped) this.#took(await this.#options.reinvite(this.refreshHeaders));
  }

  stop(): void {
    this.#isStopped = true;
    this.#clear();
  }

  #clear(): void {
    this.#stopRefresh?.();
    this.#stopWatch?.();
    this.#stopRefresh = null;
    this.#stopWatch = null;
  }

  #set(timer: SessionTimer | null): void {
    this.#timer = timer;
    this.#clear();
    if (this.#isStopped || timer === null) return;
    const { clock, lost } = this.#options;
    if (timer.weRefresh) this.#refreshAfter(refreshAfterMs(timer));
    if (timer.isAgreed) this.#stopWatch = clock.after(endsAfterMs(timer), () => lost('the session was not refreshed'));
  }

  #refreshAfter(ms: number): void {
    const { clock } = this.#options;
    this.#stopRefresh?.();
    this.#stopRefresh = clock.after(ms, () => void this.#refresh());
  }

  /** UPDATE where the peer takes it: no media is touched. */
  async #refresh(): Promise<void> {
    if (this.#isStopped) return;
    const { update, reinvite } = this.#options;
    if (!this.#takesUpdate) {
      this.#took(await reinvite(this.refreshHeaders));
      return;
    }
    const answer = await update(this.refreshHeaders);
    if (answer.type === 'lost') this.#took(answer);
    else if (answer.status < 300) this.#took({ type: 'accepted', sdp: null, ack: () => {}, head: answer.head });
    else {
      // 405, 501: what Allow says is not always so
      if (answer.status !== 491 && answer.status !== 422) this.#takesUpdate = false;
      this.#took({ type: 'refused', status: answer.status, retryAfterSeconds: null, head: answer.head });
    }
  }

  #took(outcome: ReinviteOutcome): void {
    if (this.#isStopped) return;
    const { random, ownsCallId, lost } = this.#options;
    if (outcome.type === 'lost') lost(outcome.text);
    else if (outcome.type === 'accepted') {
      if (outcome.head !== null) this.accepted(outcome.head);
    } else if (outcome.status === 491) this.#refreshAfter(glareWaitMs(ownsCallId(), random()));
    else if (outcome.status === 422 && outcome.head !== null && this.raise(outcome.head)) this.#refreshAfter(0);
    // The session stays as it was, and so does its end
    else if (this.#timer?.isAgreed) this.#refreshAfter((outcome.retryAfterSeconds ?? 0) * 1000 || retryMs);
    else if (this.#timer !== null) this.#refreshAfter(refreshAfterMs(this.#timer));
  }
}
