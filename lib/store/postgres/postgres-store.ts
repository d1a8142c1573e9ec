/** The store of several nodes: one PostgreSQL database. */

import type { Log } from '../../ports/log.ts';
import type { NodeListener, Nodes } from '../../ports/nodes.ts';
import type { Store } from '../../ports/store.ts';
import { ALL_MIGRATIONS } from '../migrations/all.ts';
import { StoreError } from '../store-error.ts';
import { Database } from './database.ts';
import { databaseAddress } from './database-address.ts';
import { CHANNEL, type Hint } from './hint.ts';
import { migrateDatabase } from './migrator.ts';
import { NodeLease } from './node-lease.ts';
import { NodeMail } from './node-mail.ts';
import { PostgresCallbacks } from './postgres-callbacks.ts';
import { postgresDocuments, postgresJournal } from './postgres-documents.ts';
import { postgresSuppressions, postgresUsage } from './postgres-gates.ts';
import { postgresRecordings } from './postgres-recordings.ts';
import {
  postgresConfiguration,
  postgresFlowVersions,
  postgresRegistrations,
  postgresSettings,
  postgresSwitches,
} from './postgres-resources.ts';
import { postgresRetention } from './postgres-retention.ts';
import { postgresTrunkSlots } from './trunk-slots.ts';

export const DEFAULT_LEASE_MS = 10_000;
/** Time that a forwarded event has beyond the lease of a holder who died with it. */
const ANSWER_MS = 5_000;

export interface PostgresStoreOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/NAME` */
  url: string;
  log: Log;
  /** Others take over what this node held when it has been cut off for so long. */
  leaseMs?: number;
  /** `empty` (the default): the schema is made where there is none; `all`: it is brought up to date. */
  migrate?: 'empty' | 'all';
}

const GIVE_BACK = `with gone as (delete from nodes where id = $1),
slots as (delete from trunk_slots where node = $1),
freed as (update callbacks set lease_owner = null where lease_owner = $1 returning 1)
select pg_notify($2, $3) where exists (select from freed)`;

/** What the parts of the store tell the application, once it listens. */
class Ears implements NodeListener {
  listener: NodeListener | null = null;
  #revision: number | null = null;
  #switchesTurned = 0;

  lost(): void {
    this.listener?.lost();
  }
  freed(): void {
    this.listener?.freed();
  }
  async mail(...[id, event]: Parameters<NodeListener['mail']>): Promise<void> {
    if (this.listener === null) throw new Error('nobody listens yet');
    await this.listener.mail(id, event);
  }
  configured(revision: number): void {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.listener?.configured(revision);
  }
  slotFreed(trunk: string): void {
    this.listener?.slotFreed(trunk);
  }
  switched(): void {
    this.listener?.switched();
  }
  /** @param total turns so far: whoever did not hear of one sees it by this */
  switchesTurned(total: number): void {
    if (total === this.#switchesTurned) return;
    this.#switchesTurned = total;
    this.switched();
  }
}

class PostgresStore implements Store {
  readonly callbacks: PostgresCallbacks;
  readonly configuration;
  readonly flowVersions;
  readonly registrations;
  readonly settings;
  readonly suppressions;
  readonly usage;
  readonly switches;
  readonly documents;
  readonly journal;
  readonly recordings;
  readonly retention;
  readonly nodes: Nodes;
  readonly #database: Database;
  readonly #lease: NodeLease;
  readonly #mail: NodeMail;
  readonly #ears = new Ears();

  constructor({ url, log, leaseMs = DEFAULT_LEASE_MS }: PostgresStoreOptions) {
    const address = databaseAddress(url, 'drachtio-callback');
    const nodeId = () => this.#lease.id;
    this.#database = new Database(address, log, (write) => this.callbacks.doubt(write));
    this.callbacks = new PostgresCallbacks(this.#database, nodeId);
    this.configuration = postgresConfiguration(this.#database, (client, revision) =>
      client.query('select pg_notify($1, $2)', [CHANNEL, this.#hint({ kind: 'configured', revision })]),
    );
    this.flowVersions = postgresFlowVersions(this.#database);
    this.registrations = postgresRegistrations(this.#database);
    this.settings = postgresSettings(this.#database);
    this.suppressions = postgresSuppressions(this.#database);
    this.usage = postgresUsage(this.#database);
    this.switches = postgresSwitches(this.#database, (client) =>
      client.query('select pg_notify($1, $2)', [CHANNEL, this.#hint({ kind: 'switched' })]),
    );
    this.documents = postgresDocuments(this.#database);
    this.journal = postgresJournal(this.#database);
    this.recordings = postgresRecordings(this.#database);
    this.retention = postgresRetention(this.#database);
    this.#mail = new NodeMail({ database: this.#database, nodeId, patienceMs: leaseMs + ANSWER_MS });
    this.#mail.onMail((id, event) => this.#ears.mail(id, event));
    this.#lease = new NodeLease({ address, leaseMs, log, listener: this.#leaseListener() });
    this.nodes = {
      listen: (listener) => {
        this.#ears.listener = listener;
      },
      holds: () => this.#lease.holds(),
      confirm: () => this.#lease.confirm(),
      forward: (id, event) => this.#mail.forward(id, event),
      slots: postgresTrunkSlots(this.#database, nodeId),
    };
  }

  start(): Promise<void> {
    return this.#lease.start();
  }

  healthy(): boolean {
    return this.#database.healthy();
  }

  fileSizes(): Record<string, number> {
    return {};
  }

  /** Gives the lease back: other nodes go on at once. */
  async close(): Promise<void> {
    await this.#lease.close();
    const values = [this.#lease.id, CHANNEL, this.#hint({ kind: 'freed' })];
    await this.#database.close(() => this.#database.lastWord(GIVE_BACK, values));
  }

  #hint(hint: { kind: 'freed' } | { kind: 'switched' } | { kind: 'configured'; revision: number }): string {
    return JSON.stringify({ from: this.#lease.id, ...hint });
  }

  #leaseListener(): ConstructorParameters<typeof NodeLease>[0]['listener'] {
    const ears = this.#ears;
    return {
      lost: () => {
        this.callbacks.forget();
        ears.lost();
      },
      freed: () => ears.freed(),
      reached: (failure) => this.#database.reached(failure),
      beat: ({ revision, switches }) => {
        if (revision !== null) ears.configured(revision);
        ears.switchesTurned(switches);
        void this.#mail.collect();
      },
      hinted: (hint) => this.#hinted(hint),
    };
  }

  #hinted(hint: Hint): void {
    switch (hint.kind) {
      case 'freed':
        return this.#ears.freed();
      case 'mail':
        return void this.#mail.collect();
      case 'answered':
        return this.#mail.answered(hint.sequence);
      case 'configured':
        return this.#ears.configured(hint.revision);
      case 'switched':
        return this.#ears.switched();
      case 'slot':
        return this.#ears.slotFreed(hint.trunk);
    }
  }
}

/**
 * @throws StoreError `STORE_UNAVAILABLE` (not reached, no rights), `STORE_OUTDATED`, `STORE_NEWER`, `STORE_FOREIGN`: each
 *   names the database without its password and says what to do, and nothing was changed
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  await migrateDatabase(databaseAddress(options.url, 'drachtio-callback'), ALL_MIGRATIONS, options.migrate ?? 'empty');
  const store = new PostgresStore(options);
  try {
    await store.start();
  } catch (error) {
    await store.close();
    if (error instanceof StoreError) throw error;
    throw error;
  }
  return store;
}
