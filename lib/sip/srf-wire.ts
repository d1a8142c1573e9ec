/** What stands between the control connection and drachtio-srf's own reading and writing of it. */

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

/** What one turn of the event loop says on a connection goes out in one system call; srf makes one for each message. */
export function gatherWrites({ wp }: SrfAgent): void {
  const send = wp.send.bind(wp);
  wp.send = (socket, text) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return send(socket, text);
  };
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
