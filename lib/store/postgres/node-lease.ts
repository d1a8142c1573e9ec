/**
 * The lease of this node, and its eye on the others.
 *
 * No clock of any machine is compared with another's: a node counts its beat up, and whoever sees a beat stand still for
 * the node's lease, by his own watch, removes the node. The node itself trusts its lease for less than that since it sent
 * its last confirmed beat. A node that was removed never comes back under its name.
 */

import { randomUUID } from 'node:crypto';
import { Client, type Notification } from 'pg';
import type { Log } from '../../ports/log.ts';
import { StoreError } from '../store-error.ts';
import type { DatabaseAddress } from './database-address.ts';
import { storeFailure } from './failure.ts';
import { CHANNEL, type Hint, readHint } from './hint.ts';

/** Parts of the lease: how often it beats, how long it is trusted, after what stillness another node is dead. */
const BEATS_PER_LEASE = 10;
const TRUSTED = 0.6;
const DEAD = 0.75;
/** Who has not looked for so many beats has seen nothing: he starts watching anew. */
const BLIND_BEATS = 3;

const REGISTER = `insert into nodes (id, beat, lease_ms, started_at) values ($1, 0, $2, $3)
  on conflict (id) do update set beat = nodes.beat + 1`;
const BEAT = `update nodes set beat = beat + 1 where id = $1
  returning (select revision from configuration_revision) as revision,
    (select coalesce(sum(changes), 0)::bigint from switches) as switches`;
const OTHERS = `select id, beat, lease_ms from nodes where id <> $1`;
const REMOVE = `delete from nodes where id = $1 and beat = $2`;
const FREE_SLOTS = `delete from trunk_slots where not exists (select from nodes where nodes.id = trunk_slots.node)`;
const FREE_CALLBACKS = `with freed as (
  update callbacks set lease_owner = null
  where lease_owner is not null and not exists (select from nodes where nodes.id = lease_owner) returning 1
) select count(*) as total from freed`;
/** Their counts go to nobody's account. */
const FREE_COUNTS = `with gone as (
  delete from callback_counts where node <> '' and not exists (select from nodes where nodes.id = callback_counts.node)
  returning state, total
) insert into callback_counts (state, node, total) select state, '', sum(total) from gone group by state
  on conflict (state, node) do update set total = callback_counts.total + excluded.total`;
const FORGET_MAIL = `delete from node_mail where posted_at < now() - interval '10 minutes'`;

export interface LeaseListener {
  lost(): void;
  /** Something may have come free. */
  freed(): void;
  hinted(hint: Hint): void;
  /** The database answers, or does not. */
  reached(failure: StoreError | null): void;
  /** At every beat: the revision of the stored configuration (null: none), and how often switches were turned so far. */
  beat(seen: { revision: number | null; switches: number }): void;
}

export interface NodeLeaseOptions {
  address: DatabaseAddress;
  leaseMs: number;
  log: Log;
  listener: LeaseListener;
}

interface Watched {
  beat: number;
  leaseMs: number;
  /** Monotonic. */
  sinceMs: number;
}

/** Time that has passed by the clock that shows more of it: one stands still while a virtual machine is paused. */
class Stopwatch {
  #monotonicMs = performance.now();
  #wallMs = Date.now();

  get elapsedMs(): number {
    return Math.max(performance.now() - this.#monotonicMs, Date.now() - this.#wallMs);
  }
}

export class NodeLease {
  readonly #options: NodeLeaseOptions;
  readonly #others = new Map<string, Watched>();
  #id = randomUUID();
  #client: Client | null = null;
  /** Since the last beat that was confirmed was sent; null: the lease is lost or was never had. */
  #confirmed: Stopwatch | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #beats = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<boolean> | null = null;
  #closed = false;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** The name of the present lease. */
  get id(): string {
    return this.#id;
  }

  /** Rejects with StoreError. */
  async start(): Promise<void> {
    await this.confirm();
    this.#timer = setInterval(() => void this.confirm().catch(() => undefined), this.#beatMs);
    this.#timer.unref();
  }

  get #beatMs(): number {
    return this.#options.leaseMs / BEATS_PER_LEASE;
  }

  holds(): boolean {
    return this.#confirmed !== null && this.#confirmed.elapsedMs < TRUSTED * this.#options.leaseMs;
  }

  /** @returns false: the lease was lost, and another one has begun. Rejects with StoreError */
  async confirm(): Promise<boolean> {
    const isKept = await this.#turnOnce();
    // The turn may have begun before this process was stopped for a while.
    return isKept && !this.holds() ? this.#turnOnce() : isKept;
  }

  #turnOnce(): Promise<boolean> {
    this.#running ??= this.#turn().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
    await this.#client?.end().catch(() => undefined);
    this.#client = null;
  }

  async #turn(): Promise<boolean> {
    const { address, listener } = this.#options;
    try {
      const client = await this.#connected();
      const kept = await this.#beat(client);
      listener.reached(null);
      this.#beats += 1;
      await this.#watch(client);
      return kept;
    } catch (error) {
      const client = this.#client;
      this.#client = null;
      client?.end().catch(() => undefined);
      const failure = storeFailure(error, address.name);
      if (!this.#closed) listener.reached(failure);
      throw failure;
    }
  }

  async #connected(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    const { address, leaseMs, listener } = this.#options;
    if (this.#closed)
      throw new StoreError('STORE_UNAVAILABLE', `The database ${address.name} is closed.`, { path: null });
    const client = new Client({ ...address.client, query_timeout: Math.max(leaseMs / 2, 500) });
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    client.on('notification', (notification) => this.#hinted(notification));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    // Hints that were given meanwhile were not heard.
    if (this.#beats > 0) listener.freed();
    return client;
  }

  #hinted({ payload }: Notification): void {
    const hint = readHint(payload);
    if (hint !== null && hint.from !== this.#id) this.#options.listener.hinted(hint);
  }

  async #beat(client: Client): Promise<boolean> {
    const { listener, leaseMs, log } = this.#options;
    if (this.#confirmed === null) {
      await this.#register(client);
      return true;
    }
    const sent = new Stopwatch();
    const { rows } = await client.query<{ revision: number | null; switches: number }>(BEAT, [this.#id]);
    if (rows[0] !== undefined) {
      this.#confirmed = sent;
      listener.beat(rows[0]);
      return true;
    }
    log.warn({ leaseMs }, 'this node was cut off for longer than its lease: other nodes have taken over what it held');
    this.#confirmed = null;
    listener.lost();
    this.#id = randomUUID();
    await this.#register(client);
    return false;
  }

  async #register(client: Client): Promise<void> {
    const sent = new Stopwatch();
    await client.query(REGISTER, [this.#id, this.#options.leaseMs, Date.now()]);
    this.#confirmed = sent;
  }

  /** Looks at the other nodes, and frees what dead ones held. */
  async #watch(client: Client): Promise<void> {
    const now = performance.now();
    const isBlind = now - this.#lookedAtMs > BLIND_BEATS * this.#beatMs;
    const { rows } = await client.query<{ id: string; beat: number; lease_ms: number }>(OTHERS, [this.#id]);
    this.#lookedAtMs = performance.now();
    const dead: Array<{ id: string; beat: number }> = [];
    const present = new Set(rows.map(({ id }) => id));
    for (const id of this.#others.keys()) if (!present.has(id)) this.#others.delete(id);
    for (const { id, beat, lease_ms: leaseMs } of rows) {
      const known = this.#others.get(id);
      if (isBlind || known === undefined || known.beat !== beat) this.#others.set(id, { beat, leaseMs, sinceMs: now });
      else if (now - known.sinceMs > DEAD * known.leaseMs) dead.push({ id, beat });
    }
    for (const { id, beat } of dead) await this.#remove(client, id, beat);
    // From time to time also what a node took in the moment in which it was removed.
    const isTurnOfAll = this.#beats % BEATS_PER_LEASE === 1;
    if (dead.length > 0 || isTurnOfAll) await this.#freeOfNobody(client);
    if (isTurnOfAll) this.#options.listener.freed();
  }

  async #remove(client: Client, id: string, beat: number): Promise<void> {
    const { rowCount } = await client.query(REMOVE, [id, beat]);
    if (rowCount === 1) this.#options.log.warn({ node: id }, 'a node is gone: what it held goes on elsewhere');
  }

  async #freeOfNobody(client: Client): Promise<void> {
    await client.query(FREE_SLOTS);
    await client.query(FREE_COUNTS);
    await client.query(FORGET_MAIL);
    const { rows } = await client.query<{ total: number }>(FREE_CALLBACKS);
    if ((rows[0]?.total ?? 0) === 0) return;
    await client.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ from: this.#id, kind: 'freed' })]);
    this.#options.listener.freed();
  }
}
