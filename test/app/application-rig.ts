/** The whole shell on a clock that the test moves, calls that the test makes, and a store in memory or in a directory. */

import assert from 'node:assert/strict';
import { Application } from '../../lib/app/application.ts';
import type { ApplicationOptions } from '../../lib/app/application-options.ts';
import { LiveConfiguration } from '../../lib/app/live-configuration.ts';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { SystemEvent } from '../../lib/ports/event-source.ts';
import type { Hooks } from '../../lib/ports/hooks.ts';
import type { Pace } from '../../lib/ports/pace.ts';
import type { CallbackSave } from '../../lib/ports/store.ts';
import type { TrunkSignalling } from '../../lib/ports/trunk-signalling.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { aCall, aConfiguration, aRule, aTrunk } from '../core/rules/configuration-fixture.ts';
import { FakeCalls } from '../support/fake-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { countingIds, MemoryLog } from '../support/outside-world.ts';
import { WatchedStore } from './watched-store.ts';

export interface RigOptions {
  configuration?: Configuration;
  /** Kept by the test over several rigs; left out: in memory. */
  directory?: string;
  /** The first instant. */
  now?: number;
  /** Two applications on one directory must not name their callbacks alike. */
  idPrefix?: string;
  /** Pings and registrations, as the test answers them; left out: there are none. */
  signalling?: TrunkSignalling;
  /** How late the process is at each look, as the test has it; left out: nobody looks. */
  pace?: Pace;
  /** How many calls it bears; left out: as many as come. */
  room?: ApplicationOptions['room'];
  /** Other servers, as the test has them answer; left out: all are dead. */
  hooks?: Hooks;
}

/** A configuration whose rule has these terms, and whose trunk bears what a test throws at it. */
export function configurationWith(
  rule: Parameters<typeof aRule>[0],
  changes: Partial<Configuration> = {},
): Configuration {
  return aConfiguration({
    trunks: [aTrunk({ maxCallsPerSecond: 100 })],
    callbackRules: [aRule({ next: null, ...rule })],
    ...changes,
  });
}

export class ApplicationRig {
  readonly clock: FakeClock;
  readonly calls: FakeCalls;
  readonly watched: WatchedStore;
  readonly live: LiveConfiguration;
  readonly application: Application;
  readonly log = new MemoryLog();
  /** Orders to calls and writes of the store, in their order: `save scheduled`, `dial LEG`, ... */
  readonly journal: string[];
  readonly decisions: string[] = [];
  readonly events: SystemEvent[] = [];
  /** What was counted of the trunks. */
  readonly counted: string[] = [];
  #offered = 0;

  private constructor(parts: {
    clock: FakeClock;
    watched: WatchedStore;
    live: LiveConfiguration;
    idPrefix: string;
    signalling: TrunkSignalling | undefined;
    pace: Pace | undefined;
    room: ApplicationOptions['room'];
    hooks: Hooks | undefined;
  }) {
    const { clock, watched, live, idPrefix, signalling, pace, room, hooks } = parts;
    this.clock = clock;
    this.watched = watched;
    this.live = live;
    this.journal = [];
    this.calls = new FakeCalls(clock, this.journal);
    watched.onCall = (method, argument) => {
      if (method === 'save') this.journal.push(`save ${(argument as CallbackSave).callback.state}`);
      if (method === 'insert') this.journal.push('insert');
    };
    const ids = countingIds();
    this.application = new Application({
      clock,
      ids: { ...ids, callbackId: () => `${idPrefix}${ids.callbackId()}` },
      store: watched.store,
      calls: this.calls,
      configuration: live,
      showsTrying: true,
      observer: {
        decided: (decision, gate) => void this.decisions.push(gate === null ? decision : `${decision} ${gate}`),
        dialled: () => undefined,
        done: () => undefined,
        trunk: (name, event) => void this.counted.push(`${name} ${event}`),
      },
      ...(signalling === undefined ? {} : { signalling }),
      ...(pace === undefined ? {} : { pace }),
      ...(room === undefined ? {} : { room }),
      ...(hooks === undefined ? {} : { hooks }),
      log: this.log,
    });
    this.application.events.subscribe((event) => void this.events.push(event));
    this.application.listen();
  }

  /** The application has not been started yet. */
  static async open(options: RigOptions = {}): Promise<ApplicationRig> {
    const { configuration = aConfiguration(), directory = ':memory:', now, idPrefix = '', signalling } = options;
    const log = new MemoryLog();
    const watched = new WatchedStore(await openSqliteStore({ directory, log }));
    const clock = new FakeClock(now, () => watched.settled());
    const resolveHost = async () => ['127.0.0.1'];
    const settings = { store: watched.store.configuration, clock, resolveHost, log };
    const live = new LiveConfiguration({ revision: 1, configuration }, settings);
    await live.start();
    const { pace, room, hooks } = options;
    return new ApplicationRig({ clock, watched, live, idPrefix, signalling, pace, room, hooks });
  }

  static async start(options: RigOptions = {}): Promise<ApplicationRig> {
    const rig = await ApplicationRig.open(options);
    await rig.application.start();
    await rig.settle();
    return rig;
  }

  settle(): Promise<void> {
    return this.watched.settled();
  }

  /** An INVITE comes in. @returns its leg */
  offer(changes: Partial<InboundCall> = {}): InboundCall {
    this.#offered += 1;
    const call = aCall({ legId: `in-${this.#offered}`, callId: `call-${this.#offered}`, ...changes });
    this.calls.offer(call);
    return call;
  }

  /** A caller is promised a callback. @returns it */
  async promised(changes: Partial<InboundCall> = {}): Promise<Callback> {
    const { legId } = this.offer(changes);
    await this.settle();
    const id = this.rejectionOf(legId).callbackId;
    assert.ok(id, `no promise: ${JSON.stringify(this.calls.rejections.at(-1))}`);
    return this.callback(id);
  }

  rejectionOf(legId: string) {
    const found = this.calls.rejections.find((one) => one.legId === legId);
    assert.ok(found, `${legId} was not rejected`);
    return found.rejection;
  }

  /** As it is stored. */
  async callback(id: string): Promise<Callback> {
    const callback = await this.watched.store.callbacks.get(id);
    assert.ok(callback, `${id} is not stored`);
    return callback;
  }

  /** Types of its log, SIP lines left out. */
  async logOf(id: string): Promise<string[]> {
    const entries = await this.watched.store.callbacks.log(id);
    return entries.filter(({ type }) => type !== 'sip').map(({ type }) => type);
  }

  async ladderOf(id: string): Promise<unknown[]> {
    const entries = await this.watched.store.callbacks.log(id);
    return entries.filter(({ type }) => type === 'sip').map(({ detail }) => detail['summary']);
  }

  /** As a kill -9 would: nothing is said to anybody. What is in the store stays there. */
  async stop(): Promise<void> {
    this.watched.mend();
    this.watched.release();
    this.application.stop();
    await this.settle();
    await this.watched.store.close();
  }
}
