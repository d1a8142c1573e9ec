/** Whether bytes are one whole value in bencode, so that whoever decodes them meets no surprise. */

const DIGIT = { first: 0x30, last: 0x39 };
const [COLON, DICTIONARY, END, INTEGER, LIST, MINUS] = [0x3a, 0x64, 0x65, 0x69, 0x6c, 0x2d];
const MOST_NESTED = 32;
const MOST_DIGITS = 20;

export function isDictionary(bytes: Buffer, start: number): boolean {
  return bytes[start] === DICTIONARY && endOf(bytes, start, 0) === bytes.length;
}

/** @returns where the value that begins at `at` has ended; -1: it is none */
function endOf(bytes: Buffer, at: number, depth: number): number {
  if (depth > MOST_NESTED) return -1;
  switch (bytes[at]) {
    case INTEGER: {
      const end = endOfDigits(bytes, bytes[at + 1] === MINUS ? at + 2 : at + 1);
      return bytes[end] === END ? end + 1 : -1;
    }
    case LIST:
      return endOfItems(bytes, at + 1, (start) => endOf(bytes, start, depth + 1));
    case DICTIONARY:
      return endOfItems(bytes, at + 1, (start) => {
        const key = endOfText(bytes, start);
        return key < 0 ? -1 : endOf(bytes, key, depth + 1);
      });
    default:
      return endOfText(bytes, at);
  }
}

function endOfItems(bytes: Buffer, start: number, next: (at: number) => number): number {
  let at = start;
  while (at >= 0 && at < bytes.length && bytes[at] !== END) at = next(at);
  return at >= 0 && at < bytes.length ? at + 1 : -1;
}

function endOfText(bytes: Buffer, at: number): number {
  const colon = endOfDigits(bytes, at);
  if (bytes[colon] !== COLON) return -1;
  const end = colon + 1 + Number(bytes.toString('latin1', at, colon));
  return end <= bytes.length ? end : -1;
}

/** @returns where the digits end; -1: there is none, or too many */
function endOfDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (at - start <= MOST_DIGITS && bytes[at]! >= DIGIT.first && bytes[at]! <= DIGIT.last) at += 1;
  return at > start && at - start <= MOST_DIGITS ? at : -1;
}
