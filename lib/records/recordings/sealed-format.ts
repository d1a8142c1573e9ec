/**
 * A sealed file: a head, and pieces that follow each other.
 *
 *   head    magic (8), key id (8), salt (16)
 *   piece   kind (1), length of the sealed text (4), tag (16), sealed text
 *
 * Each file has a key of its own, derived from the key and its salt (HKDF-SHA-256), and each piece a nonce that is its kind and
 * its place. The head, the kind and the place are sealed with it (AES-256-GCM): nobody can change, swap, repeat or leave out
 * a piece. The last one is of kind `end` and tells how much there is, so that a file can't be cut unnoticed either.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const MAGIC = Buffer.from('DCBREC01', 'latin1');
const KEY_ID_BYTES = 8;
const SALT_BYTES = 16;
export const HEAD_BYTES = MAGIC.length + KEY_ID_BYTES + SALT_BYTES;
const TAG_BYTES = 16;
export const PIECE_HEAD_BYTES = 1 + 4 + TAG_BYTES;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';
/** Nothing that we write is as long; a length beyond it is no length. */
export const MOST_PIECE_BYTES = 1 << 20;

export const KINDS = { label: 1, audio: 2, end: 3 } as const;
export type PieceKind = keyof typeof KINDS;

export interface SealedHead {
  bytes: Buffer;
  keyId: string;
}

export function newHead(keyId: string): SealedHead {
  return { bytes: Buffer.concat([MAGIC, Buffer.from(keyId, 'hex'), randomBytes(SALT_BYTES)]), keyId };
}

/** Null: it is none of ours. */
export function headOf(bytes: Buffer): SealedHead | null {
  if (bytes.length !== HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const keyId = bytes.subarray(MAGIC.length, MAGIC.length + KEY_ID_BYTES).toString('hex');
  return { bytes, keyId };
}

/** Seals and opens the pieces of one file. */
export class Seal {
  readonly #head: Buffer;
  readonly #key: Buffer;

  constructor({ bytes }: SealedHead, key: Buffer) {
    this.#head = bytes;
    const salt = bytes.subarray(HEAD_BYTES - SALT_BYTES);
    this.#key = Buffer.from(hkdfSync('sha256', key, salt, 'drachtio-callback recording', 32));
  }

  #bound(kind: PieceKind, place: number): { nonce: Buffer; beside: Buffer } {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUInt8(KINDS[kind], 0);
    nonce.writeUInt32BE(place, NONCE_BYTES - 4);
    return { nonce, beside: Buffer.concat([this.#head, nonce]) };
  }

  /** @returns the piece with its head */
  seal(kind: PieceKind, place: number, text: Uint8Array): Buffer {
    const { nonce, beside } = this.#bound(kind, place);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(beside);
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    const head = Buffer.alloc(5);
    head.writeUInt8(KINDS[kind], 0);
    head.writeUInt32BE(sealed.length, 1);
    return Buffer.concat([head, cipher.getAuthTag(), sealed]);
  }

  /** @param piece with its head. Null: it is not what was written there. */
  open(kind: PieceKind, place: number, piece: Buffer): Buffer | null {
    const { nonce, beside } = this.#bound(kind, place);
    const tag = piece.subarray(5, PIECE_HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES }).setAAD(beside);
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(piece.subarray(PIECE_HEAD_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  }
}
