import { Buffer } from 'node:buffer';

/**
 * A copy for keeping. Substrings keep the whole message alive; a transaction that waits 32 s for repeats must not hold it.
 */
export function retainedText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
