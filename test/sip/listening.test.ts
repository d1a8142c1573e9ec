import assert from 'node:assert/strict';
import { AMD_STANDARD } from '../../lib/core/call/detection.ts';
import { createListening } from '../../lib/media/listening.ts';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { framesOf, silence, tone } from '../media/detection/samples.ts';
import type { FakeEndpoint } from '../support/fake-media.ts';
import { MemoryRecordings } from '../support/memory-recordings.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.65.30';

describe('sip: what is listened to on a leg', () => {
  let rig: Rig;
  let phone: SipPhone;
  let recordings: MemoryRecordings;
  let legId: string;
  let call: PhoneCall;
  let endpoint: FakeEndpoint;
  beforeEach(async () => {
    recordings = new MemoryRecordings();
    rig = await Rig.open({ address, t1Ms: 20, sip: { listening: createListening({ recordings }) } });
    phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
    ({ legId, call } = await dialled());
    endpoint = rig.media.of(legId)!;
  });
  afterEach(() => rig.close());

  async function dialled(): Promise<{ legId: string; call: PhoneCall }> {
    const leg = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const made = await phone.nextCall();
    await made.answer();
    await rig.recorder.of(leg, 'answered');
    return { legId: leg, call: made };
  }

  const events = (type: 'detected' | 'recorded') => rig.recorder.events.filter((event) => event.type === type);
  const say = (parts: Int16Array[], who = endpoint) => {
    for (const frame of framesOf(parts, { noise: 0 })) who.say(frame);
  };
  async function hangUp(...legs: string[]): Promise<void> {
    for (const leg of legs) rig.sip.hangUp(leg, { cause: 16, text: '' });
    for (const leg of legs) await rig.recorder.last(leg);
  }
  const human = { what: 'human', settings: AMD_STANDARD } as const;

  it('a detection is told of once, and listens no longer', async () => {
    rig.sip.detect(legId, 'd1', human);
    say([silence(300), tone(300, 400), silence(700)]);
    assert.deepEqual(events('detected'), []);
    say([silence(2000), tone(300, 400), silence(2000)]);
    assert.deepEqual(events('detected'), [
      { type: 'detected', legId, detectId: 'd1', result: 'human', cause: 'HUMAN' },
    ]);
    assert.equal(endpoint.listeners, 0);
    await hangUp(legId);
  });

  it('a beep is waited for, and for nothing longer than was asked', async () => {
    rig.sip.detect(legId, 'd1', { what: 'beep', settings: { within: 3000 } });
    say([silence(500), tone(1000, 300), silence(500)]);
    rig.sip.detect(legId, 'd2', { what: 'beep', settings: { within: 1000 } });
    say([silence(1500)]);
    assert.deepEqual(
      events('detected').map(
        (event) => event.type === 'detected' && `${event.detectId} ${event.result} ${event.cause}`,
      ),
      ['d1 beep BEEP', 'd2 none TIMEOUT'],
    );
    await hangUp(legId);
  });

  it('a detection that is stopped, replaced, or outlived by its leg says nothing', async () => {
    rig.sip.detect(legId, 'd1', human);
    rig.sip.stopDetect(legId);
    rig.sip.detect(legId, 'd2', human);
    rig.sip.detect(legId, 'd3', human);
    assert.equal(endpoint.listeners, 1);
    await hangUp(legId);
    say([silence(5000)]);
    assert.deepEqual(events('detected'), []);
  });

  it('a recording is written, and told of when it is', async () => {
    rig.sip.record(legId, 'r1', { what: 'person', maxSeconds: null, silenceSeconds: null });
    say([tone(500, 1000)]);
    rig.sip.stopRecord(legId);
    const recorded = await rig.recorder.of(legId, 'recorded');
    assert.deepEqual(recorded, {
      type: 'recorded',
      legId,
      recordingId: 'r1',
      seconds: 1,
      why: 'stopped',
      silent: false,
    });
    assert.deepEqual(recordings.all.get('r1')!.samples, tone(500, 1000));
    assert.equal(endpoint.listeners, 0);
    await hangUp(legId);
  });

  it('of a bridge holds both sides, whoever the other one is, and ends with the leg, before its last event', async () => {
    rig.sip.record(legId, 'r1', { what: 'stereo', maxSeconds: null, silenceSeconds: null });
    say([tone(500, 20)]);
    for (const level of [111, 222]) {
      const other = await dialled();
      rig.sip.bridge(legId, other.legId);
      const there = rig.media.of(other.legId)!;
      assert.equal(there.listeners, 1);
      there.say(new Int16Array(160).fill(level));
      endpoint.say(new Int16Array(160).fill(1));
      await hangUp(other.legId);
    }
    endpoint.say(new Int16Array(160).fill(1));
    await call.hangUp();
    await rig.recorder.last(legId);
    assert.deepEqual(rig.recorder.types(legId).slice(-2), ['recorded', 'ended']);
    const recorded = await rig.recorder.of(legId, 'recorded');
    assert.deepEqual([recorded.seconds, recorded.why], [0.08, 'hangup']);
    const stereo = recordings.all.get('r1')!.samples;
    assert.deepEqual(
      [1, 2, 3].map((frame) => [...stereo.slice(320 * frame, 320 * frame + 2)]),
      [
        [1, 111],
        [1, 222],
        [1, 0],
      ],
    );
  });

  it('a recording is told to be over also where the engine goes, with the leg', async () => {
    rig.sip.record(legId, 'r1', { what: 'person', maxSeconds: null, silenceSeconds: null });
    say([tone(500, 1000)]);
    await rig.engine.stop();
    await rig.recorder.until('the loss', () => rig.recorder.engine.at(-1) === 'lost' || undefined);
    assert.deepEqual(events('recorded'), [
      { type: 'recorded', legId, recordingId: 'r1', seconds: 1, why: 'hangup', silent: false },
    ]);
    assert.equal(endpoint.listeners, 0);
  });

  it('a second recording ends the first; a full disk ends a recording, not the call', async () => {
    const options = { what: 'person', maxSeconds: null, silenceSeconds: null } as const;
    rig.sip.record(legId, 'r1', options);
    recordings.roomForPieces = 0;
    rig.sip.record(legId, 'r2', options);
    say([tone(500, 1000)]);
    const ends = () =>
      events('recorded').map((event) => event.type === 'recorded' && `${event.recordingId} ${event.why}`);
    await rig.recorder.until('both ends', () => (ends().length === 2 ? true : undefined));
    assert.deepEqual(ends().toSorted(), ['r1 stopped', 'r2 storage']);
    assert.equal(call.count('BYE'), 0);
    await hangUp(legId);
  });

  it('where nothing can be heard is said at once', async () => {
    endpoint.hear = () => null as unknown as ReturnType<MediaEndpoint['hear']> & (() => void);
    rig.sip.detect(legId, 'd1', human);
    rig.sip.detect(legId, 'd2', { what: 'beep', settings: { within: 1000 } });
    assert.deepEqual(
      events('detected').map((event) => event.type === 'detected' && `${event.result} ${event.cause}`),
      ['notsure NOMEDIA', 'none NOMEDIA'],
    );
    rig.sip.record(legId, 'r1', { what: 'person', maxSeconds: null, silenceSeconds: null });
    assert.equal((await rig.recorder.of(legId, 'recorded')).why, 'noMedia');
    assert.equal(recordings.all.size, 0);
    await hangUp(legId);
  });
});
