/** A number taken out of files of records that are there already. */

import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hiddenIn, type IsTheirs } from '../core/policy/number-trace.ts';
import type { RecordKeeper } from '../ports/erasure.ts';

/** Calls wait for no longer than it takes to look through so much. */
const PORTION_BYTES = 64 * 1024;
const LINE_END = 0x0a;

/** A text of JSON as it stands in a line; what stands outside of them is no number that somebody dialled. */
const JSON_TEXT = /"(?:[^"\\]|\\.)*"/g;
const BEGAN = /"(?:startedAt|at)":(?:"([^"]+)"|(\d+))/;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/;

function beganAt(line: string): number {
  const [, text, millis] = BEGAN.exec(line) ?? [undefined, INSTANT.exec(line)?.[0]];
  // one that says nothing of its time is of before
  return Number(millis ?? (text === undefined ? 0 : Date.parse(text)));
}

function lineWithout(line: string, isTheirs: IsTheirs): string {
  // no JSON, or half a one that a crash has left
  if (!/^\{.*\}\s*$/s.test(line)) return hiddenIn(line, isTheirs);
  return line.replace(JSON_TEXT, (text) => hiddenIn(text, isTheirs));
}

/** Null: there is nothing to hide. As long as before, so that every line stays where it is. */
function bytesWithout(line: Buffer, isTheirs: IsTheirs, until: number): Buffer | null {
  for (const encoding of ['utf8', 'latin1'] as const) {
    const text = line.toString(encoding);
    const shown = lineWithout(text, isTheirs);
    if (shown === text || beganAt(text) > until) return null;
    const bytes = Buffer.from(shown, encoding);
    // octets that are no UTF-8 would become others
    if (bytes.length === line.length) return bytes;
  }
  return null;
}

/** Lines and where they begin; none where the number is in none of them, which is found out in one go. */
function* linesWith(bytes: Buffer, isTheirs: IsTheirs): Generator<[number, Buffer]> {
  const text = bytes.toString();
  if (hiddenIn(text, isTheirs) === text) return;
  for (let from = 0; from < bytes.length; ) {
    const next = bytes.indexOf(LINE_END, from);
    const to = next === -1 ? bytes.length : next + 1;
    yield [from, bytes.subarray(from, to)];
    from = to;
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/**
 * In place: digits become asterisks, and nothing moves. So whoever reads or appends meanwhile finds what he looks for, no
 * copy of the file is left on the disk, and a crash leaves whole lines, some of which have the number still.
 * @returns lines in which it was
 */
async function forgetInFile(path: string, isTheirs: IsTheirs, until: number): Promise<number> {
  const handle = await open(path, 'r+');
  let lines = 0;
  try {
    let rest = Buffer.alloc(0);
    for (let at = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(PORTION_BYTES), 0, PORTION_BYTES, at + rest.length);
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = bytesRead === 0 ? bytes.length : bytes.lastIndexOf(LINE_END) + 1;
      for (const [from, line] of linesWith(bytes.subarray(0, end), isTheirs)) {
        const without = bytesWithout(line, isTheirs, until);
        if (without === null) continue;
        await writeAll(handle, without, at + from);
        lines += 1;
      }
      if (bytesRead === 0) break;
      at += end;
      rest = bytes.subarray(end);
    }
    if (lines > 0) await handle.datasync();
  } finally {
    await handle.close();
  }
  return lines;
}

/** In all files of a directory whose names say that they hold records; a directory that is not there has none. */
export async function forgetInFiles(
  directory: string,
  isRecords: RegExp,
  { isTheirs, until }: { isTheirs: IsTheirs; until: number },
): Promise<number> {
  const names = await readdir(directory).catch(absent);
  let lines = 0;
  // somebody may collect it meanwhile
  for (const name of names.filter((one) => isRecords.test(one)).sort())
    lines += await forgetInFile(join(directory, name), isTheirs, until).catch((error) => absent(error).length);
  return lines;
}

function absent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** Files that a former process has left, and nobody writes any more. */
export function leftFiles(directory: string, isRecords: RegExp): RecordKeeper {
  return { forget: (isTheirs, until) => forgetInFiles(directory, isRecords, { isTheirs, until }) };
}
