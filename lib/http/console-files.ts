/** The console's pages, as Vite has built them: read once, kept in memory, found by their exact name. */

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface ConsoleFile {
  type: string;
  body: Buffer;
  /** Null: not worth it. */
  gzipped: Buffer | null;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const PAGE = 'index.html';
/** The build's word for the nonce (`console/vite.config.ts`). */
const NONCE_PLACEHOLDER = '__CSP_NONCE__';
const NONCE_BYTES = 16;
const compress = promisify(gzip);

export class ConsoleFiles {
  readonly #files: ReadonlyMap<string, { type: string; body: Buffer }>;
  readonly #ready = new Map<string, Promise<ConsoleFile>>();
  readonly #page: string;

  private constructor(files: ReadonlyMap<string, { type: string; body: Buffer }>, page: string) {
    this.#files = files;
    this.#page = page;
  }

  /** @returns null if no console was built into that directory */
  static read(directory: string): ConsoleFiles | null {
    let entries: string[];
    try {
      entries = readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
        .map((entry) => join(entry.parentPath, entry.name));
    } catch {
      return null;
    }
    const files = new Map(
      entries.map((path) => [
        relative(directory, path).split(sep).join('/'),
        { type: TYPES[extname(path)]!, body: readFileSync(path) },
      ]),
    );
    const page = files.get(PAGE);
    return page === undefined ? null : new ConsoleFiles(files, page.body.toString('utf8'));
  }

  /** @param name as in the address, without the first slash; nothing but the exact name of a built file is found */
  async file(name: string): Promise<ConsoleFile | null> {
    const file = name === PAGE ? undefined : this.#files.get(name);
    if (file === undefined) return null;
    let ready = this.#ready.get(name);
    if (ready === undefined) {
      ready = compress(file.body, { level: 9 }).then((gzipped) => ({ ...file, gzipped }));
      this.#ready.set(name, ready);
    }
    return ready;
  }

  /** The one page, whose scripts then show what the address says; each answer has a nonce of its own. */
  page(): { html: string; nonce: string } {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    return { html: this.#page.replaceAll(NONCE_PLACEHOLDER, nonce), nonce };
  }
}
