/** Passwords that stand elsewhere: read when they are needed, never kept. */

import { readFileSync, statSync } from 'node:fs';
import type { Secret } from '../core/configuration.ts';
import type { Parsed } from './address.ts';
import type { Environment } from './serve-config.ts';

const LARGEST_FILE_BYTES = 4096;

function fromFile(path: string): Parsed<string> {
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size > LARGEST_FILE_BYTES)
      return { ok: false, message: `the password file ${path} is no file of at most ${LARGEST_FILE_BYTES} bytes` };
    return { ok: true, value: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { ok: false, message: `the password file ${path} can't be read (${code})` };
  }
}

/** A file's last line end is no part of the password. */
export function resolveSecret(secret: Secret, environment: Environment): Parsed<string> {
  if (typeof secret === 'string') return { ok: true, value: secret };
  if ('file' in secret) return fromFile(secret.file);
  const value = environment[secret.env];
  if (value !== undefined && value !== '') return { ok: true, value };
  return { ok: false, message: `the environment variable ${secret.env}, which has a password, is not set` };
}
