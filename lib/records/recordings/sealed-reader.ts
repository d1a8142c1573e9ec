import type { FileHandle } from 'node:fs/promises';
import {
  HEAD_BYTES,
  headOf,
  KINDS,
  MOST_PIECE_BYTES,
  PIECE_HEAD_BYTES,
  type PieceKind,
  Seal,
  type SealedHead,
} from './sealed-format.ts';

interface Piece {
  kind: PieceKind;
  place: number;
  /** In the file, its head included. */
  at: number;
  bytes: number;
  /** Where its text begins among that of the audio. */
  textAt: number;
  textBytes: number;
}

const KIND_OF = new Map<number, PieceKind>(Object.entries(KINDS).map(([kind, number]) => [number, kind as PieceKind]));

/** The end of a sealed file. */
export interface SealedEnd {
  /** Of the audio. */
  bytes: number;
}

/** What stands in a sealed file, found by the heads of its pieces; a piece is opened when it is read. */
export class SealedReader {
  readonly #file: FileHandle;
  readonly #seal: Seal;
  readonly #pieces: Piece[];
  readonly head: SealedHead;
  /** All whole pieces end here; behind it is what a dying process left. */
  readonly wholeBytes: number;

  private constructor(file: FileHandle, parts: { seal: Seal; pieces: Piece[]; head: SealedHead; wholeBytes: number }) {
    this.#file = file;
    this.#seal = parts.seal;
    this.#pieces = parts.pieces;
    this.head = parts.head;
    this.wholeBytes = parts.wholeBytes;
  }

  /** Null: it is no such file, or its key is not here. */
  static async open(file: FileHandle, keyOf: (keyId: string) => Buffer | null): Promise<SealedReader | null> {
    const head = headOf(await read(file, 0, HEAD_BYTES));
    const key = head && keyOf(head.keyId);
    if (head === null || key === null) return null;
    const { pieces, wholeBytes } = await piecesOf(file);
    return new SealedReader(file, { seal: new Seal(head, key), pieces, head, wholeBytes });
  }

  get audioBytes(): number {
    return this.#pieces.reduce((sum, { kind, textBytes }) => (kind === 'audio' ? sum + textBytes : sum), 0);
  }

  get pieces(): number {
    return this.#pieces.length;
  }

  /** Null: it can't be read, or is not there. */
  async label(): Promise<string | null> {
    const [first] = this.#pieces;
    const text = first?.kind === 'label' ? await this.#text(first) : null;
    return text === null ? null : text.toString('utf8');
  }

  /** Null: it has none, or not one that fits what stands before it. */
  async end(): Promise<SealedEnd | null> {
    const last = this.#pieces.at(-1);
    const text = last?.kind === 'end' ? await this.#text(last) : null;
    if (text === null) return null;
    const end = JSON.parse(text.toString('utf8')) as SealedEnd;
    return end.bytes === this.audioBytes ? end : null;
  }

  /** @param start of the audio, `end` included. Throws where a piece is not what was written. */
  async *audio(start: number, end: number): AsyncGenerator<Buffer> {
    for (const piece of this.#pieces) {
      const { kind, textAt, textBytes } = piece;
      if (kind !== 'audio' || textAt + textBytes <= start || textAt > end) continue;
      const text = await this.#text(piece);
      if (text === null) throw new Error('a piece of a recording is not what was written');
      yield text.subarray(Math.max(0, start - textAt), Math.min(textBytes, end + 1 - textAt));
    }
  }

  async #text({ kind, place, at, bytes }: Piece): Promise<Buffer | null> {
    return this.#seal.open(kind, place, await read(this.#file, at, bytes));
  }
}

async function piecesOf(file: FileHandle): Promise<{ pieces: Piece[]; wholeBytes: number }> {
  const { size } = await file.stat();
  const pieces: Piece[] = [];
  let at = HEAD_BYTES;
  let textAt = 0;
  while (at + PIECE_HEAD_BYTES <= size) {
    const head = await read(file, at, 5);
    const kind = KIND_OF.get(head[0] ?? 0);
    const textBytes = head.length === 5 ? head.readUInt32BE(1) : MOST_PIECE_BYTES + 1;
    const bytes = PIECE_HEAD_BYTES + textBytes;
    if (kind === undefined || textBytes > MOST_PIECE_BYTES || at + bytes > size) break;
    pieces.push({ kind, place: pieces.length, at, bytes, textAt, textBytes });
    if (kind === 'audio') textAt += textBytes;
    at += bytes;
  }
  return { pieces, wholeBytes: at };
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}
