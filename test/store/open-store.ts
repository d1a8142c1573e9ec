/** Opens the store in the directory given, without root's rights, and prints what became of it. */

import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { recordingLog } from './harness.ts';

// Only here: as nobody it might not even reach this checkout, say in a home directory.
if (process.getuid?.() === 0) {
  // Loads the native part of the driver.
  await (await openSqliteStore({ directory: ':memory:', log: recordingLog() })).close();
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
try {
  const store = await openSqliteStore({ directory: process.argv[2]!, log: recordingLog() });
  await store.close();
  process.stdout.write('opened\n');
} catch (error) {
  const { code, message } = error as Error & { code: string };
  process.stdout.write(`${code} ${message}\n`);
}
