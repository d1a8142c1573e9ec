import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Alarm, AlarmHeap } from '../../lib/system/alarm-heap.ts';

describe('alarm heap', () => {
  it('gives the alarms in order of instant, then of setting, whichever were removed in between', () => {
    const instants = fc.array(fc.nat(1000), { maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(instants, fc.array(fc.nat(), { maxLength: 150, size: 'max' }), (ats, removals) => {
        const heap = new AlarmHeap();
        const kept: Alarm[] = ats.map((at) => heap.add(at, () => undefined));
        for (const removal of removals) {
          if (kept.length === 0) break;
          const [removed] = kept.splice(removal % kept.length, 1);
          heap.remove(removed!);
          heap.remove(removed!);
          assert.equal(heap.size, kept.length);
        }
        for (const expected of kept.toSorted((a, b) => a.at - b.at || a.serial - b.serial)) {
          assert.equal(heap.first(), expected);
          heap.remove(expected);
        }
        assert.equal(heap.first(), undefined);
      }),
    );
  });
});
