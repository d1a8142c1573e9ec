/**
 * What we say to one peer in SDP when another peer's words pass through (RFC 3725): they stay as they are, but for what the
 * session with this peer demands. o= stays ours, its version rises by one with every change, and m= lines never become fewer
 * (RFC 3264 8).
 */

/** Room for the rest of the message: a drachtio-server takes frames of 12 kB. */
const maxCharacters = 8000;
const maxMediaLines = 16;
const origin = /^o=(\S+ \S+) (\d{1,15}) (.+)$/;
const lineEnd = /\r\n|\r|\n/;

/** True if it can be handed on: SDP, bounded, with a stream that can be answered line by line. */
export function isDescription(text: string): boolean {
  if (text.length > maxCharacters || text.includes('\0') || !/^v=0\s*$/.test(text.split(lineEnd, 1)[0] ?? ''))
    return false;
  const media = mediaLines(text);
  const isSound = media.every((line) => /^m=\S+ \S+ \S+ \S/.test(line));
  const origins = linesOf(text).filter((line) => line.startsWith('o='));
  return isSound && media.length > 0 && media.length <= maxMediaLines && origins.length === 1;
}

export class LocalDescription {
  #text = '';
  /** o= without its version: before it, and after it. */
  #origin: { head: string; tail: string } | null = null;
  #version = 0;

  /** As it was said last; empty: nothing yet. */
  get text(): string {
    return this.#text;
  }

  /** @returns the text as it is to be sent, with the next version if it is another one than before */
  say(text: string): string {
    const lines = linesOf(text);
    const isSame = this.#text !== '' && withoutOrigin(lines) === withoutOrigin(linesOf(this.#text));
    if (!isSame) this.#text = `${lines.map((line) => this.#withOrigin(line)).join('\r\n')}\r\n`;
    return this.#text;
  }

  /** Another peer's offer. The streams that this peer has had and the offer has not are refused lines at its end. */
  sayOffer(offer: string): string {
    return this.say(
      [...linesOf(offer), ...rejected(mediaLines(this.#text).slice(mediaLines(offer).length))].join('\n'),
    );
  }

  /** Another peer's answer, with as many streams as the offer that it answers here (RFC 3264 6). */
  sayAnswer(answer: string, offer: string): string {
    const offered = mediaLines(offer);
    const given = withMedia(linesOf(answer), offered.length);
    return this.say([...given, ...rejected(offered.slice(mediaLines(answer).length))].join('\n'));
  }

  /** An answer that takes none of the offered streams. */
  sayNo(offer: string): string {
    const time = linesOf(offer).find((line) => line.startsWith('t=')) ?? 't=0 0';
    const session = ['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-', `c=${this.#origin?.tail ?? 'IN IP4 0.0.0.0'}`, time];
    return this.say([...session, ...rejected(mediaLines(offer))].join('\n'));
  }

  #withOrigin(line: string): string {
    const parts = origin.exec(line);
    if (!line.startsWith('o=')) return line;
    if (this.#origin === null) {
      this.#origin = { head: parts?.[1] ?? '- 0', tail: parts?.[3] ?? 'IN IP4 0.0.0.0' };
      this.#version = Number(parts?.[2] ?? 0);
    } else this.#version += 1;
    return `o=${this.#origin.head} ${this.#version} ${this.#origin.tail}`;
  }
}

function linesOf(text: string): string[] {
  return text.split(lineEnd).filter((line) => line !== '');
}

function mediaLines(text: string): string[] {
  return linesOf(text).filter((line) => line.startsWith('m='));
}

function withoutOrigin(lines: readonly string[]): string {
  return lines.filter((line) => !line.startsWith('o=')).join('\n');
}

/** The description up to its first `count` streams. */
function withMedia(lines: readonly string[], count: number): string[] {
  let seen = 0;
  const end = lines.findIndex((line) => line.startsWith('m=') && ++seen > count);
  return end < 0 ? [...lines] : lines.slice(0, end);
}

/** The same streams with port 0. */
function rejected(media: readonly string[]): string[] {
  return media.map((line) => line.replace(/^(m=\S+) \S+/, '$1 0'));
}
