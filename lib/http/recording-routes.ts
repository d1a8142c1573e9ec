/** `/api/v1/recordings`: what was recorded, heard as WAV. Every listening is in the audit trail. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayReach } from '../core/access/role.ts';
import { flaw } from '../core/mistake.ts';
import type { JournalStore } from '../ports/documents.ts';
import type { Audio, RecordingQuery, RecordingRow, RecordingService } from '../ports/recordings.ts';
import { recordingQuery } from '../schema/requests.ts';
import { askedBy } from './access/guard.ts';
import { ApiError, conflict } from './api-error.ts';
import { type ByteRange, rangeOf } from './byte-range.ts';
import { isoTime } from './callback-view.ts';
import { parameterOf, queryOf } from './requested.ts';

export interface RecordingRouteOptions {
  recordings: RecordingService;
  journal: JournalStore;
  now: () => number;
}

const LONGEST_ID = 200;
/** A player asks for one recording in many pieces: one listening. */
const SAME_LISTENING_MS = 5 * 60_000;
const MOST_LISTENINGS = 10_000;

const noSuchRecording = () => new ApiError('not-found', 'there is no recording with this id');

function recordingView(row: RecordingRow, node: string): object {
  return {
    id: row.recordingId,
    kind: row.kind,
    callbackId: row.callbackId,
    attemptId: row.attemptId,
    legId: row.legId,
    otherLegId: row.otherLegId,
    number: row.caller.received,
    e164: row.caller.e164,
    inboundNumber: row.inboundNumber,
    flow: row.flow,
    component: row.component,
    startedAt: isoTime(row.startedAt),
    endedAt: isoTime(row.endedAt),
    seconds: row.seconds,
    why: row.why,
    channels: row.channels,
    bytes: row.bytes,
    node: row.node,
    here: row.node === node,
  };
}

/** What he asked for, within what he may see. */
function filtersOf(request: FastifyRequest): RecordingQuery {
  const { page, pageSize, sort, callback, q, from, to } = queryOf(recordingQuery, request.query);
  const { masked, inboundNumbers } = askedBy(request);
  if (masked && /\d/.test(q ?? ''))
    throw new ApiError('forbidden', 'numbers are masked for you: they can not be searched');
  return {
    ...{ page, pageSize, descending: sort.descending },
    ...(callback === undefined || callback === '' ? {} : { callbackId: callback }),
    ...(inboundNumbers === null ? {} : { inboundNumbers }),
    ...(q === undefined || q === '' ? {} : { text: q }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

export function recordingRoutes(app: FastifyInstance, options: RecordingRouteOptions): void {
  const { recordings } = options;
  const find = async (request: FastifyRequest): Promise<RecordingRow> => {
    const id = parameterOf(request.params, 'id');
    const row = id.length > LONGEST_ID ? null : await recordings.get(id);
    if (row === null || !mayReach(askedBy(request), row.inboundNumber)) throw noSuchRecording();
    return row;
  };

  app.get('/api/v1/recordings', async (request) => {
    const found = await recordings.list(filtersOf(request));
    return { ...found, items: found.items.map((row) => recordingView(row, recordings.node)) };
  });

  app.get('/api/v1/recordings/:id', async (request) => recordingView(await find(request), recordings.node));

  app.delete('/api/v1/recordings/:id', async (request, reply) => {
    const row = await find(request);
    const result = await recordings.remove(row.recordingId);
    if (result === 'unknown') throw noSuchRecording();
    if (result === 'elsewhere') throw elsewhere(row);
    if (result === 'busy') throw conflict(flaw('recording-busy'));
    const { callbackId, kind, seconds } = row;
    request.change = { detail: { callbackId, kind, seconds, startedAt: isoTime(row.startedAt) } };
    return reply.code(204).send();
  });

  const listenings = new Listenings(options);
  app.get('/api/v1/recordings/:id/audio', async (request, reply) => {
    const row = await find(request);
    const opened = await recordings.audio(row.recordingId);
    if (opened.result === 'unknown') throw noSuchRecording();
    if (opened.result === 'elsewhere') throw elsewhere(row);
    if (opened.result === 'gone') throw new ApiError('not-found', 'the file of this recording is gone');
    if (opened.result === 'damaged') throw conflict(flaw('recording-damaged'));
    const range = rangeOf(request.headers.range, opened.audio.size);
    if (range === 'unsatisfiable') {
      throw new ApiError('range-not-satisfiable', 'there is no such part of it', {
        headers: { 'content-range': `bytes */${opened.audio.size}` },
      });
    }
    await listenings.note(request, row);
    return sendAudio(reply, opened.audio, { range, row });
  });
}

const elsewhere = ({ node }: RecordingRow) => conflict(flaw('recording-elsewhere', { node }));

function sendAudio(
  reply: FastifyReply,
  audio: Audio,
  { range, row }: { range: ByteRange | null; row: RecordingRow },
): FastifyReply {
  const { start, end } = range ?? { start: 0, end: audio.size - 1 };
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-length': String(end - start + 1),
    'content-disposition': `inline; filename="${row.recordingId}.wav"`,
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${audio.size}` }),
  });
  return reply
    .code(range === null ? 200 : 206)
    .type('audio/wav')
    .send(Readable.from(audio.pieces(start, end)));
}

/** Who has heard what: written down before the first octet goes out. */
class Listenings {
  readonly #options: RecordingRouteOptions;
  readonly #noted = new Map<string, number>();

  constructor(options: RecordingRouteOptions) {
    this.#options = options;
  }

  async note(request: FastifyRequest, { recordingId, callbackId, kind }: RecordingRow): Promise<void> {
    const { journal, now } = this.#options;
    const { actor } = askedBy(request);
    const { address } = request.client;
    const key = JSON.stringify([actor, address, recordingId]);
    const at = now();
    const before = this.#noted.get(key);
    if (before !== undefined && Math.abs(at - before) < SAME_LISTENING_MS) return;
    const body = { action: 'listened', address, changes: [], detail: { callbackId, kind } };
    const subject = `recordings/${recordingId}`;
    await journal.append([{ kind: 'audit', at, actor, subject, correlationId: request.id, body }]);
    const [oldest] = this.#noted.keys();
    if (this.#noted.size >= MOST_LISTENINGS && oldest !== undefined) this.#noted.delete(oldest);
    this.#noted.delete(key);
    this.#noted.set(key, at);
  }
}
