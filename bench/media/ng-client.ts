/** As much of rtpengine's ng protocol as the bench needs: a cookie, and a dictionary in bencode, in one datagram. */

import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';

export type NgValue = string | number | NgValue[] | { [key: string]: NgValue };
type Dictionary = { [key: string]: NgValue };

const ANSWER_WITHIN_MS = 3_000;

export class NgClient {
  readonly #socket: Socket = createSocket('udp4');
  readonly #host: string;
  readonly #port: number;
  readonly #waiting = new Map<string, (answer: Dictionary) => void>();

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.#socket.on('error', () => {});
    this.#socket.on('message', (message) => {
      const text = message.toString('latin1');
      const space = text.indexOf(' ');
      this.#waiting.get(text.slice(0, space))?.(decode(text, space + 1).value as Dictionary);
    });
  }

  /** Rejects where it says no, or nothing. */
  ask(command: string, values: Dictionary): Promise<Dictionary> {
    const cookie = randomBytes(6).toString('hex');
    const message = `${cookie} ${encode({ command, ...values })}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(new Error(`rtpengine did not answer ${command}`)), ANSWER_WITHIN_MS);
      const done = (fault: Error | null, answer: Dictionary = {}) => {
        clearTimeout(timer);
        this.#waiting.delete(cookie);
        if (fault === null) resolve(answer);
        else reject(fault);
      };
      this.#waiting.set(cookie, (answer) => {
        const isGood = answer['result'] === 'ok' || answer['result'] === 'pong';
        done(isGood ? null : new Error(`rtpengine: ${command}: ${JSON.stringify(answer)}`), answer);
      });
      this.#socket.send(message, this.#port, this.#host);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

function encode(value: NgValue): string {
  if (typeof value === 'number') return `i${value}e`;
  if (typeof value === 'string') return `${Buffer.byteLength(value)}:${value}`;
  if (Array.isArray(value)) return `l${value.map(encode).join('')}e`;
  const entries = Object.entries(value).map(([key, inner]) => encode(key) + encode(inner));
  return `d${entries.join('')}e`;
}

function decode(text: string, at: number): { value: NgValue; next: number } {
  const kind = text[at]!;
  if (kind === 'i') {
    const end = text.indexOf('e', at);
    return { value: Number(text.slice(at + 1, end)), next: end + 1 };
  }
  if (kind !== 'l' && kind !== 'd') {
    const colon = text.indexOf(':', at);
    const next = colon + 1 + Number(text.slice(at, colon));
    return { value: text.slice(colon + 1, next), next };
  }
  const values: NgValue[] = [];
  let place = at + 1;
  while (place < text.length && text[place] !== 'e') {
    const { value, next } = decode(text, place);
    values.push(value);
    place = next;
  }
  if (kind === 'l') return { value: values, next: place + 1 };
  const pairs = values.flatMap((key, index) => (index % 2 === 0 ? [[String(key), values[index + 1]!] as const] : []));
  return { value: Object.fromEntries(pairs), next: place + 1 };
}
