import { createHmac, randomBytes } from 'node:crypto';
import type { TraceSeal } from '../ports/erasure.ts';

const hashOf = (digits: string, salt: string): string =>
  createHmac('sha256', Buffer.from(salt, 'base64')).update(digits).digest('base64');

/** Hashes with a salt of their own. */
export const traceSeal: TraceSeal = {
  seal: ({ within, alone }) => {
    const salt = randomBytes(16).toString('base64');
    const mark = (isWithin: boolean) => (digits: string) => ({
      length: digits.length,
      isWithin,
      hash: hashOf(digits, salt),
    });
    return { salt, marks: [...within.map(mark(true)), ...alone.map(mark(false))] };
  },
  open: ({ salt, marks }) => {
    const isMarked = (digits: string, hash: string) => hashOf(digits, salt) === hash;
    return (digits) =>
      marks.some(({ length, isWithin, hash }) => {
        if (!isWithin) return digits.length === length && isMarked(digits, hash);
        const windows = Math.max(0, digits.length - length + 1);
        return Array.from({ length: windows }, (_, at) => digits.slice(at, at + length)).some((window) =>
          isMarked(window, hash),
        );
      });
  },
};
