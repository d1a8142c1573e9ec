/**
 * What is counted of the RTP of one endpoint. The thread that has its sockets writes, another one may read: the numbers then
 * lie in memory that both have, and no message is needed. An aligned double is written whole, and each number stands alone.
 */

import type { MediaQuality } from '../../ports/media.ts';

const PLACES = {
  /** Packets of the peer, by their sequence numbers; duplicates included. */
  received: 0,
  lost: 1,
  /** The worst so far. */
  jitterMs: 2,
  sent: 3,
  /** By RTCP; NaN: not known. */
  roundTripMs: 4,
  peerLost: 5,
  peerJitterMs: 6,
  /** When the last packet of the peer came; 0: none has. */
  heardAtMs: 7,
  /** Packets that were no RTP of what is agreed, or not from the peer. */
  invalid: 8,
  strange: 9,
  /** Packets that could not be sent. */
  failed: 10,
} as const;

export type RtpFigure = keyof typeof PLACES;

export const RTP_FIGURES_BYTES = Object.keys(PLACES).length * Float64Array.BYTES_PER_ELEMENT;

export class RtpFigures {
  readonly #numbers: Float64Array;

  /** Those that stand in `memory`, which `begin` has made. */
  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.#numbers = new Float64Array(memory);
  }

  /** @param memory zeros, so many bytes as RTP_FIGURES_BYTES says */
  static begin(memory: ArrayBuffer | SharedArrayBuffer = new ArrayBuffer(RTP_FIGURES_BYTES)): RtpFigures {
    const figures = new RtpFigures(memory);
    for (const figure of ['roundTripMs', 'peerLost', 'peerJitterMs'] as const) figures.set(figure, Number.NaN);
    return figures;
  }

  get(figure: RtpFigure): number {
    return this.#numbers[PLACES[figure]]!;
  }

  set(figure: RtpFigure, value: number): void {
    this.#numbers[PLACES[figure]] = value;
  }

  count(figure: RtpFigure): void {
    this.#numbers[PLACES[figure]]! += 1;
  }

  quality(): MediaQuality {
    const known = (figure: RtpFigure) => (Number.isNaN(this.get(figure)) ? null : toTenths(this.get(figure)));
    return {
      ...{ received: this.get('received'), lost: this.get('lost'), jitterMs: toTenths(this.get('jitterMs')) },
      ...{ sent: this.get('sent'), roundTripMs: known('roundTripMs') },
      ...{ peerLost: known('peerLost'), peerJitterMs: known('peerJitterMs') },
    };
  }

  /** What quality does not say. */
  rejects(): { invalid: number; strange: number; failed: number } {
    return { invalid: this.get('invalid'), strange: this.get('strange'), failed: this.get('failed') };
  }
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10;
}
