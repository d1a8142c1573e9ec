/** The party of an endpoint's call that faces us: where it is, and what rtpengine was told of it last. */

import type { MediaServer } from './media-server.ts';
import type { NgCall } from './ng-call.ts';
import { type InnerSide, type PeerSession, toTalk } from './peer-session.ts';
import { isSamePlace, type Place } from './place.ts';

/** The number that our own offers give telephone-event. */
const OUR_EVENT_PAYLOAD = 101;

export class InnerParty {
  readonly #call: NgCall;
  readonly #session: PeerSession;
  #place: Place | null = null;
  /** The same, for who is on the same machine, or beside it. */
  #near: Place | null = null;
  #eventPayload: number | null = null;
  #told = '';

  constructor(call: NgCall, session: PeerSession) {
    this.#call = call;
    this.#session = session;
  }

  /** Our port; null: there is none yet. */
  get place(): Place | null {
    return this.#near;
  }

  /** As another party finds it. */
  placeFor(server: MediaServer): Place | null {
    return server === this.#call.server ? this.#near : this.#place;
  }

  /** The number of telephone-event here; null: the peer takes no keys. */
  get eventPayload(): number | null {
    return this.#eventPayload;
  }

  /** rtpengine knows it, and the peer as it is. */
  isTold(side: InnerSide): boolean {
    return this.#told === this.#toTell(side);
  }

  /** The peer has answered our first offer, in which the inner party had nobody to listen to. */
  async connect(side: InnerSide): Promise<void> {
    const agreement = this.#session.agreement!;
    this.#told = this.#toTell({ ...side, place: null, isHeard: false });
    this.#eventPayload = agreement.takesKeys ? OUR_EVENT_PAYLOAD : null;
    try {
      await this.#moveTo(await this.#call.answer(agreement.sdp));
    } catch (error) {
      this.#told = '';
      throw error;
    }
  }

  /** @returns the answer to the peer, and whether our port is another one now; null: there is nothing in common */
  async exchange(side: InnerSide): Promise<{ answer: string; hasMoved: boolean } | null> {
    const agreement = this.#session.agreement!;
    const toTell = this.#toTell(side);
    let eventPayload: number | null = null;
    const innerSdp = (offer: string) => {
      const answer = this.#session.inner(offer, side);
      eventPayload = answer?.eventPayload ?? null;
      return answer?.sdp ?? null;
    };
    const done = await this.#call.exchange(agreement.sdp, { codec: side.codec, innerSdp });
    if (done === null) return null;
    this.#told = toTell;
    this.#eventPayload = eventPayload;
    this.#session.moveTo(done.outer);
    const hasMoved = !isSamePlace(this.#place, done.inner);
    if (hasMoved) await this.#moveTo(done.inner);
    return { answer: toTalk(done.sdp, agreement), hasMoved };
  }

  async #moveTo(place: Place): Promise<void> {
    this.#near = await this.#call.near(place);
    this.#place = place;
  }

  #toTell(side: InnerSide): string {
    return JSON.stringify([this.#session.agreement?.sdp, side]);
  }
}
