/**
 * Uploaded recordings. The store has them, so that every node of it does; a folder of this node has a copy of each, for the
 * media to play. A recording lies in the store in portions: a write of some hundred kilobytes keeps no accepted call waiting.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { DocumentStore, StoredDocument } from '../../ports/documents.ts';
import type { Log } from '../../ports/log.ts';
import { EVERY_LANGUAGE } from '../../ports/prompts.ts';
import { removeRecording, writeRecording } from './recording-file.ts';
import { promptFiles } from './recording-folder.ts';

export interface StoredPromptOptions {
  documents: DocumentStore;
  /** Of this node's copies; nothing else belongs in it. */
  directory: string;
  clock: Clock;
  log: Log;
  /** Other nodes may upload: it is looked for so often; null: this one is alone. */
  lookEveryMs: number | null;
}

export interface StoredPrompt {
  language: string;
  name: string;
  seconds: number;
  bytes: number;
  /** SHA-256 of the file, hexadecimal: its portions lie under it. */
  digest: string;
  portions: number;
  uploadedAt: number;
  uploadedBy: string | null;
}

const PORTION_BYTES = 192 * 1024;

const keyOf = (language: string, name: string) => `${language}/${name}`;
const digestOf = (wav: Buffer) => createHash('sha256').update(wav).digest('hex');

function promptOf({ name: key, body, updatedAt }: StoredDocument): StoredPrompt {
  const slash = key.indexOf('/');
  const { seconds, bytes, digest, portions, uploadedBy } = body as unknown as StoredPrompt;
  const name = key.slice(slash + 1);
  return { language: key.slice(0, slash), name, seconds, bytes, digest, portions, uploadedBy, uploadedAt: updatedAt };
}

/** Where it lies below the folder of copies. */
function pathOf({ language, name }: Pick<StoredPrompt, 'language' | 'name'>): string {
  return language === EVERY_LANGUAGE ? `${name}.wav` : `${language}/${name}.wav`;
}

export class StoredPrompts {
  readonly #options: StoredPromptOptions;
  /** What this node has copies of: digests by path. */
  readonly #copies = new Map<string, string>();
  /** The end of the last look: one waits for the other. */
  #last: Promise<unknown> = Promise.resolve();
  #cancelLook: (() => void) | null = null;
  #isStopped = false;

  constructor(options: StoredPromptOptions) {
    this.#options = options;
  }

  /** Rejects with StoreUnavailable. */
  async start(): Promise<void> {
    for (const { path, content } of await promptFiles(this.#options.directory))
      this.#copies.set(path, digestOf(await content()));
    await this.look();
    this.#lookAgain();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLook?.();
  }

  #lookAgain(): void {
    const { clock, log, lookEveryMs } = this.#options;
    if (lookEveryMs === null || this.#isStopped) return;
    this.#cancelLook = clock.after(lookEveryMs, () => {
      this.look()
        .catch((error: unknown) => log.warn({ err: error }, 'uploaded prompts could not be looked for'))
        .finally(() => this.#lookAgain());
    });
  }

  async all(): Promise<StoredPrompt[]> {
    const { documents, clock } = this.#options;
    return (await documents.all('prompt', clock.now())).map(promptOf);
  }

  async get(language: string, name: string): Promise<StoredPrompt | null> {
    const { documents, clock } = this.#options;
    const found = await documents.get('prompt', keyOf(language, name), clock.now());
    return found === null ? null : promptOf(found);
  }

  /** @returns null: somebody else has changed it meanwhile */
  async put(
    given: Omit<StoredPrompt, 'digest' | 'portions' | 'uploadedAt'>,
    wav: Buffer,
  ): Promise<StoredPrompt | null> {
    const { documents, clock } = this.#options;
    const { language, name, seconds, bytes, uploadedBy } = given;
    const key = keyOf(language, name);
    const before = await documents.get('prompt', key, clock.now());
    const digest = digestOf(wav);
    const portions = Math.ceil(wav.length / PORTION_BYTES);
    for (let index = 0; index < portions; index += 1) {
      const data = wav.subarray(index * PORTION_BYTES, (index + 1) * PORTION_BYTES).toString('base64');
      await this.#putDocument('prompt-sound', `${digest}/${index}`, { data }, null);
    }
    const body = { seconds, bytes, digest, portions, uploadedBy };
    const isStored = await this.#putDocument('prompt', key, body, before?.version ?? 0);
    // Of two that were given at once one is kept, with its portions alone
    if (!isStored) await this.#forget({ digest, portions });
    else if (before !== null) await this.#forget(promptOf(before));
    const failure = (await this.look()).get(pathOf(given));
    if (failure !== undefined) throw failure;
    return isStored ? this.get(language, name) : null;
  }

  async #putDocument(
    kind: 'prompt' | 'prompt-sound',
    name: string,
    body: Record<string, unknown>,
    expected: number | null,
  ): Promise<boolean> {
    const { documents, clock } = this.#options;
    const put = await documents.put({ kind, name, body, expiresAt: null, now: clock.now(), expected });
    return put.result === 'stored';
  }

  async remove(language: string, name: string): Promise<boolean> {
    const found = await this.get(language, name);
    if (found === null || !(await this.#options.documents.remove('prompt', keyOf(language, name), null))) return false;
    await this.#forget(found);
    await this.look();
    return true;
  }

  /** The same sound may be another prompt's, too. */
  async #forget({ digest, portions }: Pick<StoredPrompt, 'digest' | 'portions'>): Promise<void> {
    if ((await this.all()).some((prompt) => prompt.digest === digest)) return;
    for (let index = 0; index < portions; index += 1)
      await this.#options.documents.remove('prompt-sound', `${digest}/${index}`, null);
  }

  /** Makes the copies what the store has. @returns what went wrong, by path: one that fails keeps no other from being heard */
  look(): Promise<ReadonlyMap<string, unknown>> {
    const turn = this.#last.then(() => this.#look());
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #look(): Promise<ReadonlyMap<string, unknown>> {
    const { log } = this.#options;
    const wanted = new Map((await this.all()).map((prompt) => [pathOf(prompt), prompt]));
    const stale = [...this.#copies.keys()].filter((path) => !wanted.has(path));
    const fresh = [...wanted].filter(([path, { digest }]) => this.#copies.get(path) !== digest);
    const failures = new Map<string, unknown>();
    const failed = (path: string) => (error: unknown) => {
      failures.set(path, error);
      log.error({ err: error, path }, 'the copy of an uploaded prompt is not what the store has');
    };
    for (const path of stale) await this.#remove(path).catch(failed(path));
    for (const [path, prompt] of fresh) await this.#copy(path, prompt).catch(failed(path));
    return failures;
  }

  async #remove(path: string): Promise<void> {
    await removeRecording(this.#options.directory, path);
    this.#copies.delete(path);
  }

  async #copy(path: string, { digest, portions }: StoredPrompt): Promise<void> {
    const { documents, clock, directory, log } = this.#options;
    const read: Buffer[] = [];
    for (let index = 0; index < portions; index += 1) {
      const portion = await documents.get('prompt-sound', `${digest}/${index}`, clock.now());
      read.push(Buffer.from(String(portion?.body['data'] ?? ''), 'base64'));
    }
    const wav = Buffer.concat(read);
    if (digestOf(wav) !== digest) {
      // It was replaced while it was read: the next look finds the new one.
      log.warn({ path }, 'an uploaded prompt is not whole in the store');
      return;
    }
    await writeRecording(directory, path, wav);
    this.#copies.set(path, digest);
  }
}
