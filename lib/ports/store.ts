/** Durable memory. Every promise resolves only when what it wrote will survive a kill -9 and a power cut. */

import type { Outcome } from '../core/call/outcome.ts';
import type {
  AttemptRecord,
  Callback,
  CallbackId,
  CallbackLogEntry,
  CallbackState,
} from '../core/callback/callback.ts';
import type { Configuration, Flow } from '../core/configuration.ts';
import type { UsageChange } from '../core/policy/sliding-window.ts';
import type { Suppression } from '../core/policy/suppression.ts';
import type { SwitchChange, Switches } from '../core/trunk/switches.ts';
import type { DocumentStore, JournalStore } from './documents.ts';
import type { Nodes } from './nodes.ts';
import type { RecordingIndex } from './recordings.ts';
import type { RetentionStore } from './retention.ts';

/** What one save writes, all or nothing. */
export interface CallbackSave {
  callback: Callback;
  log: CallbackLogEntry[];
  /** Ledger rows to insert or to replace (by attemptId). */
  attempts: AttemptRecord[];
  /** Left out: none. One that would end earlier than what is on the list already changes nothing. */
  suppressions?: Suppression[];
}

export type InsertResult =
  | { result: 'inserted' }
  /** An open callback with the same duplicate key exists; nothing was written. */
  | { result: 'duplicate'; existing: Callback };

export type ClaimResult =
  /** This node holds it now. */
  | { result: 'held'; callback: Callback }
  /** Another node holds it. */
  | { result: 'elsewhere' }
  | { result: 'unknown' };

export interface CallbackQuery {
  state?: CallbackState;
  /** Matches the caller's number as received or as E.164. */
  number?: string;
  rule?: string;
  outcome?: Outcome;
  /** Of these inbound numbers only. */
  inboundNumbers?: readonly string[];
  /** Anywhere in the caller's number or the rule's name, or the id. */
  text?: string;
  /** On acceptedAt, inclusive / exclusive. */
  from?: number;
  to?: number;
  /** Behind this one, in the order of acceptance. */
  after?: { acceptedAt: number; id: CallbackId };
  page: number;
  pageSize: number;
  sort: { field: 'acceptedAt' | 'dueAt' | 'state'; descending: boolean };
}

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  pageSize: number;
}

/** A log entry with its place among those of all callbacks: goes up, gaps possible. */
export interface SequencedLogEntry extends CallbackLogEntry {
  sequence: number;
  callbackId: CallbackId;
}

/** Thrown by every method when the disk is full, the file is damaged, the database is away. */
export interface StoreUnavailable extends Error {
  code: 'STORE_UNAVAILABLE';
}

/** What a node inserts or takes it holds, and nobody else may save it, until it is released. One node alone holds all. */
export interface CallbackStore {
  /** Unique on duplicateKeyOf() among callbacks that are not done; `key` null: no such check. */
  insert(save: CallbackSave, key: string | null): Promise<InsertResult>;
  /** `stale`: the stored version is not `callback.version - 1`, or another node holds the callback; nothing was written. */
  save(save: CallbackSave): Promise<'saved' | 'stale'>;
  get(id: CallbackId): Promise<Callback | null>;
  findOpen(key: string): Promise<Callback | null>;
  /** Callbacks accepted for this number (E.164, or as received) at or after `since`, whatever became of them. */
  countAccepted(number: string, since: number): Promise<number>;
  /** The callbacks of a caller (E.164; who has none: as received) at or after `since`, the latest first, at most `limit`. */
  acceptedFor(number: string, since: number, limit: number): Promise<Callback[]>;
  /** Takes `scheduled` ones due before `before` that no other node holds, earliest first, none of those in `except`. */
  due(before: number, limit: number, except: ReadonlySet<CallbackId>): Promise<Callback[]>;
  /**
   * Takes those in queued, dialing, answered, connecting, connected that no other node holds, none of those in `except`:
   * what a former process or a dead node left.
   */
  inFlight(except: ReadonlySet<CallbackId>): Promise<Callback[]>;
  /** Takes one, whatever its state. */
  claim(id: CallbackId): Promise<ClaimResult>;
  /** Leaves them to whoever asks for them next. In order with the other writes; a fault is made good later. */
  release(ids: readonly CallbackId[]): void;
  /** Due time of the earliest scheduled one; null: none. */
  earliestDue(): Promise<number | null>;
  counts(): Promise<Record<CallbackState, number>>;
  list(query: CallbackQuery): Promise<Page<Callback>>;
  log(id: CallbackId): Promise<CallbackLogEntry[]>;
  /**
   * Entries of all callbacks after `sequence`, in order; at most `limit`. A reader that lost its line resumes with it.
   * @param how `seen`: what can be read now, without waiting for what other nodes are writing: it may turn up in between
   */
  logSince(sequence: number, limit: number, how?: 'settled' | 'seen'): Promise<SequencedLogEntry[]>;
  /** Sequence of the latest entry; 0: none yet. What comes afterwards has a higher one. */
  lastLogSequence(): Promise<number>;
  attempts(id: CallbackId): Promise<AttemptRecord[]>;
}

export interface StoredConfiguration {
  /** Goes up with each apply. */
  revision: number;
  configuration: Configuration;
}

/** Who changes the configuration, and when. */
export interface Change {
  at: number;
  /** Null: nobody in particular. */
  actor: string | null;
}

export interface ConfigurationStore {
  load(): Promise<StoredConfiguration | null>;
  /**
   * `expectedRevision` null: whatever is there. `stale`: another one is stored.
   * @param by of each flow that becomes another one a version is kept with it; left out: without a word of who and when
   */
  replace(
    configuration: Configuration,
    expectedRevision: number | null,
    by?: Change,
  ): Promise<{ result: 'stored'; revision: number } | { result: 'stale' }>;
}

/** What a flow has been. */
export interface FlowVersion {
  /** From 1; goes up with each change of this flow. */
  version: number;
  /** Since then; null: since before versions were kept. */
  at: number | null;
  actor: string | null;
  flow: Flow;
}

/** The last versions of each flow, the present one included; also of one that was removed, for a while. */
export interface FlowVersionStore {
  /** The latest first. */
  list(flow: string): Promise<FlowVersion[]>;
  get(flow: string, version: number): Promise<FlowVersion | null>;
}

/** One contact of an extension, as REGISTER left it. */
export interface Registration {
  extension: string;
  /** The URI as the phone wrote it. */
  contact: string;
  /** The address the REGISTER came from, as a SIP URI: where it is reached behind NAT. */
  reachedAt: string;
  /** Route of requests to it (RFC 3327), the first hop first; empty: none. */
  path: string[];
  /** Thousandths: 1000 is `q=1.0` (RFC 3261 20.10). */
  q: number;
  callId: string;
  cseq: number;
  /** When this contact first came, refreshes aside. */
  registeredAt: number;
  expiresAt: number;
  userAgent: string | null;
}

export interface RegistrationChange {
  /** Replace those with the same contact; all of one extension. */
  put: Registration[];
  /** Contacts. */
  remove: string[];
  /** Whatever has expired by then goes too. */
  now: number;
}

export interface RegistrationStore {
  /** All or nothing, for one extension. */
  update(extension: string, change: RegistrationChange): Promise<void>;
  /** The preferred first: by q, then what came first. */
  of(extension: string, now: number): Promise<Registration[]>;
  /** By extension, then as `of`. */
  all(now: number): Promise<Registration[]>;
}

export interface SettingStore {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  /** Stores it if there is none of this name. @returns what is stored then */
  add(name: string, value: string): Promise<string>;
}

export interface SuppressionQuery {
  /** As it is kept: E.164, or digits. */
  number?: string;
  /** Any of these pieces of text, anywhere in number, reason or source, case aside. */
  texts?: readonly string[];
  /** Left out: the latest first. */
  sort?: { field: 'createdAt' | 'number'; descending: boolean };
  now: number;
  page: number;
  pageSize: number;
}

/** Numbers that are not called. An entry that has expired is as good as none, and goes in time. */
export interface SuppressionStore {
  /** Adds them or takes the place of what stands there, all or nothing. */
  put(suppressions: readonly Suppression[]): Promise<void>;
  /**
   * @param createdAt of the entry that is to go; null: whatever is there
   * @returns false: it was not on the list, or not this entry
   */
  remove(number: string, createdAt: number | null): Promise<boolean>;
  get(number: string, now: number): Promise<Suppression | null>;
  list(query: SuppressionQuery): Promise<Page<Suppression>>;
  /** Deletes what has expired. */
  purge(now: number): Promise<void>;
}

/** Sums in sliding windows, shared by all nodes. */
export interface UsageStore {
  /**
   * Adds all of them, or nothing where one would come above its `max`.
   * @returns index of the first without room; null: all were added
   */
  take(changes: readonly UsageChange[]): Promise<number | null>;
  /** Whatever the sums are; amounts may be negative. */
  add(changes: readonly UsageChange[]): Promise<void>;
  /** Of each of them, the sum in its window now. */
  totals(changes: readonly UsageChange[]): Promise<number[]>;
  /** Deletes what is in no window any more. */
  purge(now: number): Promise<void>;
}

export interface SwitchStore {
  load(): Promise<Switches>;
  /** All or nothing. @returns all as they stand then */
  set(changes: readonly SwitchChange[]): Promise<Switches>;
}

export interface Store {
  callbacks: CallbackStore;
  configuration: ConfigurationStore;
  flowVersions: FlowVersionStore;
  registrations: RegistrationStore;
  /** Small named values: administrator's password hash, keys. */
  settings: SettingStore;
  suppressions: SuppressionStore;
  usage: UsageStore;
  switches: SwitchStore;
  /** Users, keys, sessions and the like. */
  documents: DocumentStore;
  /** Who changed what, what went wrong, what was delivered. */
  journal: JournalStore;
  /** Where recordings are. */
  recordings: RecordingIndex;
  /** Takes away what is old, or is to be forgotten. */
  retention: RetentionStore;
  /** Null: this process alone has the store. */
  nodes: Nodes | null;
  /** false while the last write failed. */
  healthy(): boolean;
  /** Bytes of its files on this machine: `database`, `log`; none where a server keeps them. */
  fileSizes(): Record<string, number>;
  close(): Promise<void>;
}
