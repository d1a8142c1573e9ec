import { randomInt } from 'node:crypto';
import type { SipMessage } from '../message/sip-message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { AckWatch } from './ack-watch.ts';
import type { Core } from './core.ts';

/**
 * Provisional responses that the application marked `Require: 100rel` (RFC 3262 section 3): numbered, and repeated until the
 * PRACK. The PRACK itself goes to the application.
 */
export class ReliableResponses {
  readonly #core: Core;
  readonly #transaction: ServerTransaction;
  readonly #watches = new Map<number, AckWatch>();
  #nextRseq = 0;

  constructor(core: Core, transaction: ServerTransaction) {
    this.#core = core;
    this.#transaction = transaction;
  }

  /** Gives a reliable response its RSeq. */
  prepare(response: SipMessage): void {
    if (!isReliable(response) || this.#transaction.request.method !== 'INVITE') return;
    if (this.#nextRseq === 0) this.#nextRseq = randomInt(1, 2 ** 20);
    response.append('RSeq', String(this.#nextRseq++));
  }

  /** Repeats the response that has just been sent; `onTimeout` if no PRACK comes in 64*T1. */
  watch(response: SipMessage, onTimeout: () => void): void {
    const rseq = Number(response.get('rseq'));
    if (!(rseq > 0)) return;
    const { clock, timers, wire } = this.#core;
    const bytes = response.toBuffer();
    const resend = () => void wire.send(bytes, this.#transaction.responseTarget).catch(() => undefined);
    this.#watches.set(rseq, new AckWatch({ clock, timers, resend, onTimeout }));
  }

  /** Whether the PRACK is for one of these. */
  acknowledge(prack: SipMessage): boolean {
    const [, rseq, cseq] = /^\s*(\d+)\s+(\d+)\s+INVITE\s*$/.exec(prack.get('rack') ?? '') ?? [];
    const watch = this.#watches.get(Number(rseq));
    if (watch === undefined || Number(cseq) !== this.#transaction.request.cseq?.number) return false;
    watch.stop();
    this.#watches.delete(Number(rseq));
    return true;
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }
}

function isReliable(response: SipMessage): boolean {
  return (
    response.status > 100 && response.status < 200 && response.getAll('require').some((tag) => /^100rel$/i.test(tag))
  );
}
