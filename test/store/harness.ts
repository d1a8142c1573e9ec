import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../lib/ports/log.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import type { StoreHarness } from './contract.ts';

export interface RecordingLog extends Log {
  lines: string[];
  /** Resolves when a line that holds `text` is there. */
  told(text: string): Promise<void>;
}

/** A log that keeps what it was told, its children's lines included. */
export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const waiting: Array<() => void> = [];
  const add = (level: string) => (_fields: object, text: string) => {
    lines.push(`${level}: ${text}`);
    for (const look of waiting) look();
  };
  const log: RecordingLog = {
    lines,
    debug: add('debug'),
    info: add('info'),
    warn: add('warn'),
    error: add('error'),
    child: () => log,
    told: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (lines.some((line) => line.includes(text))) resolve();
        };
        waiting.push(look);
        look();
      }),
  };
  return log;
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
