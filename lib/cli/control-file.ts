/** How commands on the same machine reach the server that owns a data directory: `DATA/control.json`, readable by its owner only. */

import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Control {
  /** Base URL of the API: `http://127.0.0.1:8080`. */
  http: string;
  /** An administrator's key of this run of the server. */
  key: string;
}

const CONTROL_FILE = 'control.json';
const OWNER_ONLY = 0o600;

/** Replaces what a former run left. */
export function writeControlFile(directory: string, control: Control): void {
  const path = join(directory, CONTROL_FILE);
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(control)}\n`, { mode: OWNER_ONLY });
  // the mode above is only for a file that was not there
  chmodSync(fresh, OWNER_ONLY);
  renameSync(fresh, path);
}

export function removeControlFile(directory: string): void {
  rmSync(join(directory, CONTROL_FILE), { force: true });
}

/** Null: there is none, or none that can be read. */
export function readControlFile(directory: string): Control | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, CONTROL_FILE), 'utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const { http, key } = value as Record<string, unknown>;
    return typeof http === 'string' && /^http:\/\//.test(http) && typeof key === 'string' ? { http, key } : null;
  } catch {
    return null;
  }
}
