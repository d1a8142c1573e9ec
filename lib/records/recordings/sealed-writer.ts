import type { FileHandle } from 'node:fs/promises';
import { type PieceKind, Seal, type SealedHead } from './sealed-format.ts';

/** So many pieces at most are lost with the power; with the process alone none of them. */
const SYNC_EVERY = 10;

/** Writes a sealed file, piece by piece: one that could not be written whole is taken back. */
export class SealedWriter {
  readonly #file: FileHandle;
  readonly #seal: Seal;
  readonly #head: Buffer;
  #place = 0;
  #bytes = 0;
  #isBroken = false;

  constructor(file: FileHandle, head: SealedHead, key: Buffer) {
    this.#file = file;
    this.#head = head.bytes;
    this.#seal = new Seal(head, key);
  }

  /** Of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Goes on behind what is there. */
  resume(at: { place: number; bytes: number }): void {
    this.#place = at.place;
    this.#bytes = at.bytes;
  }

  /** The head, and what the file is. */
  async begin(label: string): Promise<void> {
    await this.#append(Buffer.concat([this.#head, this.#seal.seal('label', 0, Buffer.from(label))]));
    this.#place = 1;
  }

  async write(kind: Exclude<PieceKind, 'label'>, text: Uint8Array): Promise<void> {
    await this.#append(this.#seal.seal(kind, this.#place, text));
    this.#place += 1;
    if (this.#place % SYNC_EVERY === 0) await this.#file.datasync();
  }

  async close(): Promise<void> {
    try {
      if (!this.#isBroken) await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, this.#bytes + written);
        written += bytesWritten;
      }
      this.#bytes += bytes.length;
    } catch (error) {
      this.#isBroken = true;
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
  }
}
