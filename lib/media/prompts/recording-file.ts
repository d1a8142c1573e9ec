/** Recordings on disk: whole or not at all, whenever the power goes. */

import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** @param path below the directory, of names that were checked */
export async function writeRecording(directory: string, path: string, content: Buffer): Promise<void> {
  const target = join(directory, path);
  const folder = dirname(target);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Not `.wav`: nobody takes it for a recording.
  const temporary = join(folder, `.${randomBytes(9).toString('base64url')}.part`);
  try {
    await writeWhole(temporary, content);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await synced(folder);
}

async function writeWhole(path: string, content: Buffer): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(content);
  await file.sync();
}

export async function removeRecording(directory: string, path: string): Promise<void> {
  const target = join(directory, path);
  await rm(target, { force: true });
  await synced(dirname(target));
}

/** The name of a file is kept in its folder. */
async function synced(folder: string): Promise<void> {
  await using directory = await open(folder, 'r');
  await directory.sync();
}
