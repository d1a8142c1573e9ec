import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it that are missing. Node's own `recursive` never comes to an end where the kernel
 * says ENOENT although the parent is there (`/proc/x`); this throws it.
 * @returns the topmost directory that was made; null: it was there
 * @throws the error of the file system, with its `code`
 */
export function makeDirectory(path: string, mode: number): string | null {
  const directory = resolve(path);
  try {
    mkdirSync(directory, { mode });
    return directory;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return null;
    const parent = dirname(directory);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    const made = makeDirectory(parent, mode);
    makeDirectory(directory, mode);
    return made;
  }
}
