/** A SIP room on the real engine, in one process, with everything around it in memory. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import type { DialCandidate, LegEvent } from '../../lib/core/call/leg.ts';
import type { Configuration, Extension, Trunk } from '../../lib/core/configuration.ts';
import type { Clock as EngineClock } from '../../lib/engine/clock.ts';
import { createEngine, type Engine } from '../../lib/engine/engine.ts';
import { createListening } from '../../lib/media/listening.ts';
import type { CallsListener, DialRequest, WireMessage } from '../../lib/ports/calls.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { NO_RECORDINGS } from '../../lib/ports/recordings.ts';
import { createSip, type Sip, type SipOptions } from '../../lib/sip/sip.ts';
import { anIdentity } from '../core/rules/configuration-fixture.ts';
import { FakeMedia } from '../support/fake-media.ts';
import { countingIds, MemoryLog, MemoryRegistrations, systemClock } from '../support/outside-world.ts';
import { SipPhone } from '../support/sip-phone.ts';

export function trunk(name: string, proxy: string, more: Partial<Trunk> = {}): Trunk {
  return {
    name,
    proxy,
    domain: null,
    auth: null,
    register: false,
    accept: null,
    match: null,
    trustIdentity: false,
    numberFormat: 'asReceived',
    outboundProxy: null,
    identity: anIdentity(),
    callerIds: { allow: [], default: null },
    codecs: null,
    telephoneEvent: true,
    maxCallsPerSecond: 5,
    maxConcurrentCalls: 30,
    noResponseSeconds: null,
    health: { optionsSeconds: 0, downAfter: 3, upAfter: 2, probeSeconds: 30, maxParkSeconds: 300 },
    weight: null,
    ...more,
  };
}

export function configuration(trunks: Trunk[], extensions: Extension[]): Configuration {
  return {
    version: 1,
    defaultCountry: 'BR',
    trunks,
    defaultOutgoingRule: null,
    outgoingRules: [],
    extensions,
    inboundNumbers: [],
    callbackRules: [],
    flows: [],
    hours: [],
    limits: {
      duplicate: 'merge',
      perNumber: { max: 10, perSeconds: 3600 },
      countries: { allow: [] },
      blockedNumbers: [],
      notAccepting: {
        status: 480,
        reason: { protocol: 'Q.850', cause: 31, text: 'Callbacks are not taken now' },
      },
    },
    trustedProxies: { addresses: [], sourceHeader: null },
    inactive: {},
  };
}

/** Everything the room told, in order, with waiting. */
export class Recorder implements CallsListener {
  readonly calls: InboundCall[] = [];
  readonly events: LegEvent[] = [];
  readonly ladder: WireMessage[] = [];
  /** What became of the engine. */
  readonly engine: Array<'lost' | 'found'> = [];
  /** What to do with each offered call. */
  onOffered: (call: InboundCall) => unknown = () => {};
  readonly #checks = new Set<() => void>();

  offered(call: InboundCall): void {
    this.calls.push(call);
    this.onOffered(call);
    this.#check();
  }

  event(event: LegEvent): void {
    this.events.push(event);
    this.#check();
  }

  wire(message: WireMessage): void {
    this.ladder.push(message);
    this.#check();
  }

  lost(): void {
    this.engine.push('lost');
    this.#check();
  }

  found(): void {
    this.engine.push('found');
    this.#check();
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }

  until<T>(what: string, find: () => T | undefined, timeoutMs = 5000): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${what} did not happen; last events: ${JSON.stringify(this.events.slice(-5))}`));
      }, timeoutMs);
      const check = () => {
        const found = find();
        if (found === undefined) return;
        done();
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }

  call(timeoutMs?: number): Promise<InboundCall> {
    const seen = this.calls.length === 0 ? 0 : -1;
    return this.until('an inbound call', () => this.calls.at(seen), timeoutMs);
  }

  of<T extends LegEvent['type']>(legId: string, type: T, timeoutMs?: number): Promise<LegEvent & { type: T }> {
    const find = () => this.events.find((event) => event.legId === legId && event.type === type);
    return this.until(`${type} of ${legId}`, find, timeoutMs) as Promise<LegEvent & { type: T }>;
  }

  types(legId: string): string[] {
    return this.events.filter((event) => event.legId === legId).map((event) => event.type);
  }

  last(legId: string, timeoutMs?: number): Promise<LegEvent & { type: 'rejected' | 'ended' }> {
    const find = () =>
      this.events.find((event) => event.legId === legId && (event.type === 'rejected' || event.type === 'ended'));
    return this.until(`the end of ${legId}`, find, timeoutMs) as Promise<LegEvent & { type: 'rejected' | 'ended' }>;
  }
}

/** The engine's own, but a stopped engine's late timers do not keep the process. */
export const engineClock: EngineClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

export interface RigOptions {
  address: string;
  t1Ms?: number;
  media?: MediaEngine;
  sip?: Partial<SipOptions>;
}

export class Rig {
  readonly recorder = new Recorder();
  readonly media = new FakeMedia();
  readonly log = new MemoryLog();
  readonly registrations = new MemoryRegistrations();
  readonly silenced: Array<{ address: string; untilMs: number }> = [];
  readonly phones: SipPhone[] = [];
  configuration = configuration([], []);
  sip!: Sip;
  engine!: Engine;
  port = 0;
  readonly address: string;
  #directory = '';
  #leg = 0;
  readonly #options: RigOptions;

  private constructor(options: RigOptions) {
    this.#options = options;
    this.address = options.address;
  }

  static async open(options: RigOptions): Promise<Rig> {
    const rig = new Rig(options);
    rig.#directory = await mkdtemp(join(tmpdir(), 'sip-'));
    await rig.startEngine();
    rig.sip = createSip({
      listening: createListening({ recordings: NO_RECORDINGS }),
      control: { kind: 'listen', path: rig.socketPath, secret: 'test' },
      showsTrying: true,
      advertise: null,
      media: options.media ?? rig.media,
      configuration: () => rig.configuration,
      secretOf: (secret) => String(secret),
      registrations: rig.registrations,
      clock: systemClock,
      ids: countingIds(),
      log: rig.log,
      keySecret: Buffer.from('a key of this test'),
      silence: (address, untilMs) => rig.silenced.push({ address, untilMs }),
      ...options.sip,
    });
    rig.sip.listen(rig.recorder);
    await rig.sip.start();
    return rig;
  }

  get socketPath(): string {
    return join(this.#directory, 'control');
  }

  async startEngine(): Promise<void> {
    const t1 = this.#options.t1Ms ?? 500;
    this.engine = createEngine(
      {
        listenPoints: [
          { protocol: 'udp', address: this.address, port: this.port },
          { protocol: 'tcp', address: this.address, port: this.port },
        ],
        control: { kind: 'connect', path: this.socketPath, secret: 'test' },
        passTrying: true,
        timers: { t1, t2: 8 * t1, t4: 10 * t1, t1x64: 64 * t1 },
      },
      { clock: engineClock },
    );
    const { sip } = await this.engine.start();
    this.port = sip[0]!.port;
  }

  async phone(address = this.address, port = 0): Promise<SipPhone> {
    const phone = await SipPhone.open({ address, port, t1Ms: this.#options.t1Ms ?? 500 });
    this.phones.push(phone);
    return phone;
  }

  /** The URI of a number of ours. */
  uri(user: string): string {
    return `sip:${user}@${this.address}:${this.port}`;
  }

  dial(candidate: DialCandidate, more: Partial<DialRequest> = {}): string {
    const legId = more.legId ?? `out-${++this.#leg}`;
    this.sip.dial({
      legId,
      candidate,
      identity: { callerId: { number: '+554831210110', name: 'Sapers' } },
      callbackId: 'cb-1',
      idempotencyKey: `attempt ${legId}`,
      likeLeg: null,
      ...more,
    });
    return legId;
  }

  /** What the room still holds, once the engine has told everything that is under way. */
  async #left() {
    const left = () => ({ ...this.sip.stats(), endpoints: this.media.stats().endpoints });
    const giveUpAt = Date.now() + 2000;
    while (Object.values(left()).some((count) => count > 0) && Date.now() < giveUpAt) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return left();
  }

  /** Every test ends so: nothing is left, no fault was logged. */
  async close(): Promise<void> {
    const left = await this.#left();
    await this.sip.stop();
    await this.engine.stop();
    for (const phone of this.phones) phone.close();
    await rm(this.#directory, { recursive: true, force: true });
    assert.deepEqual(left, { legs: 0, dialogs: 0, transactions: 0, endpoints: 0 }, 'something is left');
    assert.deepEqual(this.log.at('error'), [], 'a fault was logged');
    assert.equal(this.engine.stats().internalErrors, 0, 'a fault of the engine');
  }
}
