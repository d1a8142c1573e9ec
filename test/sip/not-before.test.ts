import assert from 'node:assert/strict';
import { createListening } from '../../lib/media/listening.ts';
import { NO_RECORDINGS } from '../../lib/ports/recordings.ts';
import { createSip } from '../../lib/sip/sip.ts';
import { FakeMedia } from '../support/fake-media.ts';
import { countingIds, ManualClock, MemoryLog, MemoryRegistrations } from '../support/outside-world.ts';
import { SilentLink } from './silent-link.ts';
import { configuration, Recorder, trunk } from './sip-rig.ts';

/** So long the engine may be given an INVITE before it is to leave. */
const HAND_OVER_MS = 60;
const AHEAD_MS = 150;

const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function dialled(holds: boolean) {
  const clock = new ManualClock();
  const link = new SilentLink({ holds });
  const media = new FakeMedia();
  const recorder = new Recorder();
  const rest = { secretOf: String, registrations: new MemoryRegistrations(), ids: countingIds(), log: new MemoryLog() };
  const sip = createSip(
    {
      control: { kind: 'listen', path: '', secret: '' },
      listening: createListening({ recordings: NO_RECORDINGS }),
      showsTrying: true,
      advertise: null,
      media,
      configuration: () => configuration([trunk('carrier', 'sip:127.0.14.80:5070')], []),
      clock,
      keySecret: Buffer.from('k'),
      ...rest,
    },
    link,
  );
  sip.listen(recorder);
  await sip.start();
  const notBefore = clock.now() + AHEAD_MS;
  sip.dial({
    legId: 'a',
    candidate: { kind: 'trunk', trunk: 'carrier', user: '1' },
    identity: { callerId: { number: '1', name: null } },
    callbackId: null,
    idempotencyKey: 'a',
    likeLeg: null,
    notBefore,
  });
  await turns();
  assert.equal(media.stats().endpoints, 1, 'what takes time is done by now');
  return { clock, link, media, recorder, sip };
}

describe('sip: an INVITE that is ordered before it is to leave', () => {
  it('goes at its instant to an engine that cannot wait', async () => {
    const { clock, link } = await dialled(false);
    clock.advance(AHEAD_MS - 1);
    assert.deepEqual(link.methods(), []);
    clock.advance(1);
    assert.deepEqual(link.methods(), ['INVITE']);
    assert.equal(link.sent[0]!.request.holdMs, undefined);
  });

  it('is given to one that can a little sooner, with its instant', async () => {
    const { clock, link } = await dialled(true);
    clock.advance(AHEAD_MS - HAND_OVER_MS - 1);
    assert.deepEqual(link.methods(), []);
    clock.advance(1);
    assert.equal(link.sent[0]!.request.holdMs, HAND_OVER_MS);
  });

  it('is never sent when it is hung up meanwhile', async () => {
    const { clock, link, media, recorder, sip } = await dialled(true);
    clock.advance(10);
    sip.hangUp('a', { cause: 16, text: 'Cancelled' });
    clock.advance(60_000);
    await turns();
    assert.deepEqual(link.methods(), []);
    assert.deepEqual(recorder.types('a'), ['rejected']);
    assert.equal(media.stats().endpoints, 0);
    assert.equal(clock.waiting, 0, 'an alarm is left');
  });
});
