import assert from 'node:assert/strict';
import { createIds } from '../../lib/system/ids.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('random ids', () => {
  it('names callbacks and attempts by UUIDv7 with the time in it, so that later ones sort later', () => {
    let now = Date.UTC(2026, 10, 20);
    const ids = createIds(() => now);
    for (const name of [ids.callbackId, ids.attemptId]) {
      const first = name();
      now += 1;
      const second = name();
      for (const id of [first, second]) assert.match(id, UUID_V7);
      assert.ok(first < second);
      assert.equal(Number.parseInt(second.replaceAll('-', '').slice(0, 12), 16), now);
    }
  });

  it('never gives a name twice, also within one millisecond, and every free bit varies', () => {
    const ids = createIds(() => 0);
    const names = Array.from({ length: 20_000 }, () => ids.callbackId());
    assert.equal(new Set(names).size, names.length);
    for (const place of [...Array(36).keys()].slice(15).filter((place) => ![18, 23].includes(place))) {
      const digits = new Set(names.map((name) => name[place]));
      assert.equal(digits.size, place === 19 ? 4 : 16, `digit ${place}`);
    }
  });

  it('names legs by 128 random bits that tell nothing and are a token in SIP', () => {
    const ids = createIds();
    const names = Array.from({ length: 1000 }, () => ids.legId());
    assert.equal(new Set(names).size, 1000);
    for (const name of names) assert.match(name, /^[0-9a-f]{32}$/);
  });
});
