import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  eventCodeOf,
  readTelephoneEvent,
  TelephoneEventReceiver,
  writeTelephoneEvent,
} from '../../lib/media/embedded/telephone-event.ts';

const SSRC = 1;

interface Packet {
  timestamp: number;
  key: string;
  duration: number;
  end: boolean;
}

/** A press as a phone sends it: updates each 20 ms, then the end three times. */
function press(key: string, timestamp: number, durationMs = 100): Packet[] {
  const total = durationMs * 8;
  const updates = Array.from({ length: total / 160 }, (_, step) => ({ duration: (step + 1) * 160, end: false }));
  const ends = [0, 0, 0].map(() => ({ duration: total, end: true }));
  return [...updates, ...ends].map((packet) => ({ ...packet, timestamp: timestamp >>> 0, key }));
}

function keysOf(packets: readonly Packet[], receiver = new TelephoneEventReceiver()): string {
  const keys = packets.map(({ timestamp, key, duration, end }) =>
    receiver.receive(SSRC, timestamp, { code: eventCodeOf(key)!, duration, end }),
  );
  return keys.filter((key) => key !== null).join('');
}

describe('Keys as RTP events (RFC 4733)', () => {
  it('knows 0-9 * # A-D, and nothing else', () => {
    for (const key of '0123456789*#ABCD') assert.equal(keysOf(press(key, 0)), key);
    assert.equal(eventCodeOf('d'), 15);
    for (const other of ['', 'E', '12', ' ']) assert.equal(eventCodeOf(other), null);
    assert.equal(new TelephoneEventReceiver().receive(SSRC, 0, { code: 16, duration: 160, end: false }), null);
  });

  it('reports a key at its first packet', () => {
    assert.equal(keysOf(press('5', 8000).slice(0, 1)), '5');
  });

  it('counts a press once, however often its packets come', () => {
    const packets = press('5', 8000);
    assert.equal(keysOf([...packets, ...packets]), '5');
    assert.equal(keysOf(packets.flatMap((packet) => [packet, packet, packet])), '5');
  });

  it('counts the same key twice when it is pressed twice', () => {
    assert.equal(keysOf([...press('5', 8000), ...press('5', 9600)]), '55');
    assert.equal(keysOf([...press('5', 8000, 40), ...press('5', 8640, 40)]), '55', '40 ms on, 40 ms off');
  });

  it('counts a press of which only end packets arrive', () => {
    assert.equal(keysOf(press('5', 8000).filter((packet) => packet.end)), '5');
  });

  it('counts presses whose end packets are lost, also of the same key', () => {
    const withoutEnds = (packets: Packet[]) => packets.filter((packet) => !packet.end);
    assert.equal(keysOf([...withoutEnds(press('5', 8000)), ...withoutEnds(press('6', 9600))]), '56');
    assert.equal(keysOf([...withoutEnds(press('5', 8000)), ...withoutEnds(press('5', 9600))]), '55');
  });

  it('is not misled by packets that come late and out of order', () => {
    const first = press('1', 8000);
    const second = press('2', 9600);
    assert.equal(keysOf([...first.slice(0, 3), ...second.slice(0, 2), ...first.slice(3), ...second.slice(2)]), '12');
    assert.equal(keysOf([...first, ...second].reverse()), '21', 'each once');
  });

  it('takes another key at the same timestamp as another press', () => {
    assert.equal(keysOf([...press('1', 8000), ...press('2', 8000)]), '12');
  });

  it('takes a long press as one, also when it goes on in further segments (2.5.1.3)', () => {
    const first = press('9', 100, 8180).filter((packet) => !packet.end);
    const full = { timestamp: 100, key: '9', duration: 0xffff, end: false };
    assert.equal(keysOf([...first, full, ...press('9', 100 + 0xffff, 2000)]), '9');
  });

  it('takes a press whose timestamp moves along with each packet as one', () => {
    const sliding = press('7', 0).map((packet, index) => ({ ...packet, timestamp: 8000 + index * 160 }));
    assert.equal(keysOf(sliding), '7');
  });

  it('counts across the wrap of the timestamp and after a new start of the source', () => {
    assert.equal(keysOf([...press('3', -800), ...press('3', 800)]), '33');
    const receiver = new TelephoneEventReceiver();
    const event = { code: 4, duration: 160, end: false };
    assert.equal(receiver.receive(1, 8000, event), '4');
    assert.equal(receiver.receive(2, 8000, event), '4', 'another SSRC');
    assert.equal(receiver.receive(2, 100, event), '4', 'a timestamp that went back');
  });

  it('counts every press once under any repetition and neighbouring disorder', () => {
    const presses = fc.array(fc.constantFrom(...'0123456789*#ABCD'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(presses, fc.infiniteStream(fc.nat(2)), (keys, noise) => {
        const packets: Packet[] = [];
        for (const packet of keys.flatMap((key, index) => press(key, index * 1600))) {
          for (let copy = noise.next().value; copy >= 0; copy -= 1) packets.push(packet);
          const [a, b] = [packets.length - 1, packets.length - 2];
          const swaps = noise.next().value === 0 && packets[b]?.timestamp === packet.timestamp;
          if (swaps) [packets[a], packets[b]] = [packets[b]!, packets[a]!];
        }
        assert.equal(keysOf(packets), keys.join(''));
      }),
    );
  });

  it('reads what it writes, and refuses less than four bytes', () => {
    const payload = Buffer.alloc(4);
    writeTelephoneEvent(payload, 0, { code: 11, end: true, duration: 0xffff });
    assert.deepEqual(readTelephoneEvent(payload), { code: 11, end: true, duration: 0xffff });
    assert.equal(readTelephoneEvent(payload.subarray(1)), null);
  });
});
