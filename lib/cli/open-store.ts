import type { Log } from '../ports/log.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
export const openStore = (directory: string, log: Log) => openSqliteStore({ directory, log });
