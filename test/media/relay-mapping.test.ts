import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RelayMapping } from '../../lib/media/embedded/relay-mapping.ts';
import { emptyRtpHeader } from '../../lib/media/embedded/rtp-packet.ts';

const NEXT = { sequence: 65_530, timestamp: 0xffff_ff00 };

interface Place {
  sequence: number;
  timestamp: number;
  isFirst: boolean;
}

function place(mapping: RelayMapping, sequence: number, { ssrc = 1, next = NEXT } = {}): Place | null {
  const timestamp = (sequence * 160) >>> 0;
  const header = { ...emptyRtpHeader(), sequence: sequence & 0xffff, timestamp, ssrc };
  return mapping.place(header, () => next) ? { ...mapping.position } : null;
}

describe('A relayed stream', () => {
  it('continues where ours stood, across the wrap of its numbers', () => {
    const mapping = new RelayMapping();
    const places = [100, 101, 102, 103, 104, 105, 106].map((sequence) => place(mapping, sequence)!);
    assert.deepEqual(
      places.map((at) => at.sequence),
      [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0],
    );
    assert.deepEqual(
      places.map((at) => at.timestamp),
      [0, 1, 2, 3, 4, 5, 6].map((n) => (NEXT.timestamp + n * 160) >>> 0),
    );
    assert.deepEqual(
      places.map((at) => at.isFirst),
      [true, false, false, false, false, false, false],
    );
  });

  it('shows what was lost and what came out of order, and drops duplicates', () => {
    const mapping = new RelayMapping();
    const sequences = [10, 13, 12, 13, 14].map((sequence) => place(mapping, sequence)?.sequence ?? null);
    assert.deepEqual(sequences, [65_530, 65_533, 65_532, null, 65_534]);
  });

  it('drops what is older than its beginning', () => {
    const mapping = new RelayMapping();
    place(mapping, 10);
    assert.equal(place(mapping, 9), null);
    place(mapping, 12);
    assert.equal(place(mapping, 8), null);
    assert.ok(place(mapping, 11));
  });

  it('starts anew with another SSRC or after a prompt, without a gap', () => {
    const mapping = new RelayMapping();
    place(mapping, 10);
    const next = { sequence: 5, timestamp: 50 };
    assert.deepEqual(place(mapping, 40_000, { ssrc: 2, next }), { ...next, isFirst: true });
    mapping.reset();
    assert.deepEqual(place(mapping, 40_001, { ssrc: 2, next }), { ...next, isFirst: true });
  });

  it('follows a jump of the source only when a second packet confirms it (RFC 3550 A.1)', () => {
    const mapping = new RelayMapping();
    place(mapping, 10);
    const next = { sequence: 77, timestamp: 7 };
    assert.equal(place(mapping, 20_000, { next }), null);
    assert.equal(place(mapping, 11)?.sequence, 65_531, 'one stray packet changes nothing');
    assert.equal(place(mapping, 20_000, { next }), null);
    assert.deepEqual(place(mapping, 20_001, { next }), { ...next, isFirst: true });
  });

  it('closes up when a packet is taken out of it', () => {
    const mapping = new RelayMapping();
    place(mapping, 10);
    place(mapping, 11);
    mapping.withdraw({ ...emptyRtpHeader(), sequence: 11 });
    assert.equal(place(mapping, 12)?.sequence, 65_531);
  });

  it('never gives one sequence number to two packets of a source, whatever their order', () => {
    const steps = fc.array(fc.integer({ min: -20, max: 40 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(steps, fc.nat(65_535), (moves, start) => {
        const mapping = new RelayMapping();
        const given = new Map<number, number>();
        let sequence = start + 65_536;
        for (const move of moves) {
          sequence += move;
          const at = place(mapping, sequence);
          if (at === null) continue;
          assert.equal(given.get(at.sequence) ?? sequence, sequence);
          given.set(at.sequence, sequence);
        }
      }),
    );
  });
});
