/**
 * Two answered legs whose media goes past us (third party call control, RFC 3725). We connect them as in its flow I, with the
 * leg that answered last as the first to be asked; later offers of either side are handed to the other.
 *
 * ```
 *   A               we               B
 *   |                |--- INVITE ---->|      without offer
 *   |                |<-- 200 offer --|
 *   |<- INVITE offer |                |
 *   |-- 200 answer ->|                |
 *   |<---- ACK ------|-- ACK answer ->|
 * ```
 *
 * Where media goes through us until both have agreed (`instead`), nobody is ended for a no: it stays with us.
 *
 * One exchange at a time: whoever asks in the midst of another one gets 491 (RFC 3261 14.2) and comes again. Whatever leaves the
 * two with different ideas of the session is mended by connecting them anew.
 */

import type { LegId } from '../../core/call/leg.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { IncomingRequest, OutgoingResponse, SendResult } from '../link.ts';
import { isDescription } from '../message/local-description.ts';
import { sdpOf } from '../message/session-body.ts';
import { glareWaitMs } from './glare.ts';
import { type LegContext, transactionTimeoutMs } from './leg-context.ts';
import type { LegMedia } from './leg-media.ts';
import type { Reinvite, ReinviteOutcome, ReinviteRequest } from './reinvite.ts';

/** The part of a leg that a bridge works with. */
export interface BridgedLeg {
  readonly legId: LegId;
  readonly ownsCallId: boolean;
  readonly media: LegMedia;
  readonly sessionHeaders: Record<string, string>;
  reinvite(request: ReinviteRequest): Reinvite | null;
  respond(request: IncomingRequest, response: OutgoingResponse, done?: (result: SendResult) => void): void;
  abandon(reason: { cause: number; text: string }, text: string): void;
}

type Accepted = ReinviteOutcome & { type: 'accepted' };
type NotAccepted = Exclude<ReinviteOutcome, Accepted>;

/** One offer and its answer, over both legs. */
interface Exchange {
  /** What a side has asked for, until its ACK; null: we connect the two ourselves. */
  asked: { leg: BridgedLeg; request: IncomingRequest; offer: string | null; isAnswered: boolean } | null;
  /** A 2xx with an offer that waits for its answer, in our ACK. */
  open: { leg: BridgedLeg; offer: string; ack: (answer: string | null) => void } | null;
  reinvite: Reinvite | null;
}

/** Until they are connected two people hear nothing; a machine answers a re-INVITE at once. */
const connectTimeoutMs = 10_000;
/** Later questions may be put to a person: as long as a transaction lasts. */
const passOnTimeoutMs = transactionTimeoutMs;
const maxConnects = 10;
const maxRetryAfterSeconds = 10;

/** Media flows through us as long as the two are not connected. */
export interface Instead {
  /** They are: what they say to each other goes past us. */
  connected(): void;
  /** They can't be, or not any more. The bridge is over, and its legs are answered by us. */
  failed(): void;
}

export class EndToEndBridge {
  readonly #context: { clock: Clock; log: Log } & Pick<LegContext, 'random' | 'onCancel'>;
  /** The last one is asked for its offer. */
  #order: readonly [first: BridgedLeg, last: BridgedLeg];
  readonly #instead: Instead | null;
  #exchange: Exchange | null = null;
  #stopAlarm: (() => void) | null = null;
  #isConnected = false;
  #connects = 0;
  #isTurned = false;
  #isOver = false;

  constructor(
    context: { clock: Clock; log: Log } & Pick<LegContext, 'random' | 'onCancel'>,
    order: readonly [first: BridgedLeg, last: BridgedLeg],
    instead: Instead | null = null,
  ) {
    this.#context = context;
    this.#order = order;
    this.#instead = instead;
  }

  /** Makes each side's SDP the other's. Ends a leg with which that is not possible. */
  connect(): void {
    if (this.#isOver || this.#exchange !== null) return;
    this.#isConnected = false;
    const [first, last] = this.#order;
    this.#connects += 1;
    if (this.#connects > maxConnects) {
      this.#giveUp(last, 'the two sides could not be connected');
      return;
    }
    const exchange = this.#begin(null);
    this.#ask(exchange, last, null, (outcome) => {
      const offer = outcome.sdp;
      if (offer === null || !isDescription(offer)) return this.#unusable(exchange, last, outcome);
      exchange.open = { leg: last, offer, ack: outcome.ack };
      this.#ask(exchange, first, first.media.passOffer(offer), (answered) => {
        if (answered.sdp === null || !isDescription(answered.sdp)) return this.#unusable(exchange, first, answered);
        answered.ack(null);
        this.#settleOpen(exchange, answered.sdp);
        this.#finish(exchange, true);
      });
    });
  }

  /**
   * A re-INVITE or UPDATE of one side.
   * @param offer null: it asks for ours (a re-INVITE alone)
   * @returns false: there is no other side any more
   */
  request(leg: BridgedLeg, request: IncomingRequest, offer: string | null): boolean {
    if (this.#isOver) return false;
    // What they say to us is for us as long as media comes here
    if (this.#instead !== null && !this.#isConnected && this.#exchange === null) return false;
    // RFC 3261 14.2, and RFC 3311 5.2 for UPDATE: an offer of ours, or the other side's, is still without its answer
    if (this.#exchange !== null) leg.respond(request, { status: 491 });
    else if (offer !== null && !isDescription(offer)) leg.respond(request, { status: 488 });
    else this.#passOn(leg, request, offer);
    return true;
  }

  /** The ACK to a 2xx of ours. */
  acknowledged(leg: BridgedLeg, ack: IncomingRequest): void {
    const exchange = this.#exchange;
    const asked = exchange?.asked;
    if (!exchange || asked?.leg !== leg || !asked.isAnswered || cseqOf(ack) !== cseqOf(asked.request)) return;
    const answer = exchange.open === null ? null : sdpOf(ack);
    const isUsable = exchange.open === null || (answer !== null && isDescription(answer));
    this.#settleOpen(exchange, isUsable ? answer : null);
    this.#finish(exchange, isUsable);
  }

  /** One side goes. Whoever still waits for a message of ours gets it now; the call itself is ended by the core. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const exchange = this.#exchange;
    this.#end();
    if (exchange === null) return;
    this.#settleOpen(exchange, null);
    this.#answer(exchange, { status: 487 });
  }

  #passOn(leg: BridgedLeg, request: IncomingRequest, offer: string | null): void {
    const [first, last] = this.#order;
    const other = leg === first ? last : first;
    const exchange = this.#begin({ leg, request, offer, isAnswered: false });
    this.#context.onCancel(request, () => exchange.reinvite?.cancel());
    this.#ask(exchange, other, offer === null ? null : other.media.passOffer(offer), (outcome) => {
      const { sdp } = outcome;
      if (sdp === null || !isDescription(sdp)) return this.#unusable(exchange, other, outcome);
      if (offer === null) exchange.open = { leg: other, offer: sdp, ack: outcome.ack };
      else outcome.ack(null);
      const body = offer === null ? leg.media.passOffer(sdp) : leg.media.passAnswer(sdp, offer);
      this.#answer(exchange, { status: 200, headers: leg.sessionHeaders, body });
    });
  }

  #begin(asked: Exchange['asked']): Exchange {
    this.#end();
    this.#exchange = { asked, open: null, reinvite: null };
    return this.#exchange;
  }

  #end(): void {
    this.#stopAlarm?.();
    this.#stopAlarm = null;
    const asked = this.#exchange?.asked;
    if (asked) this.#context.onCancel(asked.request, null);
    this.#exchange = null;
  }

  #ask(exchange: Exchange, leg: BridgedLeg, offer: string | null, accepted: (outcome: Accepted) => void): void {
    const done = (outcome: ReinviteOutcome) => {
      if (this.#exchange !== exchange) tooLate(leg, offer, outcome);
      else if (outcome.type === 'accepted') accepted(outcome);
      else {
        if (offer !== null) leg.media.refusedOffer();
        this.#notAccepted(exchange, leg, outcome);
      }
    };
    const timeoutMs = exchange.asked === null ? connectTimeoutMs : passOnTimeoutMs;
    exchange.reinvite = leg.reinvite({ offer, timeoutMs, done });
  }

  /** The ACK that a 2xx with an offer waits for; without an answer from the other side nothing flows. */
  #settleOpen(exchange: Exchange, answer: string | null): void {
    const { open } = exchange;
    if (open === null) return;
    exchange.open = null;
    const { media } = open.leg;
    open.ack(answer === null ? media.decline(open.offer) : media.passAnswer(answer, open.offer));
  }

  /** The final response to what a side has asked for. */
  #answer(exchange: Exchange, response: OutgoingResponse): void {
    const { asked } = exchange;
    if (asked === null || asked.isAnswered) return;
    asked.isAnswered = true;
    this.#context.onCancel(asked.request, null);
    const isAccepted = response.status < 300;
    const awaitsAck = isAccepted && asked.request.method === 'INVITE';
    // RFC 3261 13.3.1.4: the engine gives up after 64*T1 with a BYE; this is for an engine that does not
    if (awaitsAck) this.#alarm(transactionTimeoutMs + 1000, () => this.#finishOpen(exchange));
    asked.leg.respond(asked.request, response, (result) => {
      if (this.#exchange !== exchange) return;
      // It was taken back in the same moment: the other side has accepted what nobody wants any more
      if (!result.sent) this.#finishOpen(exchange);
      else if (isAccepted && !awaitsAck) this.#finish(exchange, true);
    });
  }

  #finishOpen(exchange: Exchange): void {
    this.#settleOpen(exchange, null);
    this.#finish(exchange, false);
  }

  #finish(exchange: Exchange, isConnected: boolean): void {
    if (this.#exchange !== exchange) return;
    this.#end();
    if (!isConnected) {
      this.connect();
      return;
    }
    this.#isConnected = true;
    this.#isTurned = false;
    this.#connects = 0;
    this.#instead?.connected();
  }

  /** A 2xx without the SDP that belongs into it, or with one that can't be handed on. */
  #unusable(exchange: Exchange, leg: BridgedLeg, outcome: Accepted): void {
    outcome.ack(null);
    this.#isConnected = false;
    this.#notAccepted(exchange, leg, { type: 'refused', status: 488, retryAfterSeconds: null, head: null });
  }

  #notAccepted(exchange: Exchange, leg: BridgedLeg, outcome: NotAccepted): void {
    const { open } = exchange;
    // An engine that is asked over the network needs its time for an answer of ours
    const prepared = open === null ? null : open.leg.media.prepareAnswer(open.offer);
    if (prepared === null) {
      this.#refused(exchange, leg, outcome);
      return;
    }
    prepared.then(() => {
      if (this.#exchange === exchange) this.#refused(exchange, leg, outcome);
    });
  }

  #refused(exchange: Exchange, leg: BridgedLeg, outcome: NotAccepted): void {
    this.#settleOpen(exchange, null);
    // A dead dialog is no word of this side's about that side's: it goes with the call
    this.#answer(exchange, outcome.type === 'lost' ? { status: 480 } : refusalOf(outcome));
    this.#end();
    this.#context.log.debug({ legId: leg.legId, ...outcome }, 'a re-INVITE was not accepted');
    const isStillOurs = this.#instead !== null && leg.media.isOurs;
    if (outcome.type === 'lost' && isStillOurs) this.#giveUp(leg, outcome.text);
    else if (outcome.type === 'lost') leg.abandon({ cause: 102, text: 'No answer to re-INVITE' }, outcome.text);
    else if (!this.#isConnected) this.#again(leg, outcome);
  }

  /** Nobody hears anything yet: later, or the other way round, or not at all. */
  #again(leg: BridgedLeg, { status, retryAfterSeconds }: NotAccepted & { type: 'refused' }): void {
    const { random } = this.#context;
    if (status === 491) this.#alarm(glareWaitMs(leg.ownsCallId, random()), () => this.connect());
    else if (retryAfterSeconds !== null && retryAfterSeconds <= maxRetryAfterSeconds) {
      this.#alarm(retryAfterSeconds * 1000, () => this.connect());
    } else if (!this.#isTurned) {
      // Some phones take no re-INVITE without an offer
      this.#isTurned = true;
      this.#order = [this.#order[1], this.#order[0]];
      this.connect();
    } else this.#giveUp(leg, `a re-INVITE was refused with ${status}`);
  }

  #giveUp(leg: BridgedLeg, why: string): void {
    if (this.#instead === null) {
      leg.abandon({ cause: 88, text: 'Incompatible media' }, why);
      return;
    }
    this.#context.log.info({ legId: leg.legId, why }, 'media stays here: the two sides could not be connected');
    this.leave();
    this.#instead.failed();
  }

  #alarm(waitMs: number, run: () => void): void {
    const { clock } = this.#context;
    this.#stopAlarm?.();
    this.#stopAlarm = clock.after(waitMs, run);
  }
}

/** The bridge is over, but every 2xx must have its ACK (RFC 3261 13.2.2.4), and who stays is to hear us again. */
function tooLate({ media }: BridgedLeg, offer: string | null, outcome: ReinviteOutcome): void {
  if (outcome.type !== 'accepted') {
    if (offer !== null) media.refusedOffer();
    return;
  }
  const { sdp, ack } = outcome;
  if (offer !== null || sdp === null || !isDescription(sdp)) return ack(null);
  const decline = () => ack(media.decline(sdp));
  const prepared = media.prepareAnswer(sdp);
  if (prepared === null) decline();
  else void prepared.then(decline);
}

/** What one side hears of the other's no: glare and "come again" as they are, any other one as 488 (RFC 3261 14.2). */
function refusalOf({ status, retryAfterSeconds }: NotAccepted & { type: 'refused' }): OutgoingResponse {
  if (status === 491) return { status };
  if (retryAfterSeconds === null) return { status: 488 };
  return { status: 500, headers: { 'Retry-After': String(retryAfterSeconds) } };
}

function cseqOf(request: IncomingRequest): string {
  return /^\s*(\d+)/.exec(request.head.first('cseq') ?? '')?.[1] ?? '';
}
