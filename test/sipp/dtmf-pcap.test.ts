import assert from 'node:assert/strict';
import { dtmfPcap, packetsOf } from './dtmf-pcap.ts';

describe('key presses as a pcap', () => {
  it('a press has one timestamp, growing durations, one marker and three ends', () => {
    const packets = packetsOf([{ key: '5', onMs: 100 }]);
    assert.equal(new Set(packets.map(({ timestamp }) => timestamp)).size, 1);
    assert.deepEqual(
      packets.map(({ duration }) => duration),
      [160, 320, 480, 640, 800, 800, 800, 800],
    );
    assert.deepEqual(
      packets.map(({ marker }) => marker),
      [true, ...Array(7).fill(false)],
    );
    assert.equal(packets.filter(({ end }) => end).length, 3);
  });

  it('two presses of one key differ by their timestamp, as far apart as their begins', () => {
    const packets = packetsOf([
      { key: '1', onMs: 100, offMs: 60 },
      { key: '1', onMs: 100 },
    ]);
    const [first, second] = [...new Set(packets.map(({ timestamp }) => timestamp))];
    assert.equal(second! - first!, 160 * 8);
  });

  it('what is lost is missing from the file, and its sequence numbers with it', () => {
    const all = packetsOf([{ key: '1' }]);
    const lossy = packetsOf([{ key: '1', lostFirst: 2, ends: 0 }]);
    assert.deepEqual(lossy, all.filter(({ end }) => !end).slice(2));
    assert.deepEqual(
      packetsOf([{ key: '1', updates: false }]),
      all.filter(({ end }) => end),
    );
  });

  it('the file has a record of 58 octets and a head for each packet, with payload type 101', () => {
    const file = dtmfPcap([{ key: '#' }]);
    const packets = packetsOf([{ key: '#' }]);
    assert.equal(file.length, 24 + packets.length * (16 + 42 + 16));
    assert.equal(file[24 + 16 + 42 + 1]! & 0x7f, 101);
    assert.equal(file[24 + 16 + 42 + 12], 11);
  });

  it('what is no key is refused', () => {
    assert.throws(() => packetsOf([{ key: 'x' }]), /not a key/);
    assert.throws(() => packetsOf([{ key: '12' }]), /not a key/);
  });
});
