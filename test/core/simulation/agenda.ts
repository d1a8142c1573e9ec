/** What happens when, in the world's own time; and a wall clock that can be set wrong. */

interface Entry {
  at: number;
  order: number;
  run: () => void;
  /** Does not keep the history going. */
  isBackground: boolean;
}

/** The wall clock of the first instant, epoch milliseconds. */
const WALL_AT_START = 1_700_000_000_000;

export class Agenda {
  /** Milliseconds since the begin of the history; never goes back. */
  time = 0;
  #offset = WALL_AT_START;
  #order = 0;
  #entries: Entry[] = [];
  #foreground = 0;

  wall(): number {
    return this.time + this.#offset;
  }

  /** The wall clock is set forward or back. */
  setClock(byMs: number): void {
    this.#offset += byMs;
  }

  /** Milliseconds until the wall clock shows `wall`, if nobody sets it. */
  until(wall: number): number {
    return Math.max(0, wall - this.wall());
  }

  after(delayMs: number, run: () => void, isBackground = false): void {
    this.#order += 1;
    const entry = { at: this.time + delayMs, order: this.#order, run, isBackground };
    let index = this.#entries.length;
    while (index > 0 && isLater(entry, this.#entries[index - 1]!)) index -= 1;
    this.#entries.splice(index, 0, entry);
    if (!isBackground) this.#foreground += 1;
  }

  get isQuiet(): boolean {
    return this.#foreground === 0;
  }

  /** @returns false when nothing is left to happen */
  step(): boolean {
    // Latest first, so that the next one is at the end.
    const entry = this.#entries.pop();
    if (entry === undefined) return false;
    if (!entry.isBackground) this.#foreground -= 1;
    this.time = Math.max(this.time, entry.at);
    entry.run();
    return true;
  }
}

function isLater(entry: Entry, than: Entry): boolean {
  return entry.at > than.at || (entry.at === than.at && entry.order > than.order);
}
