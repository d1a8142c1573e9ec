import assert from 'node:assert/strict';
import { createEmbeddedMedia } from '../../lib/media/embedded/engine.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { silentLog } from '../support/silent-log.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.60';

for (const threads of [0, 1])
  describe(`sip: with the embedded media, with ${threads} threads for RTP`, () => {
    let media: MediaEngine;
    let rig: Rig;
    let phone: SipPhone;
    let peers: RtpPeer[];
    beforeEach(async () => {
      media = createEmbeddedMedia({
        ...{ portRange: { from: 14_600, to: 14_699 }, promptDirectories: [], log: silentLog(), threads },
      });
      await media.start();
      rig = await Rig.open({ address, media });
      phone = await rig.phone();
      rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []);
      peers = [];
    });
    afterEach(async () => {
      await rig.close();
      assert.equal(media.stats().endpoints, 0);
      await media.stop();
      for (const peer of peers) peer.close();
    });

    async function peer(): Promise<RtpPeer> {
      const opened = await RtpPeer.open({ address });
      peers.push(opened);
      return opened;
    }

    /** Dials the phone, which answers with media of its own. */
    async function answered(likeLeg: string | null = null) {
      const rtp = await peer();
      const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' }, { likeLeg });
      const call = await phone.nextCall();
      rtp.aim(call.invite.body);
      await call.answer({ sdp: rtp.sdp() });
      await rig.recorder.of(legId, 'answered');
      return { legId, call, rtp };
    }

    it('a called person hears the prompt, presses a key both ways at once, and is bridged with an extension', async () => {
      const person = await answered();
      assert.match(person.call.invite.body, /m=audio \d+ RTP\/AVP 8 0 101/);
      rig.sip.play(person.legId, 'menu', 'tone:beep');
      await person.rtp.heard((received) => received.length >= 10);
      const ended = await rig.recorder.of(person.legId, 'playEnded');
      assert.equal(ended.result, 'played');
      person.rtp.pressKey('5');
      await person.call.info('application/dtmf-relay', 'Signal=5\r\nDuration=100\r\n');
      person.rtp.pressKey('6');
      await rig.recorder.until('the 6', () =>
        rig.recorder.events.find((event) => event.type === 'digit' && event.digit === '6'),
      );
      const digits = rig.recorder.events.flatMap((event) => (event.type === 'digit' ? [event.digit] : []));
      assert.deepEqual(digits, ['5', '6']);

      const extension = await answered(person.legId);
      rig.sip.bridge(person.legId, extension.legId);
      person.rtp.sendTone(440);
      extension.rtp.sendTone(1000);
      const before = [person.rtp.received.length, extension.rtp.received.length] as const;
      await person.rtp.heard((received) => received.length > before[0] + 25);
      await extension.rtp.heard((received) => received.length > before[1] + 25);
      assert.ok(person.rtp.shareOf(1000) > 0.9);
      assert.ok(extension.rtp.shareOf(440) > 0.9);

      const held = await person.call.reinvite(person.rtp.sdp({ direction: 'sendonly' }));
      assert.match(held.body, /a=recvonly/);
      // Nothing comes to the one who holds while what he sends himself goes on to the other one
      const onHold = [person.rtp.received.length, extension.rtp.received.length] as const;
      await extension.rtp.heard((received) => received.length > onHold[1] + 25);
      assert.ok(
        person.rtp.received.length <= onHold[0] + 2,
        `${person.rtp.received.length - onHold[0]} packets on hold`,
      );
      const resumed = await person.call.reinvite(person.rtp.sdp());
      assert.match(resumed.body, /a=sendrecv/);
      const after = person.rtp.received.length;
      await person.rtp.heard((received) => received.length > after + 25);
      assert.ok(person.rtp.shareOf(1000) > 0.9);

      await extension.call.hangUp();
      await rig.recorder.last(extension.legId);
      rig.sip.hangUp(person.legId, { cause: 16, text: '' });
      const last = await rig.recorder.last(person.legId);
      assert.ok(last.type === 'ended' && last.media !== undefined);
      assert.ok(last.media.received > 50 && last.media.sent > 50 && last.media.lost === 0, JSON.stringify(last.media));
    });

    it('a prompt that cannot be played says so', async () => {
      const { legId, call } = await answered();
      rig.sip.play(legId, 'p', 'no-such-prompt');
      assert.equal((await rig.recorder.of(legId, 'playEnded')).result, 'failed');
      await call.hangUp();
      await rig.recorder.last(legId);
    });

    it('an INVITE with real SDP fits into a datagram', async () => {
      const { legId, call } = await answered();
      assert.ok(Buffer.byteLength(call.invite.raw) < 1300, `${Buffer.byteLength(call.invite.raw)}`);
      await call.hangUp();
      await rig.recorder.last(legId);
    });
  });
