/** The inside of a thread of the RTP: the sessions that it has, and what it is told of them. */

import type { MessagePort, Transferable } from 'node:worker_threads';
import { RtpFigures } from '../rtp-figures.ts';
import { RtpSession } from '../rtp-session.ts';
import { RtpSockets } from '../rtp-sockets.ts';
import { Ticker } from '../ticker.ts';
import type { TimeSource } from '../time-source.ts';
import { relayInto, relayOutOf } from './crossing.ts';
import { HeardFrames } from './heard-frames.ts';
import type { FromMediaThread, ToMediaThread } from './messages.ts';

export type Tell = (message: FromMediaThread, transfer?: Transferable[]) => void;

type Told<T extends ToMediaThread['type']> = ToMediaThread & { type: T };

interface Occupant {
  session: RtpSession;
  /** Null: nobody listens. */
  stopHearing: (() => void) | null;
  /** To and from another thread; null: nothing crosses. */
  into: MessagePort | null;
  outOf: MessagePort | null;
}

export class SessionRoom {
  readonly #time: TimeSource;
  readonly #tell: Tell;
  readonly #ticker: Ticker;
  readonly #heard: HeardFrames;
  readonly #occupants = new Map<number, Occupant>();
  #isStopped = false;

  constructor(time: TimeSource, tell: Tell) {
    this.#time = time;
    this.#tell = tell;
    this.#ticker = new Ticker(time);
    this.#heard = new HeardFrames((ids, samples) => tell({ type: 'heard', ids, samples }, [samples.buffer]));
  }

  take(message: ToMediaThread): void {
    if (message.type === 'open') void this.#open(message);
    else if (message.type === 'stop') this.#stop();
    else {
      // Ports come for one that has been closed meanwhile, too.
      const occupant = this.#occupants.get(message.id);
      if (occupant === undefined) leave(message);
      else this.#perform(message, occupant);
    }
  }

  async #open({ id, address, port, sipAddress, memory }: Told<'open'>): Promise<void> {
    let sockets: RtpSockets;
    try {
      sockets = await RtpSockets.bind(address, port);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#tell({ type: 'notOpened', id, code, message });
      return;
    }
    if (this.#isStopped) {
      sockets.close();
      return;
    }
    const session = new RtpSession({
      ...{ sockets, ticker: this.#ticker, time: this.#time, figures: new RtpFigures(memory), sipAddress },
      digit: (digit) => this.#tell({ type: 'digit', id, digit }),
      warn: (fields, text) => this.#tell({ type: 'warning', id, fields, text }),
    });
    this.#occupants.set(id, { session, stopHearing: null, into: null, outOf: null });
    this.#tell({ type: 'opened', id });
  }

  #perform(message: Exclude<ToMediaThread, Told<'open'> | Told<'stop'>>, occupant: Occupant): void {
    const { session } = occupant;
    switch (message.type) {
      case 'configure':
        return session.configure(message.agreed);
      case 'play':
        return this.#play(message, session);
      case 'stopPlaying':
        return session.stopPlaying();
      case 'sendKey':
        return session.sendKey(message.key);
      case 'hear':
        return this.#hear(message, occupant);
      case 'relayTo':
        return this.#relayTo(message.to, occupant);
      case 'relayFrom':
        occupant.outOf?.close();
        occupant.outOf = message.from;
        return relayOutOf(message.from, session.passOn);
      case 'close':
        return this.#close(message.id, occupant);
      default:
        message satisfies never;
    }
  }

  #play({ id, playId, sounds }: Told<'play'>, session: RtpSession): void {
    void session.play(sounds).then((result) => {
      if (result === 'played') this.#tell({ type: 'played', id, playId });
    });
  }

  #hear({ id, isHeard }: Told<'hear'>, occupant: Occupant): void {
    occupant.stopHearing?.();
    occupant.stopHearing = isHeard ? occupant.session.hear((frame) => this.#heard.add(id, frame)) : null;
  }

  #relayTo(to: Told<'relayTo'>['to'], occupant: Occupant): void {
    occupant.into?.close();
    occupant.into = null;
    if (to === null || typeof to === 'number') {
      const other = to === null ? undefined : this.#occupants.get(to);
      occupant.session.relayTo(other?.session ?? null);
      return;
    }
    occupant.into = to;
    occupant.session.relayBy(relayInto(to));
  }

  #close(id: number, { session, into, outOf }: Occupant): void {
    this.#occupants.delete(id);
    session.close();
    into?.close();
    outOf?.close();
  }

  #stop(): void {
    this.#isStopped = true;
    for (const [id, occupant] of this.#occupants) this.#close(id, occupant);
  }
}

/** What nobody is there for any more. */
function leave(message: ToMediaThread): void {
  if (message.type === 'relayFrom') message.from.close();
  if (message.type === 'relayTo' && message.to !== null && typeof message.to !== 'number') message.to.close();
}
