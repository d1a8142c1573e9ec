/** What went wrong in requests, by correlation id: for whoever is asked about an error that somebody else saw. */

import type { FastifyRequest } from 'fastify';
import type { JournalEntry, JournalStore } from '../ports/documents.ts';
import type { Log } from '../ports/log.ts';
import { asApiError } from './api-error.ts';

export interface ErrorBookOptions {
  journal: JournalStore;
  log: Log;
}

const MOST_WAITING = 1000;

/** Written down in the background: an error must not wait for a disk that may be its cause. */
export class ErrorBook {
  readonly #options: ErrorBookOptions;
  #waiting: JournalEntry[] = [];
  #writing: Promise<void> | null = null;

  constructor(options: ErrorBookOptions) {
    this.#options = options;
  }

  note(entry: Omit<JournalEntry, 'kind'>): void {
    this.#waiting.push({ kind: 'error', ...entry });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    // what the same burst of requests brings is one write
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const portion = this.#waiting.splice(0);
      try {
        await this.#options.journal.append(portion);
      } catch {
        // the log has them; they are tried again with the next one
        this.#waiting.unshift(...portion.slice(0, MOST_WAITING - this.#waiting.length));
        return;
      }
    }
  }

  /** Those that no store has taken yet. */
  waiting(): readonly JournalEntry[] {
    return this.#waiting;
  }

  /** Tries to have all of them in the store. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) {
      this.#writing = this.#write();
      await this.#writing;
      this.#writing = null;
    }
  }
}

/** Of somebody who is known: strangers could fill the book. */
export function noteError(errors: ErrorBook, error: unknown, request: FastifyRequest, at: number): void {
  const { status, code, message, detail } = asApiError(error);
  if (request.principal === null && status < 500) return;
  const path = request.url.split('?', 1)[0]!.slice(0, 300);
  errors.note({
    at,
    actor: request.principal?.actor ?? null,
    subject: path.replace(/^\/api\/v1\//, ''),
    correlationId: request.id,
    body: {
      status,
      code: detail.publicCode ?? code,
      message,
      path: detail.path ?? null,
      method: request.method,
      // of a fault alone: what is wrong with a body is told with a piece of it, which may hold a password
      cause: status >= 500 && detail.cause instanceof Error ? detail.cause.message.slice(0, 500) : null,
    },
  });
}
