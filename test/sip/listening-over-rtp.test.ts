import assert from 'node:assert/strict';
import { AMD_STANDARD } from '../../lib/core/call/detection.ts';
import { createEmbeddedMedia } from '../../lib/media/embedded/engine.ts';
import { createListening } from '../../lib/media/listening.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { silence, speech, tone } from '../media/detection/samples.ts';
import { MemoryRecordings } from '../support/memory-recordings.ts';
import { goertzelShare, RtpPeer } from '../support/rtp-peer.ts';
import { silentLog } from '../support/silent-log.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.65.60';

const inTurn = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));

for (const threads of [0, 1])
  describe(`sip: what is listened to on a leg, over RTP, with ${threads} threads for it`, () => {
    let media: MediaEngine;
    let rig: Rig;
    let recordings: MemoryRecordings;
    let peers: RtpPeer[];
    beforeEach(async () => {
      media = createEmbeddedMedia({
        ...{ portRange: { from: 14_800, to: 14_899 }, promptDirectories: [], log: silentLog(), threads },
      });
      await media.start();
      recordings = new MemoryRecordings();
      rig = await Rig.open({ address, t1Ms: 50, media, sip: { listening: createListening({ recordings }) } });
      peers = [];
    });
    afterEach(async () => {
      await rig.close();
      await media.stop();
      for (const peer of peers) peer.close();
    });

    async function answered() {
      const phone = await rig.phone();
      const rtp = await RtpPeer.open({ address });
      peers.push(rtp);
      const name = `t${peers.length}`;
      const trunks = [...rig.configuration.trunks, trunk(name, `sip:${address}:${phone.port}`)];
      rig.configuration = configuration(trunks, []);
      const legId = rig.dial({ kind: 'trunk', trunk: name, user: '1' });
      const call = await phone.nextCall();
      rtp.aim(call.invite.body);
      await call.answer({ sdp: rtp.sdp() });
      await rig.recorder.of(legId, 'answered');
      return { legId, rtp };
    }
    async function hangUp(...legs: string[]): Promise<void> {
      for (const leg of legs) rig.sip.hangUp(leg, { cause: 16, text: '' });
      for (const leg of legs) await rig.recorder.last(leg);
    }

    it('a person, and a machine with its beep, are told apart', async () => {
      const [person, machine] = [await answered(), await answered()];
      for (const { legId } of [person, machine])
        rig.sip.detect(legId, `d-${legId}`, { what: 'human', settings: AMD_STANDARD });
      person.rtp.sendSamples(inTurn(silence(300), speech('human-pt-alo-2')));
      machine.rtp.sendSamples(
        inTurn(silence(300), speech('machine-en-short'), speech('machine-es-buzon'), silence(300), tone(1000, 400)),
      );
      assert.equal((await rig.recorder.of(person.legId, 'detected', 8000)).result, 'human');
      const detected = await rig.recorder.of(machine.legId, 'detected', 8000);
      assert.deepEqual([detected.result, detected.detectId], ['machine', `d-${machine.legId}`]);
      rig.sip.detect(machine.legId, 'beep', { what: 'beep', settings: { within: 10_000 } });
      const beep = () => rig.recorder.events.find((event) => event.type === 'detected' && event.detectId === 'beep');
      const found = await rig.recorder.until('the beep', beep, 12_000);
      assert.equal(found.type === 'detected' && found.cause, 'BEEP');
      await hangUp(person.legId, machine.legId);
    });

    it('a recording of a bridge has each side on its own channel', async () => {
      const [person, other] = [await answered(), await answered()];
      rig.sip.bridge(person.legId, other.legId);
      person.rtp.sendTone(440);
      other.rtp.sendTone(1000);
      rig.sip.record(person.legId, 'r', { what: 'stereo', maxSeconds: 2, silenceSeconds: null });
      const recorded = await rig.recorder.of(person.legId, 'recorded', 10_000);
      assert.deepEqual([recorded.seconds, recorded.why], [2, 'maxSeconds']);
      const { samples } = recordings.all.get('r')!;
      assert.equal(samples.length, 2 * 8000 * 2);
      const channel = (which: 0 | 1) => [...samples.filter((_, i) => i % 2 === which)].slice(8000);
      const shares = [goertzelShare(channel(0), 440), goertzelShare(channel(1), 1000)];
      assert.ok(
        shares.every((share) => share > 0.9),
        shares.join(),
      );
      await hangUp(person.legId, other.legId);
    });
  });
