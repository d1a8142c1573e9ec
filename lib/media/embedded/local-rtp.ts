/** RTP in this thread. */

import { RtpFigures } from './rtp-figures.ts';
import type { RtpHost, RtpOpening } from './rtp-path.ts';
import { RtpSession } from './rtp-session.ts';
import { RtpSockets } from './rtp-sockets.ts';
import { Ticker } from './ticker.ts';
import type { TimeSource } from './time-source.ts';

export class LocalRtp implements RtpHost {
  readonly #time: TimeSource;
  readonly #ticker: Ticker;

  constructor(time: TimeSource) {
    this.#time = time;
    this.#ticker = new Ticker(time);
  }

  async start(): Promise<void> {}

  async open({ address, port, sipAddress, log, digit }: RtpOpening): Promise<RtpSession> {
    const sockets = await RtpSockets.bind(address, port);
    return new RtpSession({
      ...{ sockets, ticker: this.#ticker, time: this.#time, figures: RtpFigures.begin(), sipAddress, digit },
      warn: (fields, text) => log.warn(fields, text),
    });
  }

  /** The main loop says so itself. */
  isFull(): boolean {
    return false;
  }

  busyMs(): Record<string, number> {
    return {};
  }

  async stop(): Promise<void> {}
}
