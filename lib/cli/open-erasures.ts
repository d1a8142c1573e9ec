import { join } from 'node:path';
import { Erasures, type ErasuresOptions } from '../app/erasures.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import type { RecordKeeper } from '../ports/erasure.ts';
import { leftFiles } from '../records/forgotten-lines.ts';
import { SHADOW_FILES } from '../records/shadow-log.ts';
import { traceSeal } from '../system/trace-seal.ts';
import type { OpenRecordings } from './open-recordings.ts';

export interface OpenErasuresOptions extends Pick<ErasuresOptions, 'store' | 'callbacks' | 'clock' | 'log'> {
  config: ServeConfig;
  cdr: RecordKeeper;
  /** Null: the server works; it may have been in the shadow before. */
  shadow: RecordKeeper | null;
  messages: RecordKeeper;
  recordings: OpenRecordings;
}

/** What of a person is in the store, and in the files of this node. */
export function openErasures(options: OpenErasuresOptions): Erasures {
  const { config, cdr, shadow, messages, recordings, store, callbacks, clock, log } = options;
  const records = [
    messages,
    cdr,
    recordings.shelf,
    shadow ?? leftFiles(join(config.dataDirectory, 'shadow'), SHADOW_FILES),
  ];
  return new Erasures({
    ...{ store, callbacks, records, seal: traceSeal, clock },
    log: log.child({ room: 'retention' }),
  });
}
