/** `/api/v1/events`: server-sent events (WHATWG HTML 9.2). A reader that is too slow is cut off; it resumes by Last-Event-ID. */

import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EventSource, SystemEvent } from '../ports/event-source.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime, withIsoTimes } from './callback-view.ts';

export interface EventRouteOptions {
  source: EventSource;
  heartbeatMs: number;
  mostStreams: number;
  /** Bytes that may wait for one reader. */
  mostWaitingBytes: number;
}

const RETRY_MS = 2000;

function frame(event: SystemEvent): string {
  const { sequence, at, type, callbackId, data } = event;
  const body = JSON.stringify({ sequence, at: isoTime(at), type, callbackId, data: withIsoTimes(data) });
  return `id: ${sequence}\nevent: ${type.replace(/[\r\n]/g, ' ')}\ndata: ${body}\n\n`;
}

/** One reader. Live events wait until those that it missed are out; none comes twice. */
class Stream {
  readonly #raw: ServerResponse;
  readonly #options: EventRouteOptions;
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #waiting: SystemEvent[] | null = [];
  #lastSequence: number;
  #closed = false;

  constructor(raw: ServerResponse, options: EventRouteOptions, lastSequence: number | null, onClosed: () => void) {
    this.#raw = raw;
    this.#options = options;
    this.#lastSequence = lastSequence ?? Number.NEGATIVE_INFINITY;
    this.#unsubscribe = options.source.subscribe((event) => this.#live(event));
    this.#heartbeat = setInterval(() => this.#write(': alive\n\n'), options.heartbeatMs);
    this.#heartbeat.unref();
    raw.on('close', () => {
      this.close();
      onClosed();
    });
    raw.on('error', () => this.close());
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  async resume(lastSequence: number | null): Promise<void> {
    const missed = lastSequence === null ? [] : await this.#options.source.since(lastSequence).catch(() => null);
    if (missed === null)
      this.#write('event: reset\ndata: {"reason":"some events are not kept any more: read again"}\n\n');
    for (const event of [...(missed ?? []), ...(this.#waiting ?? [])]) this.#send(event);
    this.#waiting = null;
  }

  #live(event: SystemEvent): void {
    if (this.#waiting === null) this.#send(event);
    else this.#waiting.push(event);
  }

  #send(event: SystemEvent): void {
    if (event.sequence <= this.#lastSequence) return;
    this.#lastSequence = event.sequence;
    this.#write(frame(event));
  }

  #write(text: string): void {
    if (this.#closed) return;
    this.#raw.write(text);
    if (this.#raw.writableLength > this.#options.mostWaitingBytes) this.#raw.destroy();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#unsubscribe();
    this.#raw.end();
  }
}

function lastEventId(request: FastifyRequest): number | null {
  const header = request.headers['last-event-id'];
  const query = (request.query as Record<string, unknown>)['lastEventId'];
  const text = header ?? query;
  if (text === undefined || text === '') return null;
  // Sequences begin at the microseconds of the start: 16 digits.
  if (typeof text === 'string' && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw mistaken([{ path: 'lastEventId', message: 'is not a whole number' }]);
}

/** @returns a function that ends all streams */
export function eventRoutes(app: FastifyInstance, options: EventRouteOptions): () => void {
  const streams = new Set<Stream>();
  app.get('/api/v1/events', { exposeHeadRoute: false }, async (request, reply) => {
    const last = lastEventId(request);
    if (streams.size >= options.mostStreams) throw new ApiError('too-many-streams', 'too many readers of events');
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const stream: Stream = new Stream(raw, options, last, () => streams.delete(stream));
    streams.add(stream);
    await stream.resume(last);
  });
  return () => {
    for (const stream of streams) stream.close();
    streams.clear();
  };
}
