import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../lib/ports/log.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import type { StoreHarness } from './contract.ts';

/** A log that keeps what it was told. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const add = (level: string) => (_fields: object, text: string) => void lines.push(`${level}: ${text}`);
  const log = { lines, debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') };
  return { ...log, child: () => recordingLog() };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'callback-store-'));
}

export function memoryHarness(): StoreHarness {
  return {
    open: () => openSqliteStore({ directory: ':memory:', log: recordingLog() }),
    reopen: null,
    dispose: async () => undefined,
  };
}

export function directoryHarness(): StoreHarness {
  const made: string[] = [];
  const open = (directory: string) => openSqliteStore({ directory, log: recordingLog() });
  return {
    open: () => {
      made.push(temporaryDirectory());
      return open(made.at(-1)!);
    },
    reopen: async (store) => {
      await store.close();
      return open(made.at(-1)!);
    },
    dispose: async () => {
      for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
    },
  };
}
