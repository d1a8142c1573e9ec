/** Where a scenario is played: the nodes, their store, the phones, the callers, and all that is known of what happened. */

import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Account, type AccountReport } from '../../load/account.ts';
import type { ChooseBehaviour } from '../../load/behaviour.ts';
import { Callers } from '../../load/callers.ts';
import type { PhoneLeg } from '../../load/phone-leg.ts';
import { Phones } from '../../load/phones.ts';
import { Random } from '../core/simulation/random.ts';
import { PostgresServer } from '../support/postgres.ts';
import { ChaosNode } from './chaos-node.ts';
import { Journal } from './journal.ts';
import { type Breach, judge } from './oracle.ts';
import type { NodeSetting, Scenario, ScenarioOptions } from './scenario.ts';
import { readPostgres, readSqlite, type StoredHistory } from './stored-history.ts';

export const DIALLED = '+554831210110';
export const LEASE_SECONDS = 2;
/** Between the callers of two nodes. */
const NUMBERS_PER_NODE = 1_000_000;
const FIRST_NUMBER = 91_000_000;
/** Longer than any call, lease, retry and unknown attempt together. */
const SETTLE_LIMIT_MS = 150_000;
const POLL_MS = 250;
/** A run is ended by its scenario; SIPp is given more calls than it will make. */
const CALLS_PER_NODE = 500_000;

export class Stage {
  readonly scenario: Scenario;
  readonly options: ScenarioOptions;
  /** Kept when a guarantee was broken. */
  readonly directory: string;
  readonly random: Random;
  readonly nodes: ChaosNode[] = [];
  readonly journal: Journal;
  readonly account: Account;
  /** By trunk. */
  readonly phones: Phones[] = [];
  /** Trunks that refuse every call, and with what status. */
  readonly refusing = new Map<number, number>();
  #postgres: PostgresServer | null = null;
  #database = '';
  #callers: Callers[] = [];
  #cleanUps: Array<(isKept: boolean) => unknown> = [];

  private constructor(scenario: Scenario, options: ScenarioOptions) {
    this.scenario = scenario;
    this.options = options;
    this.directory = mkdtempSync(join(tmpdir(), `callback-chaos-${scenario.name}-`));
    this.random = new Random(options.seed);
    this.account = new Account({
      delayMs: scenario.delaySeconds * 1_000,
      // Callers and phones read their clocks in different processes.
      earlyToleranceMs: 2,
      retireAfterMs: Number.POSITIVE_INFINITY,
    });
    this.journal = new Journal(this.account);
  }

  /** With its nodes ready and its phones open. */
  static async open(scenario: Scenario, options: ScenarioOptions): Promise<Stage> {
    const stage = new Stage(scenario, options);
    try {
      await stage.#openPhones();
      await stage.#openNodes();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get postgres(): PostgresServer {
    return this.#postgres!;
  }

  get databaseUrl(): string {
    return this.postgres.url(this.#database);
  }

  /** Runs when all is over, in the reverse order; `isKept`: what it would take away is to be left for reading. */
  atTheEnd(cleanUp: (isKept: boolean) => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  /** So many faults are done now: a line with the figures. */
  progress(what: string, done: number): void {
    const { offered, promised, calledBack, doubled, overlapping } = this.account.tally();
    const figures = `offered ${offered}, promised ${promised}, called back ${calledBack}, doubled ${doubled}, overlapping ${overlapping}`;
    this.note(what);
    this.options.say(`${this.scenario.name} ${done}/${this.options.faults} ${what}: ${figures}`);
  }

  /** For whoever reads what was kept. */
  note(what: string): void {
    appendFileSync(join(this.directory, 'faults.log'), `${new Date().toISOString()} ${what}\n`);
  }

  /** A moment between `low` and `high`. */
  pause(lowMs: number, highMs: number): Promise<void> {
    return delay(this.random.between(lowMs, highMs));
  }

  /** Callers at all nodes, at the wanted rate together. */
  offer(): void {
    const { addresses, rate } = this.options;
    this.#callers = this.nodes.map(({ address }, index) =>
      Callers.start({
        address: addresses.peers,
        port: 5_062 + index,
        target: `${address}:5060`,
        number: DIALLED,
        rate: rate / this.nodes.length,
        calls: CALLS_PER_NODE,
        firstNumber: `+55489${FIRST_NUMBER + index * NUMBERS_PER_NODE}`,
        account: this.journal,
      }),
    );
  }

  /** No further calls; resolves when those under way have come to their end. */
  async stopOffering(): Promise<void> {
    for (const callers of this.#callers) callers.stop();
    const ends = await Promise.all(this.#callers.map(({ finished }) => finished));
    const failed = ends.find(({ how }) => how === 'failed');
    if (failed) throw new Error(`the callers failed: ${failed.errors}`);
  }

  /** Waits until nothing is open and nothing is held; what is left after long is the oracle's business. */
  async settle(): Promise<Array<{ what: string; count: number }>> {
    const until = performance.now() + SETTLE_LIMIT_MS;
    let left = await this.#leftovers();
    while (left.some(({ count }) => count !== 0) && performance.now() < until) {
      await delay(POLL_MS);
      left = await this.#leftovers();
    }
    return left;
  }

  async #leftovers(): Promise<Array<{ what: string; count: number }>> {
    const all = await Promise.all(
      this.nodes.map(async (node) => {
        const metrics = await node.metrics();
        return [...metrics]
          .filter(([name]) => /^callback_(callbacks|trunk_calls|legs|media_endpoints)\b/.test(name))
          .filter(([name]) => !name.includes('state="done"'))
          .map(([name, count]) => ({ what: `${name} at ${node.name}`, count }));
      }),
    );
    return all.flat();
  }

  /** Ends the nodes, reads the store, and asks the oracle. */
  async verdict(leftovers: Array<{ what: string; count: number }>): Promise<Verdict> {
    for (const node of this.nodes) await node.stop('SIGTERM');
    const stored = this.#postgres
      ? await readPostgres(this.#postgres, this.#database)
      : await readSqlite(this.dataDirectory(0));
    const account = this.account.report(Date.now());
    const { isWireWhole = true, isClockSteady = true } = this.scenario;
    const breaches = judge({
      account,
      promises: [...this.journal.promises.values()],
      rings: [...this.journal.rings.values()],
      unheard: this.journal.unheard,
      stored,
      leftovers,
      isWireWhole,
      isPromptlyPromised: this.#postgres === null,
      isClockSteady,
    });
    return { stored, account, breaches };
  }

  /** Of a node with the embedded store. */
  dataDirectory(index: number): string {
    return join(this.directory, `node-${index + 1}`, 'data');
  }

  /** @param isKept the directory is left for reading */
  async close(isKept = false): Promise<void> {
    for (const callers of this.#callers) callers.kill();
    await Promise.all(this.#callers.map(({ finished }) => finished));
    for (const node of this.nodes) if (node.running) await node.stop('SIGKILL');
    for (const phones of this.phones) await phones.close();
    for (const cleanUp of this.#cleanUps.toReversed()) await cleanUp(isKept);
    if (this.#postgres) await this.#postgres.stop('SIGQUIT');
    this.#postgres?.remove();
    if (!isKept) rmSync(this.directory, { recursive: true, force: true });
  }

  async #openPhones(): Promise<void> {
    const { addresses } = this.options;
    for (const trunk of this.scenario.trunks.keys()) {
      const behaviour: ChooseBehaviour = () => this.#behaviourAt(trunk);
      const phones = await Phones.open({
        address: addresses.peers,
        port: 5_070 + trunk,
        talkMs: null,
        behaviour,
        onRing: (leg, at) => this.journal.rang(leg, at, this.#isHeardAt(trunk)),
        onAnswered: (leg: PhoneLeg, at) => this.journal.answered(leg, at),
        onMerged: (leg, at) => this.journal.merged(leg, at),
        onUnheard: (message, at) => this.journal.missed(message, at),
        onEnd: (leg, at, how) => this.journal.ended(leg, at, how),
      });
      this.phones.push(phones);
    }
  }

  #isHeardAt(trunk: number): boolean {
    return !this.refusing.has(trunk);
  }

  #behaviourAt(trunk: number): ReturnType<ChooseBehaviour> {
    const status = this.refusing.get(trunk);
    if (status !== undefined) return { ringAfterMs: null, answerAfterMs: 5, status };
    return { ringAfterMs: 0, answerAfterMs: this.random.between(20, 320) };
  }

  async #openNodes(): Promise<void> {
    const { scenario, options } = this;
    if (scenario.nodes > 1 || scenario.isOnPostgres === true) {
      this.#postgres = await PostgresServer.at(options.addresses.database, join(this.directory, 'postgres.log'));
      this.#database = await this.#postgres.createDatabase();
    }
    for (let index = 0; index < scenario.nodes; index += 1) {
      const setting = (await scenario.prepare?.(this, index)) ?? {};
      this.nodes.push(new ChaosNode(`node ${index + 1}`, this.#serverOptions(index, setting)));
    }
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  #serverOptions(index: number, setting: NodeSetting) {
    const { addresses } = this.options;
    const dataDirectory = this.dataDirectory(index);
    mkdirSync(dataDirectory, { recursive: true });
    const database = setting.databaseUrl ?? (this.#postgres ? this.databaseUrl : undefined);
    const flags = ['--media', 'embedded'];
    if (database !== undefined) flags.push('--database', database, '--lease-seconds', String(LEASE_SECONDS));
    return {
      address: addresses.servers[index]!,
      dataDirectory,
      configuration: this.scenario.configuration(addresses.peers),
      logLevel: 'info',
      outputFile: join(this.directory, `node-${index + 1}.log`),
      ...setting.server,
      flags: [...flags, ...(setting.server?.flags ?? [])],
    };
  }
}

export interface Verdict {
  stored: StoredHistory;
  account: AccountReport;
  breaches: Breach[];
}
