import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { OpenLeg } from '../core/cdr/cdr.ts';
import { AppendFile } from './append-file.ts';

/** More lines than this, and four times as many as legs: the file is written anew. */
const MOST_LINES = 10_000;

type Entry = { leg: OpenLeg } | { end: string } | { alive: number };

/** The legs that a former process left up, and the last instant at which it is known to have lived. */
export interface LeftLegs {
  legs: OpenLeg[];
  lastKnownAt: number;
}

/** Which legs are up, written down as they come and go: what a crash leaves of them is read at the next start. */
export class OpenLegs {
  readonly #path: string;
  readonly #legs = new Map<string, OpenLeg>();
  #file: AppendFile | null = null;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get count(): number {
    return this.#legs.size;
  }

  /** What is left by a former process. It stays written down until it is ended. */
  async read(): Promise<LeftLegs> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    let lastKnownAt = 0;
    for (const entry of text.split('\n').flatMap(entryOf)) {
      if ('alive' in entry) lastKnownAt = Math.max(lastKnownAt, entry.alive);
      else if ('end' in entry) this.#legs.delete(entry.end);
      else this.#legs.set(entry.leg.id, entry.leg);
    }
    const legs = [...this.#legs.values()];
    const known = legs.flatMap(({ startedAt, ringingAt, answeredAt }) => [startedAt, ringingAt ?? 0, answeredAt ?? 0]);
    return { legs, lastKnownAt: known.reduce((latest, at) => Math.max(latest, at), lastKnownAt) };
  }

  async write(changes: { up: readonly OpenLeg[]; ended: readonly string[]; now: number }): Promise<void> {
    const { up, ended, now } = changes;
    for (const leg of up) this.#legs.set(leg.id, leg);
    const known = ended.filter((id) => this.#legs.delete(id));
    if (up.length + known.length === 0) return;
    await this.#append([...up.map((leg) => ({ leg })), ...known.map((end) => ({ end })), { alive: now }]);
  }

  /** It is still here. */
  async alive(now: number): Promise<void> {
    if (this.#legs.size > 0) await this.#append([{ alive: now }]);
  }

  /** Those that are up become others of the same ids; what is written down is left to who has the file changed. */
  revise(changed: (leg: OpenLeg) => OpenLeg): void {
    for (const [id, leg] of this.#legs) this.#legs.set(id, changed(leg));
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    if (this.#legs.size === 0) await rm(this.#path, { force: true });
  }

  async #append(entries: Entry[]): Promise<void> {
    if (this.#lines > MOST_LINES && this.#lines > 4 * this.#legs.size) return this.#rewrite(entries);
    this.#file ??= await AppendFile.open(this.#path);
    await this.#file.append(textOf(entries));
    this.#lines += entries.length;
  }

  /** A crash in between leaves the old file or the new one. */
  async #rewrite(latest: Entry[]): Promise<void> {
    const alive = latest.filter((entry) => 'alive' in entry);
    const entries = [...[...this.#legs.values()].map((leg) => ({ leg })), ...alive];
    const fresh = `${this.#path}.${randomUUID()}`;
    const handle = await open(fresh, 'w', 0o640);
    try {
      await handle.writeFile(textOf(entries));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#path);
    await this.#file?.close();
    this.#file = null;
    this.#lines = entries.length;
  }
}

const textOf = (entries: readonly Entry[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** The last line of a crashed process may be half a one. */
function entryOf(line: string): Entry[] {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? [entry as Entry] : [];
  } catch {
    return [];
  }
}
