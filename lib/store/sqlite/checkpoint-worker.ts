/** A thread that copies the write-ahead log into the database file. Any message asks for one run; `close` ends it. */

import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** null: done; else why not. */
export type CheckpointReport = { failure: string | null };

const database = new Database(String(workerData), { fileMustExist: true, timeout: 0 });
database.pragma('synchronous = FULL');

function checkpoint(): CheckpointReport {
  try {
    // PASSIVE never waits for the writer and never makes it wait.
    database.pragma('wal_checkpoint(PASSIVE)');
    return { failure: null };
  } catch (error) {
    return { failure: String(error) };
  }
}

parentPort?.on('message', (message: unknown) => {
  if (message === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(checkpoint());
});
