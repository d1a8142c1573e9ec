import { type FileHandle, open, stat } from 'node:fs/promises';

const TAIL_BYTES = 1024 * 1024;

/**
 * A file of lines that only grows. A line that was cut by a crash, or that a full disk did not take whole, is taken away
 * again: what stands in the file is whole lines.
 */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** Up to here the file is right. */
  #size: number;
  #synced: number;

  private constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#size = size;
    this.#synced = size;
  }

  /** @param header stands first in a new file */
  static async open(path: string, header = ''): Promise<AppendFile> {
    const handle = await open(path, 'a+', 0o640);
    try {
      const size = await wholeLines(handle);
      const file = new AppendFile(path, handle, size);
      if (size === 0 && header !== '') await file.append(header);
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** All of it, or nothing. */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#handle.write(bytes, done, bytes.length - done)).bytesWritten;
      }
    } catch (error) {
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** To the disk, if there is anything new. */
  async sync(): Promise<void> {
    const size = this.#size;
    if (size === this.#synced) return;
    await this.#handle.datasync();
    this.#synced = size;
  }

  /** Somebody has moved or removed it: what is appended here would be lost. */
  async isGone(): Promise<boolean> {
    const [here, there] = await Promise.all([this.#handle.stat(), stat(this.path).catch(() => null)]);
    return there === null || there.ino !== here.ino || there.dev !== here.dev;
  }

  async close(): Promise<void> {
    await this.sync().catch(() => undefined);
    await this.#handle.close();
  }
}

/** Takes away what stands after the last line end. @returns the size that is left */
async function wholeLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = from + buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  if (end < size) await handle.truncate(end);
  return end;
}
