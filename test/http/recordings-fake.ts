import type { OpenedAudio, RecordingQuery, RecordingRow, RecordingService } from '../../lib/ports/recordings.ts';

export function recordingRow(changes: Partial<RecordingRow> = {}): RecordingRow {
  return {
    recordingId: 'r1',
    node: 'here',
    legId: 'leg',
    kind: 'talk',
    callbackId: 'c1',
    attemptId: 'a1',
    otherLegId: 'other',
    caller: { received: '48991996260', e164: '+5548991996260' },
    inboundNumber: '+554831210110',
    flow: 'reception',
    component: 'sales',
    startedAt: Date.UTC(2026, 10, 20, 12),
    endedAt: Date.UTC(2026, 10, 20, 12, 1),
    why: 'hangup',
    channels: 2,
    seconds: 60,
    bytes: 1000,
    path: '2026-11-20/r1.rec',
    keyId: '00',
    ...changes,
  };
}

/** A hundred octets, each its own place. */
export const AUDIO = Buffer.from(Array.from({ length: 100 }, (_, i) => i));

/** Recordings in memory. */
export class MemoryRecordings implements RecordingService {
  readonly node = 'here';
  readonly rows = new Map<string, RecordingRow>();
  readonly queries: RecordingQuery[] = [];
  /** What becomes of the file; undefined: it is there. */
  broken: 'gone' | 'damaged' | undefined;
  busy = false;

  put(changes: Partial<RecordingRow> = {}): void {
    const row = recordingRow(changes);
    this.rows.set(row.recordingId, row);
  }

  async list(query: RecordingQuery) {
    this.queries.push(query);
    const { page, pageSize } = query;
    return { items: [...this.rows.values()], total: this.rows.size, page, pageSize };
  }

  async get(recordingId: string) {
    return this.rows.get(recordingId) ?? null;
  }

  async audio(recordingId: string): Promise<OpenedAudio> {
    const row = this.rows.get(recordingId);
    if (row === undefined) return { result: 'unknown' };
    if (row.node !== this.node) return { result: 'elsewhere', row };
    if (this.broken !== undefined) return { result: this.broken, row };
    const pieces = async function* (start: number, end: number) {
      yield AUDIO.subarray(start, end + 1);
    };
    return { result: 'open', row, audio: { size: AUDIO.length, pieces } };
  }

  async remove(recordingId: string) {
    const row = this.rows.get(recordingId);
    if (row === undefined) return 'unknown';
    if (row.node !== this.node) return 'elsewhere';
    if (this.busy) return 'busy';
    this.rows.delete(recordingId);
    return 'removed';
  }
}
