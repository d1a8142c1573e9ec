/** What stands between the control connection and drachtio-srf's own reading and writing of it. */

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SrfAgent } from './srf-shapes.ts';

/** Line separators of Unicode, which the patterns of drachtio-srf take for the end of a line. */
const SEPARATORS = /[\u2028\u2029]/g;

/** The frame with a start line that drachtio-srf can read: a reason phrase is UTF-8 of any kind (RFC 3261 25.1). */
export function withReadableStart(text: string): string {
  const start = text.indexOf('\r\n') + 2;
  const end = start < 2 ? -1 : text.indexOf('\r\n', start);
  if (end < 0) return text;
  const line = text.slice(start, end);
  const readable = line.replace(SEPARATORS, ' ');
  return readable === line ? text : text.slice(0, start) + readable + text.slice(end);
}

export interface GatheredWrites {
  /** Says now what waits for the end of the turn. */
  flush(socket: Socket): void;
}

/**
 * What one turn of the event loop says on a connection goes out as one text; srf writes each message by itself, and makes
 * two more texts of it for a log that nobody asked for.
 */
export function gatherWrites({ wp }: SrfAgent): GatheredWrites {
  const waiting = new Map<Socket, string>();
  const flush = (socket: Socket) => {
    const text = waiting.get(socket);
    waiting.delete(socket);
    if (text !== undefined && socket.writable) socket.write(text);
  };
  wp.send = (socket, text) => {
    const id = randomUUID();
    const message = `${id}|${text}`;
    const before = waiting.get(socket);
    if (before === undefined) setImmediate(flush, socket);
    waiting.set(socket, `${before ?? ''}${Buffer.byteLength(message)}#${message}`);
    return id;
  };
  return { flush };
}

/** Runs what may write a message with its numbers to the console; `said` is called instead, without the text. */
export function withoutConsole(run: () => void, said: () => void): void {
  const { error } = console;
  console.error = said;
  try {
    run();
  } finally {
    console.error = error;
  }
}
