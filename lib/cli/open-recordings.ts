import { join } from 'node:path';
import { RecordingDesk } from '../app/recording-desk.ts';
import { RecordingShelf } from '../app/recording-shelf.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { recordingKeys } from '../records/recordings/recording-keys.ts';
import { RecordingVault } from '../records/recordings/recording-vault.ts';
import { StartupError } from './startup-error.ts';

export interface OpenRecordingsOptions {
  config: Pick<ServeConfig, 'dataDirectory' | 'recordingKey'>;
  store: Pick<Store, 'recordings'>;
  clock: Clock;
  log: Log;
}

export interface OpenRecordings {
  desk: RecordingDesk;
  shelf: RecordingShelf;
}

/**
 * The recordings of this node; what a former process left is whole again.
 * @throws StartupError where its key or its folder can't be used
 */
export async function openRecordings({ config, store, clock, log }: OpenRecordingsOptions): Promise<OpenRecordings> {
  const { dataDirectory, recordingKey } = config;
  const directory = join(dataDirectory, 'recordings');
  try {
    const keys = recordingKeys(join(dataDirectory, 'keys', 'recordings.key'), recordingKey);
    const files = new RecordingVault({ directory, keys, log });
    const desk = new RecordingDesk({ files, index: store.recordings, clock, log });
    const shelf = new RecordingShelf({ files, index: store.recordings, desk, log });
    await shelf.start();
    return { desk, shelf };
  } catch (error) {
    throw new StartupError(`recordings can not be kept in ${directory}: ${(error as Error).message}`);
  }
}
