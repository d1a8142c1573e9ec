import { PromptShelf } from '../media/prompts/prompt-shelf.ts';
import { StoredPrompts } from '../media/prompts/stored-prompts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { PromptService } from '../ports/prompts.ts';
import type { Store } from '../ports/store.ts';
import { promptDirectories } from './prompt-directories.ts';

export interface OpenPromptOptions {
  config: { dataDirectory: string; database: unknown };
  store: Pick<Store, 'documents'>;
  clock: Clock;
  log: Log;
}

/** What another node was given is here that soon. */
const LOOK_EVERY_MS = 10_000;

/** The recordings, and copies of those that the store has. */
export async function openPrompts({
  config,
  store,
  clock,
  log,
}: OpenPromptOptions): Promise<{ prompts: PromptService; stop(): void }> {
  const directories = promptDirectories(config.dataDirectory);
  const stored = new StoredPrompts({
    documents: store.documents,
    directory: directories.find(({ origin }) => origin === 'uploaded')!.path,
    clock,
    log,
    lookEveryMs: config.database === null ? null : LOOK_EVERY_MS,
  });
  await stored.start();
  return { prompts: new PromptShelf({ directories, stored }), stop: () => stored.stop() };
}
