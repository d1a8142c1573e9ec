import assert from 'node:assert/strict';
import { parseMoment } from './scenario-case.ts';
import type { SippMessage, SippProcess } from './sipp-process.ts';

const MAX_LADDER_LINES = 60;

/** What went over the wire in a case, by moments such as `trunk received INVITE`. */
export class WireRecord {
  readonly #sipps: ReadonlyMap<string, SippProcess>;

  constructor(sipps: ReadonlyMap<string, SippProcess>) {
    this.#sipps = sipps;
  }

  /** All messages of a moment, retransmissions too. */
  find(text: string): SippMessage[] {
    const { role, direction, message } = parseMoment(text);
    const start = /^\d/.test(message) ? `SIP/2.0 ${message}` : message;
    const all = this.#sipps.get(role)?.messages() ?? [];
    return all.filter((one) => one.direction === direction && one.firstLine.startsWith(start));
  }

  one(text: string): SippMessage {
    const found = this.find(text)[parseMoment(text).nth - 1];
    assert.ok(found, `this did not happen: ${text}\n${this.ladders()}`);
    return found;
  }

  /** Requests or responses, those that were sent again counted once: by Call-ID, CSeq, top branch and To tag. */
  transactions(text: string): number {
    return new Set(this.find(text).map(({ text: message }) => transactionOf(message))).size;
  }

  ladders(): string {
    const line = ({ at, direction, firstLine }: SippMessage) =>
      `${new Date(at).toISOString()} ${direction} ${firstLine}`;
    return [...this.#sipps.values()]
      .map((sipp) => `--- ${sipp.name}\n${sipp.messages().slice(0, MAX_LADDER_LINES).map(line).join('\n')}`)
      .join('\n');
  }
}

function transactionOf(message: string): string {
  const line = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*?)\\s*$`, 'im').exec(message)?.[1] ?? '';
  const branch = /branch=([^;,\s]+)/.exec(line('Via'))?.[1];
  return [line('Call-ID'), line('CSeq'), branch, /;tag=([^;\s]+)/.exec(line('To'))?.[1]].join('|');
}
