import type { SipPhone } from '../support/sip-phone.ts';
import type { SipText } from '../support/sip-text.ts';

const COLUMN = 26;
/** The application's line; the phones stand left and right of it. */
const OURS = 1;

/** Prints each SIP message as it passes, as an arrow between the application and one of three phones. */
export class LadderPrinter {
  readonly #startedAt = Date.now();
  readonly #print: (line: string) => void;

  /** @param titles left to right; the second one is the application */
  constructor(titles: [string, string, string, string], print: (line: string) => void) {
    this.#print = print;
    print(`${' '.repeat(10)}${titles.map((title) => centred(title)).join('')}`);
    this.#row(OURS, OURS, '');
  }

  /** From now on every message of this phone, which stands in that column, is drawn. */
  follow(phone: SipPhone, column: 0 | 2 | 3): void {
    phone.drop = (message, direction) => {
      const [from, to] = direction === 'out' ? [column, OURS] : [OURS, column];
      this.#row(from, to, summaryOf(message));
      return false;
    };
  }

  /** A line of the story, between the arrows. */
  say(text: string): void {
    this.#print(`${this.#clock()}  ${text}`);
  }

  #row(from: number, to: number, text: string): void {
    const cells = Array.from({ length: 4 * COLUMN }, () => ' ');
    for (let column = 0; column < 4; column += 1) cells[centreOf(column)] = '|';
    const [left, right] = [Math.min(centreOf(from), centreOf(to)), Math.max(centreOf(from), centreOf(to))];
    for (let at = left + 1; at < right; at += 1) cells[at] = '-';
    if (from < to) cells[right - 1] = '>';
    if (from > to) cells[left + 1] = '<';
    const label = ` ${text.slice(0, right - left - 6)} `;
    if (from !== to) cells.splice(left + 3, label.length, ...label);
    this.#print(`${from === to ? ' '.repeat(9) : this.#clock()} ${cells.join('').trimEnd()}`);
  }

  #clock(): string {
    return `${((Date.now() - this.#startedAt) / 1_000).toFixed(3).padStart(8)}s`;
  }
}

const centreOf = (column: number) => column * COLUMN + Math.floor(COLUMN / 2);

function centred(title: string): string {
  const before = Math.floor((COLUMN - title.length) / 2);
  return `${' '.repeat(Math.max(0, before))}${title}`.padEnd(COLUMN);
}

function summaryOf(message: SipText): string {
  return message.status > 0 ? `${message.status} ${message.phrase}` : message.method;
}
