import assert from 'node:assert/strict';
import { createEngine, type Engine, type Started } from '../../../lib/engine/engine.ts';
import type { EngineSettings } from '../../../lib/engine/settings.ts';
import { AppClient } from './app-client.ts';
import { FakeClock } from './fake-clock.ts';
import { UdpPeer } from './udp-peer.ts';

type Resolve = NonNullable<Parameters<typeof createEngine>[1]>['resolve'];

export const SECRET = 'a-secret';

/** An engine on a loopback address of the tests, with a clock that only the test moves, and peers that are closed with it. */
export class EngineUnderTest {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly started: Started;
  readonly faults: unknown[];
  readonly #closers: (() => void)[] = [];

  private constructor(parts: { clock: FakeClock; engine: Engine; started: Started; faults: unknown[] }) {
    this.clock = parts.clock;
    this.engine = parts.engine;
    this.started = parts.started;
    this.faults = parts.faults;
  }

  static async start(
    address: string,
    settings: Partial<EngineSettings> = {},
    resolve?: Resolve,
  ): Promise<EngineUnderTest> {
    const clock = new FakeClock();
    const faults: unknown[] = [];
    const engine = createEngine(
      {
        listenPoints: [
          { protocol: 'udp', address, port: 0 },
          { protocol: 'tcp', address, port: 0 },
        ],
        control: { kind: 'listen', address, port: 0, secret: SECRET },
        ...settings,
      },
      { clock, onError: (error) => faults.push(error), ...(resolve === undefined ? {} : { resolve }) },
    );
    return new EngineUnderTest({ clock, engine, faults, started: await engine.start() });
  }

  get sip(): { address: string; port: number } {
    return this.started.sip[0]!;
  }

  get sipTcp(): { address: string; port: number } {
    return this.started.sip[1]!;
  }

  get admin(): { address: string; port: number; secret: string } {
    return { ...this.started.admin!, secret: SECRET };
  }

  async app(...verbs: string[]): Promise<AppClient> {
    const client = await AppClient.ready(this.admin, verbs);
    this.#closers.push(() => client.close());
    return client;
  }

  async peer(address: string, port = 0): Promise<UdpPeer> {
    const peer = await UdpPeer.open(address, port);
    this.#closers.push(() => peer.close());
    return peer;
  }

  onStop(close: () => void): void {
    this.#closers.push(close);
  }

  /** Moves the clock so far that everything that only waits for time has ended, and looks whether something is left. */
  assertEmpty(): void {
    this.clock.advance(200_000);
    const { clientTransactions, serverTransactions, dialogs, pendingIncoming, pendingOutgoing } = this.engine.stats();
    assert.deepEqual(
      { clientTransactions, serverTransactions, dialogs, pendingIncoming, pendingOutgoing },
      { clientTransactions: 0, serverTransactions: 0, dialogs: 0, pendingIncoming: 0, pendingOutgoing: 0 },
    );
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    for (const close of this.#closers) close();
    assert.equal(this.clock.pending, 0, 'a stopped engine waits for nothing');
    assert.deepEqual(this.faults, []);
  }
}
