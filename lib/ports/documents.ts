/** What is administered beside the configuration: users, keys, sessions, webhooks. Few, small, each one JSON body. */

export type DocumentKind =
  | 'user'
  | 'api-key'
  | 'session'
  | 'cors-origin'
  | 'webhook'
  | 'webhook-cursor'
  | 'hold'
  | 'retention'
  | 'saved-view'
  /** An address at which a phone fetches its settings once. */
  | 'provisioning'
  /** A number that is being erased: what is left to do of it. */
  | 'erasure'
  /** An uploaded recording: what it is. */
  | 'prompt'
  /** A portion of one. */
  | 'prompt-sound';

export interface StoredDocument {
  kind: DocumentKind;
  name: string;
  /** From 1; goes up with each write. */
  version: number;
  /** JSON-safe. */
  body: Record<string, unknown>;
  createdAt: number;
  updatedAt: number;
  /** From then on it is as good as none, and goes in time; null: never. */
  expiresAt: number | null;
}

export interface DocumentWrite {
  kind: DocumentKind;
  name: string;
  body: Record<string, unknown>;
  expiresAt: number | null;
  now: number;
  /** The version that is replaced; 0: none may be there; null: whatever is there. */
  expected: number | null;
}

export interface DocumentStore {
  /** `stale`: another version is there, or none; nothing was written. */
  put(write: DocumentWrite): Promise<{ result: 'stored'; version: number } | { result: 'stale' }>;
  get(kind: DocumentKind, name: string, now: number): Promise<StoredDocument | null>;
  /** By name. */
  all(kind: DocumentKind, now: number): Promise<StoredDocument[]>;
  /** @param expected as in DocumentWrite, but never 0. @returns false: it is not there in this version */
  remove(kind: DocumentKind, name: string, expected: number | null): Promise<boolean>;
  /** Deletes what has expired. */
  purge(now: number): Promise<void>;
}

export type JournalKind = 'audit' | 'error' | 'delivery';

/** What happened, for people who ask later: who changed what, what went wrong, what was delivered. */
export interface JournalEntry {
  kind: JournalKind;
  at: number;
  /** Who did it; null: nobody in particular. */
  actor: string | null;
  /** What it was about: `callback-rules/Callback geral`, the name of a webhook. */
  subject: string;
  correlationId: string | null;
  /** JSON-safe, no secrets. */
  body: Record<string, unknown>;
}

export interface SequencedJournalEntry extends JournalEntry {
  sequence: number;
}

export interface JournalQuery {
  kind: JournalKind;
  /** His whole name, case aside. */
  actor?: string;
  /** Exactly this, or what is under it: `callbacks` finds `callbacks/1`. */
  subject?: string;
  correlationId?: string;
  /** Anywhere in subject, body or correlation id, case aside. */
  text?: string;
  /** Inclusive / exclusive. */
  from?: number;
  to?: number;
  /** Left out: the latest first. */
  oldestFirst?: boolean;
  page: number;
  pageSize: number;
}

export interface JournalStore {
  append(entries: readonly JournalEntry[]): Promise<void>;
  list(query: JournalQuery): Promise<{ items: SequencedJournalEntry[]; total: number; page: number; pageSize: number }>;
  get(kind: JournalKind, sequence: number): Promise<SequencedJournalEntry | null>;
  /** Deletes at most `most` of what is older than `before`. @returns how many */
  purge(kind: JournalKind, before: number, most: number): Promise<number>;
  /** Goes through the entries of all kinds, the oldest first, and changes what `changed` has another text for, all or nothing. */
  revise(portion: JournalPortion): Promise<{ revised: number; next: number | null }>;
}

/** What of an entry may name somebody; `body` as JSON. */
export interface JournalText {
  subject: string;
  body: string;
}

export interface JournalPortion {
  /** Entries behind this one; 0: from the first. */
  after: number;
  most: number;
  /** Of this instant and before. */
  until: number;
  /** Null: it stays as it is. */
  changed: (entry: JournalText) => JournalText | null;
}
