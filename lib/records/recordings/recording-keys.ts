/**
 * The keys of recordings. The first one seals what is recorded from now on; the others still open what was sealed with them, so
 * that a new key is put before them and nothing has to be written again.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;

export interface RecordingKeys {
  /** The id of the key that seals. */
  currentId: string;
  /** Null: there is no such key here. */
  keyOf(keyId: string): Buffer | null;
}

export class RecordingKeyError extends Error {}

function keyIdOf(key: Buffer): string {
  return createHash('sha256')
    .update('recording key')
    .update(key)
    .digest('hex')
    .slice(0, KEY_ID_BYTES * 2);
}

function keyFrom(text: string, where: string): Buffer {
  const key = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64');
  if (key.length !== KEY_BYTES)
    throw new RecordingKeyError(`${where} has something that is no key: 32 bytes, as base64 or 64 hexadecimal digits`);
  return key;
}

function keysIn(text: string, where: string): Buffer[] {
  const lines = text.split(/[\n,]/).map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '').map((line) => keyFrom(line, where));
}

/** Made if it is not there. A process that dies meanwhile may leave an empty one: it is refused, and nothing was sealed with it. */
function fileText(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0)
    throw new RecordingKeyError(`${path} can be read by others than its owner: chmod 600 ${path}`);
  return readFileSync(path, 'utf8');
}

/**
 * @param given CALLBACK_RECORDING_KEY: it comes before those of the file; null: the file's alone
 * @throws RecordingKeyError, or the error of the file system
 */
export function recordingKeys(path: string, given: string | null): RecordingKeys {
  const own = given === null ? [] : keysIn(given, 'CALLBACK_RECORDING_KEY');
  const all = [...own, ...keysIn(fileText(path), path)];
  const first = all[0];
  if (first === undefined) throw new RecordingKeyError(`${path} has no key`);
  const byId = new Map(all.map((key) => [keyIdOf(key), key]));
  return { currentId: keyIdOf(first), keyOf: (keyId) => byId.get(keyId) ?? null };
}
