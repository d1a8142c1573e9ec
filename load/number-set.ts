/**
 * Telephone numbers, a bit each where they are consecutive: a load run counts its callers up, so an hour of them fits into
 * a few pages. What is not 1 to 15 digits, with or without a plus, is kept as a string.
 */
export class NumberSet {
  readonly #pages = new Map<number, Uint32Array>();
  readonly #others = new Set<string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(number: string): void {
    if (this.has(number)) return;
    this.#size += 1;
    const place = placeOf(number);
    if (place === null) {
      this.#others.add(number);
      return;
    }
    const page = this.#pages.get(place.page) ?? new Uint32Array(PAGE_BITS / 32);
    page[place.word]! |= place.mask;
    this.#pages.set(place.page, page);
  }

  has(number: string): boolean {
    const place = placeOf(number);
    if (place === null) return this.#others.has(number);
    return ((this.#pages.get(place.page)?.[place.word] ?? 0) & place.mask) !== 0;
  }

  delete(number: string): boolean {
    if (!this.has(number)) return false;
    this.#size -= 1;
    const place = placeOf(number);
    if (place === null) this.#others.delete(number);
    else this.#pages.get(place.page)![place.word]! &= ~place.mask;
    return true;
  }
}

const PAGE_BITS = 8_192;
const DIGITS = /^\+?[1-9]\d{0,14}$/;

/** `+55…` and `55…` are two numbers: the plus is the lowest bit. */
function placeOf(number: string): { page: number; word: number; mask: number } | null {
  if (!DIGITS.test(number)) return null;
  const hasPlus = number.charCodeAt(0) === 43;
  const value = Number(hasPlus ? number.slice(1) : number);
  const bit = value % PAGE_BITS;
  const page = Math.floor(value / PAGE_BITS) * 2 + (hasPlus ? 1 : 0);
  return { page, word: bit >>> 5, mask: 1 << (bit & 31) };
}
