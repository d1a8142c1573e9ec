import { Buffer } from 'node:buffer';

/**
 * A copy for keeping. Small buffers are cut from slabs of 8 kB that live as long as any piece of them, and substrings keep
 * the whole message alive; a transaction that waits 32 s for repeats must not hold either.
 */
export function retainedBytes(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

export function retainedText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
