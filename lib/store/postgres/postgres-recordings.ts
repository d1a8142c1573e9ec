import type { CompiledQuery } from 'kysely';
import type { RecordingIndex } from '../../ports/recordings.ts';
import { recordingIndex } from '../recording-queries.ts';
import { postgresCompiler } from '../schema.ts';
import type { Database } from './database.ts';
import type { Row } from './write-line.ts';

/** Each write may be repeated: it is the same afterwards. */
export function postgresRecordings(database: Database): RecordingIndex {
  const run = <R>({ sql, parameters }: CompiledQuery<R>) => database.read<R & Row>(sql, parameters);
  return recordingIndex(postgresCompiler(), { read: run, write: async (query) => (await run(query)).length });
}
