/** Opens the store in the directory given and prints what became of it. */

import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { recordingLog } from './harness.ts';

try {
  const store = await openSqliteStore({ directory: process.argv[2]!, log: recordingLog() });
  await store.close();
  process.stdout.write('opened\n');
} catch (error) {
  const { code, message } = error as Error & { code: string };
  process.stdout.write(`${code} ${message}\n`);
}
