import type { AttemptRecord, Callback, CallbackLogEntry } from '../core/callback/callback.ts';
import type { CoreContext } from '../core/callback/event.ts';
import type { Situation } from '../core/rules/explain.ts';
import type { CallbackService } from '../ports/callback-service.ts';
import type { ShadowRecord } from '../ports/shadow-records.ts';
import type { TrunkService } from '../ports/trunk-service.ts';
import { CallbackAcceptance } from './acceptance.ts';
import { Admission } from './admission.ts';
import type { ApplicationOptions } from './application-options.ts';
import { CallCosts } from './call-costs.ts';
import type { CallRoom } from './call-room.ts';
import { CallbackDesk } from './callback-desk.ts';
import { CallbackRunner } from './callback-runner.ts';
import { EventHub } from './event-hub.ts';
import { EventLog } from './event-log.ts';
import { FlowCalls } from './flow-calls.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { HookDesk } from './hook-desk.ts';
import { InboundCalls } from './inbound-calls.ts';
import { openPacing } from './open-pacing.ts';
import type { Pacing } from './pacing.ts';
import { isLeftOver, recover } from './recovery.ts';
import { Scheduler, WINDOW_MS } from './scheduler.ts';
import { ShadowCalls } from './shadow-calls.ts';
import { ShadowDesk } from './shadow-desk.ts';
import type { SharedPacing } from './shared-pacing.ts';
import { Switchboard } from './switchboard.ts';
import { TrunkDesk } from './trunk-desk.ts';

/** How long live legs may take to end after they were told so at the deadline of a drain. */
const LAST_GOODBYES_MS = 2_000;
const DRAIN_POLL_MS = 100;

/** The shell: everything between the pure core and the rooms outside, started and drained as one. */
export class Application {
  /** What happens in this process. */
  readonly events = new EventHub();
  /** What happens at all nodes, for watchers that come and go. */
  readonly feed: EventLog;
  readonly callbacks: CallbackService;
  readonly gatekeeper: Gatekeeper;
  readonly trunks: TrunkService;
  readonly admission: Admission;
  readonly #options: ApplicationOptions;
  readonly #runner: CallbackRunner;
  readonly #pacing: Pacing;
  readonly #desk: TrunkDesk;
  readonly #switchboard: Switchboard;
  readonly #costs: CallCosts;
  readonly #room: CallRoom;
  readonly #scheduler: Scheduler;
  readonly #flows: FlowCalls;
  readonly #inbound: InboundCalls;
  readonly #acceptance: CallbackAcceptance;
  readonly #shadow: ShadowCalls | null;
  #draining = false;
  #started = false;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    const { clock, store, calls, configuration, log, ids } = options;
    const current = () => configuration.configuration;
    this.feed = new EventLog({ clock, store: store.callbacks, hub: this.events, log });
    const limitsOf = (name: string) => current().trunks.find((trunk) => trunk.name === name) ?? null;
    this.#desk = this.#trunkDesk(options);
    this.trunks = this.#desk;
    const gateOf = (lane: string) => this.#desk.lines.gate(lane);
    const { room, pacing, shared } = openPacing(options, limitsOf, gateOf);
    this.#room = room;
    this.#pacing = pacing;
    this.gatekeeper = new Gatekeeper({ clock, store, configuration: current, log });
    this.#costs = new CallCosts({ clock, store, configuration: current, log });
    const parts = { hooks: new HookDesk(options.hooks ?? null, log), recordings: options.recordings ?? null };
    const legs = { ...parts, watch: this.#desk.watch, costs: this.#costs, room };
    this.#switchboard = new Switchboard({ clock, calls, pacing: this.#pacing, ...legs });
    this.#runner = new CallbackRunner({
      clock,
      store: store.callbacks,
      nodes: store.nodes,
      switchboard: this.#switchboard,
      context: () => this.#context(),
      log,
      windowMs: WINDOW_MS,
      onLeft: (dueAt) => this.#scheduler.left(dueAt),
      factsOf: (callback) => this.gatekeeper.factsOf(callback),
      onChange: (callback, entries, attempts) => this.#changed(callback, entries, attempts),
      onRequest: (callback, request) => this.#inbound.requestFromFlow(request, callback.inboundCallId, callback.id),
    });
    this.#acceptance = new CallbackAcceptance({
      clock,
      ids,
      store: store.callbacks,
      runner: this.#runner,
      gatekeeper: this.gatekeeper,
      configuration: current,
      switches: () => this.#desk.switches(),
      onAccepted: (callback, entries) => this.#changed(callback, entries, []),
      log,
    });
    this.#flows = new FlowCalls({
      clock,
      calls,
      switchboard: this.#switchboard,
      context: () => this.#context(),
      noRoom: () => this.admission.noRoom(),
      onRequest: (request, call) => this.#inbound.requestFromFlow(request, call, null),
      log,
    });
    this.admission = this.#admissionOf(options);
    this.#inbound = new InboundCalls({
      clock,
      calls,
      switchboard: this.#switchboard,
      runner: this.#runner,
      acceptance: this.#acceptance,
      admission: this.admission,
      flows: this.#flows,
      configuration: current,
      trunkAddresses: () => configuration.trunkAddresses,
      isDraining: () => this.#draining,
      onDecision: (decision, gate) => options.observer.decided(decision, gate),
      onPromise: (legId, callbackId) => options.onPromise?.(legId, callbackId),
      log,
    });
    this.#scheduler = this.#schedulerOf(options);
    const { shadow } = options;
    this.#shadow = shadow
      ? new ShadowCalls({ ...options, ...shadow, onDecided: (record) => this.#shadowed(record) })
      : null;
    this.callbacks = shadow ? new ShadowDesk() : this.#callbackDesk(options);
    configuration.onChange(() => this.#configurationChanged());
    clock.onStep((byMs) => this.#clockStepped(byMs));
    if (shared !== null) this.#joinNodes(shared);
  }

  #shadowed({ id, at, explanation: { outcome, gate, rule } }: ShadowRecord): void {
    this.#options.observer.shadowed?.(outcome, gate);
    this.events.publish({ at, type: 'shadow.decided', callbackId: null, data: { id, outcome, gate, rule } });
  }

  #admissionOf({ clock, configuration, random = () => 0.5, pace, log }: ApplicationOptions): Admission {
    const current = () => configuration.configuration;
    return new Admission({ clock, pace: pace ?? null, configuration: current, random, events: this.events, log });
  }

  #schedulerOf({ clock, store, log }: ApplicationOptions): Scheduler {
    return new Scheduler({
      clock,
      store: store.callbacks,
      heldIds: () => this.#runner.heldIds,
      adopt: (callback) => this.#adopt(callback),
      log,
    });
  }

  #callbackDesk({ clock, configuration }: ApplicationOptions): CallbackDesk {
    return new CallbackDesk({
      clock,
      configuration: () => configuration.configuration,
      acceptance: this.#acceptance,
      runner: this.#runner,
      admission: this.admission,
      switches: () => this.#desk.switches(),
      isDraining: () => this.#draining,
    });
  }

  #trunkDesk(options: ApplicationOptions): TrunkDesk {
    const { clock, ids, store, configuration, log, observer } = options;
    return new TrunkDesk({
      clock,
      ids,
      random: options.random ?? (() => 0.5),
      store,
      signalling: options.signalling ?? null,
      configuration: () => configuration.configuration,
      pacing: () => this.#pacing,
      events: this.events,
      onEvent: (trunk, event) => observer.trunk?.(trunk, event),
      log,
    });
  }

  /** The other nodes on this store: what they leave, what they ask, what they change. */
  #joinNodes(pacing: SharedPacing): void {
    const { store, configuration, log } = this.#options;
    store.nodes?.listen({
      lost: () => {
        this.#runner.disown();
        this.#inbound.ringing.cutOff();
        pacing.reassert();
        this.#desk.lost();
        this.#scheduler.look();
      },
      freed: () => {
        if (this.#draining || !this.#started) return;
        this.#scheduler.look();
        recover(store.callbacks, this.#runner, log).catch((error: unknown) =>
          log.error({ err: error }, 'what a dead node left could not be read; trying again'),
        );
      },
      mail: async (id, event) => void (await this.#runner.post(id, event)),
      configured: (revision) => {
        configuration
          .reload(revision)
          .catch((error: unknown) => log.error({ err: error }, 'a changed configuration could not be read'));
      },
      slotFreed: (trunk) => pacing.slotFreed(trunk),
      switched: () => this.#desk.reload(),
    });
  }

  /** Takes the calls; to be called before the first INVITE can come. */
  listen(): void {
    this.#options.calls.listen({
      offered: (call) => (this.#shadow ?? this.#inbound).offered(call),
      event: (event) => this.#switchboard.event(event),
      wire: (message) => this.#switchboard.wire(message),
      lost: () => {
        this.#switchboard.engineLost();
        this.#flows.engineLost();
        this.#inbound.ringing.engineLost();
        this.#runner.engineLost();
      },
      found: () => {
        this.#switchboard.engineFound();
        this.#runner.engineFound();
      },
    });
  }

  /** Settles what a former process left, then keeps the promises that stand. SIP must be up. */
  async start(): Promise<void> {
    // Whatever stands in the store is another one's to keep.
    if (this.#shadow !== null) return;
    this.#started = true;
    await this.#desk.load();
    this.#desk.start();
    await recover(this.#options.store.callbacks, this.#runner, this.#options.log);
    await this.#scheduler.start();
    this.gatekeeper.start();
    this.admission.start();
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** What decides beside the configuration, for the dry run. */
  situation(): Situation {
    return { switches: this.#desk.switches(), line: this.#desk.lines.state, load: this.admission.load };
  }

  stats() {
    const calls = { ...this.#room.stats(), waiting: this.#pacing.waitingForRoom() };
    return { ...this.#runner.stats(), flows: this.#flows.live, trunks: this.#pacing.stats(), calls };
  }

  /**
   * Starts no further callback and waits until the calls on the line have ended, at most until `deadlineAt`; then ends
   * them. What is accepted meanwhile is kept for the next start.
   */
  async drain(deadlineAt: number): Promise<void> {
    this.#draining = true;
    this.#scheduler.stop();
    this.#runner.beginDrain();
    await Promise.all([this.#desk.unregister(), this.#untilQuiet(deadlineAt - this.#options.clock.now())]);
    await this.#runner.endLive();
    this.#flows.endLive();
    this.#inbound.ringing.endLive();
    await this.#untilQuiet(LAST_GOODBYES_MS);
    await this.#runner.idle();
    await this.#runner.flush();
  }

  stop(): void {
    this.#scheduler.stop();
    this.gatekeeper.stop();
    this.admission.stop();
    this.#runner.stop();
    this.#flows.stop();
    this.#inbound.ringing.stop();
    this.#desk.stop();
    this.#pacing.stop();
    this.#room.stop();
    this.#options.configuration.stop();
  }

  async #untilQuiet(withinMs: number): Promise<void> {
    const { clock } = this.#options;
    const live = () => this.#runner.stats().live + this.#flows.live + this.#inbound.ringing.live;
    let isLate = withinMs <= 0;
    const cancel = clock.after(withinMs, () => {
      isLate = true;
    });
    while (!isLate && live() > 0) {
      await new Promise<void>((resolve) => void clock.after(DRAIN_POLL_MS, resolve));
    }
    cancel();
  }

  #context(): CoreContext {
    return {
      now: this.#options.clock.now(),
      configuration: this.#options.configuration.configuration,
      engine: { showsTrying: this.#options.showsTrying },
      line: this.#room.isFull() ? { ...this.#desk.lines.state, isFull: true } : this.#desk.lines.state,
      aheadMs: this.#options.store.nodes === null ? (this.#options.aheadMs ?? 0) : 0,
    };
  }

  /** Read from the store: an unpromised one was left by a former process between its commit and its rejection. */
  #adopt(callback: Callback): void {
    if (this.#runner.adopt(callback) && isLeftOver(callback))
      void this.#runner.post(callback.id, { type: 'recovered' }).catch(() => null);
  }

  #clockStepped(byMs: number): void {
    this.#options.log.warn({ byMs }, 'the wall clock was set; what runs goes on as long as it would have');
    this.#runner.clockStepped(byMs);
    this.#flows.clockStepped(byMs);
    this.#scheduler.clockStepped(byMs);
    this.#desk.clockStepped(byMs);
    this.#costs.clockStepped(byMs);
  }

  #configurationChanged(): void {
    this.#desk.configured();
    this.#inbound.forgetStrangers();
    const { revision } = this.#options.configuration.current();
    const at = this.#options.clock.now();
    this.events.publish({ at, type: 'configuration.changed', callbackId: null, data: { revision } });
  }

  #changed(callback: Callback, entries: CallbackLogEntry[], attempts: AttemptRecord[]): void {
    const { observer } = this.#options;
    for (const attempt of attempts) if (attempt.endedAt !== null) void this.gatekeeper.settled(callback, attempt);
    for (const entry of entries) {
      if (entry.type === 'sip') continue;
      if (entry.type === 'dialled') observer.dialled(entry.at - callback.dueAt);
      if (entry.type === 'attempt-withdrawn') void this.gatekeeper.withdrawn(callback, entry);
      const late = entry.type === 'dialled' ? { latenessMs: entry.at - callback.dueAt } : {};
      const data = { state: callback.state, outcome: callback.outcome, ...late, ...entry.detail };
      this.events.publish({ at: entry.at, type: `callback.${entry.type}`, callbackId: callback.id, data });
    }
    if (callback.state === 'done' && entries.some(({ type }) => type === 'done')) {
      observer.done(callback.outcome ?? 'failed', callback.reason ?? 'unknown');
    }
  }
}
