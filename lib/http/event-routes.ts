/** `/api/v1/events`: server-sent events (WHATWG HTML 9.2). A reader that is too slow is cut off; it resumes by Last-Event-ID. */

import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { masked } from '../core/access/masking.ts';
import type { Principal } from '../core/access/role.ts';
import type { Callback, CallbackId } from '../core/callback/callback.ts';
import { mistake } from '../core/mistake.ts';
import type { EventFeed, SystemEvent } from '../ports/event-source.ts';
import { askedBy } from './access/guard.ts';
import { CallbackReach } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime, withIsoTimes } from './callback-view.ts';

export interface EventRouteOptions {
  source: EventFeed;
  /** For those who may hear of some callbacks only. */
  callback: (id: CallbackId) => Promise<Callback | null>;
  /** Whether the reader still may, and sees what he saw: his session may be over, his numbers others. */
  stillMay: (request: FastifyRequest) => Promise<boolean>;
  heartbeatMs: number;
  mostStreams: number;
  /** Bytes that may wait for one reader. */
  mostWaitingBytes: number;
}

const RETRY_MS = 2000;

function frame(event: SystemEvent, isMasked: boolean): string {
  const { sequence, at, type, callbackId, data } = event;
  const shown = withIsoTimes(data);
  const body = JSON.stringify({
    sequence,
    at: isoTime(at),
    type,
    callbackId,
    data: isMasked ? masked(shown) : shown,
  });
  const id = sequence === null ? '' : `id: ${sequence}\n`;
  return `${id}event: ${type.replace(/[\r\n]/g, ' ')}\ndata: ${body}\n\n`;
}

const reset = (scope: 'all' | 'status', reason: string) =>
  `event: reset\ndata: ${JSON.stringify({ scope, reason })}\n\n`;

interface Reader {
  principal: Principal;
  reach: CallbackReach;
  lastSequence: number | null;
  stillMay: () => Promise<boolean>;
  onClosed: () => void;
}

/** One reader. Live events wait until those that it missed are out; none comes twice. */
class Stream {
  readonly #raw: ServerResponse;
  readonly #options: EventRouteOptions;
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #reader: Reader;
  /** The last one that is being looked up, so that they stay in order. */
  #looking: Promise<void> = Promise.resolve();
  #waiting: SystemEvent[] | null = [];
  #lastSequence: number;
  /** What the reader would go on with. */
  #toldSequence: number;
  #closed = false;

  constructor(raw: ServerResponse, options: EventRouteOptions, reader: Reader) {
    const { lastSequence, onClosed } = reader;
    this.#raw = raw;
    this.#options = options;
    this.#reader = reader;
    this.#lastSequence = lastSequence ?? Number.NEGATIVE_INFINITY;
    this.#toldSequence = this.#lastSequence;
    this.#unsubscribe = options.source.subscribe((event) => this.#live(event));
    this.#heartbeat = setInterval(() => void this.#beat(), options.heartbeatMs);
    this.#heartbeat.unref();
    raw.on('close', () => {
      this.close();
      onClosed();
    });
    raw.on('error', () => this.close());
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  async resume(lastSequence: number | null): Promise<void> {
    const { source } = this.#options;
    const missed = lastSequence === null ? [] : await source.since(lastSequence).catch(() => null);
    // He goes on from where he begins, also if he is cut off before anything has come.
    if (lastSequence === null || missed === null) this.#place(await source.place?.().catch(() => null));
    if (missed === null) this.#write(reset('all', 'some events are not kept any more: read again'));
    else if (lastSequence !== null && source.tellsUnkept === true)
      this.#write(
        reset('status', 'what happened to trunks, switches and the configuration is not kept: read it again'),
      );
    for (const event of [...(missed ?? []), ...(this.#waiting ?? [])]) this.#send(event);
    this.#waiting = null;
  }

  #place(sequence: number | null | undefined): void {
    if (sequence === null || sequence === undefined) return;
    this.#toldSequence = sequence;
    this.#write(`id: ${sequence}\n\n`);
  }

  async #beat(): Promise<void> {
    this.#write(': alive\n\n');
    // What was not for him lies behind him too.
    await this.#looking;
    if (this.#lastSequence > this.#toldSequence) this.#place(this.#lastSequence);
    if (!(await this.#reader.stillMay().catch(() => true))) this.close();
  }

  #live(event: SystemEvent): void {
    if (this.#waiting === null) this.#send(event);
    else this.#waiting.push(event);
  }

  #send(event: SystemEvent): void {
    if (event.sequence !== null && event.sequence <= this.#lastSequence) return;
    this.#lastSequence = event.sequence ?? this.#lastSequence;
    const { principal, reach } = this.#reader;
    if (principal.inboundNumbers === null) return this.#tell(event);
    this.#looking = this.#looking
      .then(async () => {
        if (await reach.reaches(principal, event.callbackId)) this.#tell(event);
      })
      // what can't be looked up is not shown; the reader resumes behind it
      .catch(() => void this.#raw.destroy());
  }

  #tell(event: SystemEvent): void {
    this.#toldSequence = event.sequence ?? this.#toldSequence;
    this.#write(frame(event, this.#reader.principal.masked));
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
  if (typeof text === 'string' && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw mistaken([mistake('lastEventId', 'not-whole')]);
}

/** @returns a function that ends all streams */
export function eventRoutes(app: FastifyInstance, options: EventRouteOptions): () => void {
  const streams = new Set<Stream>();
  const reach = new CallbackReach(options.callback);
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
    const stream: Stream = new Stream(raw, options, {
      principal: askedBy(request),
      reach,
      lastSequence: last,
      stillMay: () => options.stillMay(request),
      onClosed: () => streams.delete(stream),
    });
    streams.add(stream);
    await stream.resume(last);
  });
  return () => {
    for (const stream of streams) stream.close();
    streams.clear();
  };
}
