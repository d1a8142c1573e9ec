import assert from 'node:assert/strict';
import type { Clock } from '../../../lib/engine/clock.ts';
import { whenDue } from '../../../lib/engine/control/held-requests.ts';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';

/** A clock that a test moves, whose timers may fire early, as those of the platform do. */
class EarlyClock implements Clock {
  time = 1_000_000;
  readonly #waits: Array<{ at: number; fire: () => void }> = [];
  readonly #earlyByMs: number;

  constructor(earlyByMs = 0) {
    this.#earlyByMs = earlyByMs;
  }

  /** Set by somebody: nothing waits for it. */
  now(): number {
    return 3_600_000 * this.time;
  }

  after(delayMs: number, fire: () => void) {
    this.#waits.push({ at: this.time + Math.max(delayMs - this.#earlyByMs, 0.2), fire });
    return { cancel: () => undefined };
  }

  advanceTo(time: number): void {
    for (;;) {
      this.#waits.sort((a, b) => a.at - b.at);
      if (this.#waits[0] === undefined || this.#waits[0].at > time) break;
      const next = this.#waits.shift()!;
      this.time = next.at;
      next.fire();
    }
    this.time = time;
  }
}

function invite(header: string): SipMessage {
  const text = `INVITE sip:1@127.0.0.1 SIP/2.0\r\n${header}Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
  const parsed = parseMessage(Buffer.from(text), { isFragment: true });
  assert.ok(parsed.ok);
  return parsed.message;
}

/** @returns the instants at which it was sent */
function held(clock: EarlyClock, request: SipMessage): number[] {
  const sent: number[] = [];
  whenDue({ clock, monotonic: () => clock.time }, request, () => sent.push(clock.time));
  return sent;
}

describe('engine: a request that is handed over early', () => {
  it('leaves at its instant, not before, and without the header that names it', () => {
    for (const earlyByMs of [0, 1, 2]) {
      const clock = new EarlyClock(earlyByMs);
      const request = invite('X-Not-Before: 1000060\r\n');
      const sent = held(clock, request);
      clock.advanceTo(1_000_059.9);
      assert.deepEqual(sent, [], `timers ${earlyByMs} ms early`);
      clock.advanceTo(1_000_062);
      assert.equal(sent.length, 1);
      assert.ok(sent[0]! >= 1_000_060 && sent[0]! < 1_000_061, String(sent[0]));
      assert.equal(request.has('x-not-before'), false);
    }
  });

  it('leaves at once when nothing is said, or the instant is past or is none', () => {
    for (const header of ['', 'X-Not-Before: 999000\r\n', 'X-Not-Before: soon\r\n', 'X-Not-Before: NaN\r\n']) {
      const request = invite(header);
      assert.deepEqual(held(new EarlyClock(), request), [1_000_000], header);
      assert.equal(request.has('x-not-before'), false);
    }
  });

  it('waits for a second at most, however far its instant is', () => {
    for (const text of ['1e300', 'Infinity', '99999999999999']) {
      const clock = new EarlyClock();
      const sent = held(clock, invite(`X-Not-Before: ${text}\r\n`));
      clock.advanceTo(1_001_000);
      assert.equal(sent.length, 1, text);
    }
  });
});
