/**
 * Patterns of Asterisk and FreePBX as routes of ours. Those see what was dialled, so these see the number as received.
 *
 * - `_9NXXNXXXXXX`, `_0[1-9]X.`: an extension pattern of extensions.conf; without `_` it is the number itself
 * - `exten => _9X.,1,Dial(PJSIP/0${EXTEN:1}@carrier)`: the whole line, whose Dial says what is stripped and put before
 * - `prepend+prefix|pattern`: a dial pattern of FreePBX (`0+9|NXXXXXX`), where prepend and prefix may be missing
 */

export interface PatternRoute {
  match: string;
  matchOn: 'received';
  rewrite: string;
}

export type Translation =
  | { ok: true; pattern: string; route: PatternRoute }
  | { ok: false; pattern: string; message: string };

const SETS: Record<string, string> = { X: '\\d', Z: '[1-9]', N: '[2-9]' };
const LONGEST = 256;

/** Extension pattern in parts; each stands for one character, the last one may stand for many. */
interface Parts {
  /** Regular expressions of the single characters. */
  singles: string[];
  /** `.`: at least one more; `!`: any number more. */
  tail: '.+' | '.*' | null;
}

class Unreadable extends Error {}

function literal(character: string): string {
  if (!/[0-9*#+A-Da-d]/.test(character)) throw new Unreadable(`\`${character}\` stands for nothing in a pattern`);
  return /[*+]/.test(character) ? `\\${character}` : character;
}

function readClass(text: string, from: number): { expression: string; end: number } {
  const end = text.indexOf(']', from);
  const inside = end < 0 ? '' : text.slice(from + 1, end);
  if (!/^(?:[0-9*#](?:-[0-9])?)+$/.test(inside))
    throw new Unreadable('a set as in `[1237-9]` is not closed or not one of digits');
  return { expression: `[${inside}]`, end };
}

/** @param letters whether X, Z, N, `.`, `!` and sets mean something */
function readParts(text: string, letters: boolean): Parts {
  const singles: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    // Both systems let people group digits so.
    if (character === '-' || character === ' ') continue;
    if (!letters) singles.push(literal(character));
    else if (SETS[character.toUpperCase()]) singles.push(SETS[character.toUpperCase()]!);
    else if (character === '[') {
      const { expression, end } = readClass(text, i);
      singles.push(expression);
      i = end;
    } else if (character === '.' || character === '!') {
      if (i < text.length - 1) throw new Unreadable(`\`${character}\` can only stand at the end`);
      return { singles, tail: character === '.' ? '.+' : '.*' };
    } else singles.push(literal(character));
  }
  return { singles, tail: null };
}

/** `\d\d\d` as `\d{3}`. */
function joined(singles: readonly string[]): string {
  let text = '';
  for (let i = 0; i < singles.length; ) {
    let end = i;
    while (singles[end] === singles[i]) end += 1;
    const single = singles[i]!;
    text += end - i > 2 && single.length > 1 ? `${single}{${end - i}}` : single.repeat(end - i);
    i = end;
  }
  return text;
}

/** `strip` characters are left out of what is dialled; `length` null: all that follow. */
function routeOf(parts: Parts, how: { prepend: string; strip: number; length: number | null }): PatternRoute {
  const { prepend, strip, length } = how;
  const end = length === null ? parts.singles.length : strip + length;
  if (strip > parts.singles.length || (length !== null && end > parts.singles.length))
    throw new Unreadable('it strips or keeps more characters than the pattern names');
  const [before, kept, after] = [
    parts.singles.slice(0, strip),
    parts.singles.slice(strip, end),
    parts.singles.slice(end),
  ];
  const tail = parts.tail ?? '';
  const inside = joined(kept) + (length === null ? tail : '');
  const outside = joined(after) + (length === null ? '' : tail);
  return { match: `^${joined(before)}(${inside})${outside}$`, matchOn: 'received', rewrite: `${prepend}$1` };
}

function checkedPrepend(text: string): string {
  if (!/^\+?[0-9*#]*$/.test(text)) throw new Unreadable(`\`${text}\` can not be put before a number`);
  return text;
}

function asteriskLine(pattern: string, dial: string): PatternRoute {
  // PJSIP/0${EXTEN:1}@carrier, or SIP/carrier/0${EXTEN:1}
  const target =
    dial
      .split('/')
      .slice(1)
      .find((part) => part.includes('${EXTEN')) ?? '';
  const [, prepend = '', strip = '0', length] = /^([^$]*)\$\{EXTEN(?::(\d+)(?::(\d+))?)?\}(?:@|$)/.exec(target) ?? [];
  if (!/^[^$]*\$\{EXTEN(?::\d+(?::\d+)?)?\}(?:@|$)/.test(target))
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    throw new Unreadable('its Dial is not understood: TECH/${EXTEN:1}@TRUNK or TECH/TRUNK/${EXTEN:1}');
  const parts = readParts(pattern.replace(/^_/, ''), pattern.startsWith('_'));
  return routeOf(parts, {
    prepend: checkedPrepend(prepend),
    strip: Number(strip),
    length: length === undefined ? null : Number(length),
  });
}

function freepbx(text: string): PatternRoute {
  if (text.includes('/'))
    throw new Unreadable('patterns of the caller ID (`/…`) have no counterpart: make a rule of its own');
  const [, prepend = '', prefix = '', pattern = ''] = /^(?:(\+?[^+|]*)\+)?(?:([^|]*)\|)?(.*)$/.exec(text) ?? [];
  if (pattern === '') throw new Unreadable('it has no pattern');
  const before = readParts(prefix, true);
  const parts = readParts(pattern, true);
  const all = { singles: [...before.singles, ...parts.singles], tail: parts.tail };
  return routeOf(all, { prepend: checkedPrepend(prepend), strip: before.singles.length, length: null });
}

function translate(text: string): PatternRoute {
  const line = /^exten\s*=>?\s*([^,]+),[^,]*,\s*Dial\(([^,)]*)/i.exec(text);
  if (line !== null) return asteriskLine(line[1]!.trim(), line[2]!.trim());
  if (!text.startsWith('_')) return freepbx(text);
  return routeOf(readParts(text.slice(1), true), { prepend: '', strip: 0, length: null });
}

/** Never throws; `message` says what cannot be translated. */
export function translatePattern(pattern: string): Translation {
  const text = pattern.slice(0, LONGEST).trim();
  try {
    return { ok: true, pattern: text, route: translate(text) };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, pattern: text, message: error.message };
    throw error;
  }
}
