import type { CompiledQuery } from 'kysely';
import type { RecordingIndex } from '../../ports/recordings.ts';
import { recordingIndex } from '../recording-queries.ts';
import { sqliteCompiler } from '../schema.ts';
import type { Connection } from './connection.ts';

export function sqliteRecordings(connection: Connection): RecordingIndex {
  const { database } = connection;
  return recordingIndex(sqliteCompiler(), {
    read: <Row>({ sql, parameters }: CompiledQuery<Row>) =>
      connection.read(() => database.prepare<unknown[], Row>(sql).all(...parameters)),
    write: ({ sql, parameters }) =>
      connection.write(() => {
        const statement = database.prepare<unknown[]>(sql);
        return statement.reader ? statement.all(...parameters).length : statement.run(...parameters).changes;
      }),
  });
}
