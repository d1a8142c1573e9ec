import assert from 'node:assert/strict';
import { createEmbeddedMedia } from '../../lib/media/embedded/engine.ts';
import { createListening } from '../../lib/media/listening.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { MemoryRecordings } from '../support/memory-recordings.ts';
import type { PhoneCall, RequestAnswer } from '../support/phone-call.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { RtpengineRig } from '../support/rtpengine-calls.ts';
import { silentLog } from '../support/silent-log.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipText } from '../support/sip-text.ts';
import { Timing } from './end-to-end-rig.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.65.40';
const TONES = { person: 440, extension: 1000, third: 1400 } as const;

interface Side {
  legId: string;
  call: PhoneCall;
  rtp: RtpPeer;
  tone: number;
  /** Re-INVITEs that came, in order. */
  reinvites: SipText[];
}

const portOf = (sdp: string) => Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);

/** An engine, and what ends it. */
interface Engine {
  media: MediaEngine;
  stop(): Promise<void>;
}

async function embedded(threads = 0): Promise<Engine> {
  const portRange = { from: 14_700, to: 14_799 };
  const media = createEmbeddedMedia({ portRange, promptDirectories: [], log: silentLog(), quarantineMs: 0, threads });
  await media.start();
  return { media, stop: () => media.stop() };
}

async function onRtpengine(): Promise<Engine> {
  const rig = new RtpengineRig('127.0.65', 80);
  await rig.rtpengine();
  const media = await rig.start();
  return { media, stop: () => rig.stop() };
}

const ENGINES: Record<string, () => Promise<Engine>> = {
  embedded: () => embedded(),
  // Of what is taken back one leg is in each.
  'embedded in two threads': () => embedded(2),
  rtpengine: onRtpengine,
};

for (const [name, open] of Object.entries(ENGINES))
  describe(`sip: media released after a bridge, ${name}`, function () {
    this.timeout(30_000);
    let engine: Engine;
    let media: MediaEngine;
    let rig: Rig;
    let timing: Timing;
    let phones: SipPhone[];
    let recordings: MemoryRecordings;
    let sides: Side[];
    let person: Side;
    let extension: Side;
    beforeEach(async () => {
      engine = await open();
      ({ media } = engine);
      timing = new Timing();
      recordings = new MemoryRecordings();
      const sip = { clock: timing, random: () => 0, listening: createListening({ recordings }) };
      rig = await Rig.open({ address, t1Ms: 20, media, sip });
      sides = [];
      phones = [await rig.phone('127.0.65.41'), await rig.phone('127.0.65.42'), await rig.phone('127.0.65.43')];
      const trunks = phones.map((phone, i) => trunk(`t${i}`, `sip:${phone.address}:${phone.port}`));
      rig.configuration = configuration(trunks, []);
      person = await answered(0, TONES.person);
      extension = await answered(1, TONES.extension, person.legId);
    });
    afterEach(async () => {
      for (const { legId } of sides) rig.sip.hangUp(legId, { cause: 16, text: '' });
      for (const { legId } of sides) await rig.recorder.last(legId);
      await rig.close();
      assert.equal(media.stats().endpoints, 0);
      await engine.stop();
      for (const { rtp } of sides) rtp.close();
    });

    /** A phone with RTP of its own, which sends its tone to wherever it is told to. */
    async function answered(index: number, tone: number, likeLeg: string | null = null): Promise<Side> {
      const phone = phones[index]!;
      const rtp = await RtpPeer.open({ address: phone.address });
      const legId = rig.dial({ kind: 'trunk', trunk: `t${index}`, user: '1' }, { likeLeg });
      const call = await phone.nextCall();
      rtp.aim(call.invite.body);
      await call.answer({ sdp: rtp.sdp() });
      await rig.recorder.of(legId, 'answered');
      rtp.sendTone(tone);
      const side: Side = { legId, call, rtp, tone, reinvites: [] };
      call.onRequest = (request) => takes(side, request);
      const note = call.note.bind(call);
      call.note = (message) => {
        // A stream that is refused has no port: the other side has gone in the midst of it
        if (message.method === 'ACK' && portOf(message.body) > 0) rtp.aim(message.body);
        note(message);
      };
      sides.push(side);
      return side;
    }

    /** As a phone does: it answers an offer, and makes one where it is asked for it. */
    function takes(side: Side, request: SipText): RequestAnswer {
      if (request.method !== 'INVITE') return { status: 200 };
      side.reinvites.push(request);
      if (request.body !== '') side.rtp.aim(request.body);
      return { status: 200, headers: [['Contact', `<${side.call.phone.uri}>`]], body: side.rtp.sdp() };
    }

    const refuses = (side: Side, status: number) => {
      side.call.onRequest = (request) => {
        if (request.method !== 'INVITE') return { status: 200 };
        side.reinvites.push(request);
        return { status };
      };
    };

    const hears = async (listener: Side, speaker: Side) => {
      await listener.rtp.heardMore(25);
      assert.ok(listener.rtp.shareOf(speaker.tone) > 0.9, `${speaker.tone} Hz: ${listener.rtp.shareOf(speaker.tone)}`);
    };
    const hearEachOther = async (a: Side, b: Side) => {
      await Promise.all([hears(a, b), hears(b, a)]);
    };
    /** Where what it hears comes from. */
    const from = ({ rtp }: Side) => rtp.received.at(-1)!.from;
    const isDirect = (listener: Side, speaker: Side) =>
      from(listener) === `${speaker.call.phone.address}:${speaker.rtp.port}`;
    async function eventually(what: string, isSo: () => boolean): Promise<void> {
      const giveUpAt = Date.now() + 5000;
      while (!isSo() && Date.now() < giveUpAt) await new Promise(setImmediate);
      assert.ok(isSo(), what);
    }
    const inUse = (ports: number) => eventually(`not ${ports} ports in use`, () => media.stats().endpoints === ports);
    const lastSdp = ({ call }: Side) =>
      call.received.findLast(({ body }) => body.startsWith('v=0'))?.body ?? call.invite.body;
    async function hangsUp(side: Side): Promise<void> {
      side.rtp.silence();
      await side.call.hangUp();
      await rig.recorder.last(side.legId);
    }
    const bridge = (a = person, b = extension) => rig.sip.bridge(a.legId, b.legId, { release: true });
    async function free(a = person, b = extension): Promise<void> {
      bridge(a, b);
      await inUse(0);
      await hearEachOther(a, b);
    }

    it('flows from phone to phone, and none of our ports is in use', async () => {
      assert.equal(media.stats().endpoints, 2);
      await free();
      assert.equal(media.stats().portsInUse, 0);
      assert.ok(isDirect(person, extension) && isDirect(extension, person));
      assert.equal(portOf(lastSdp(person)), extension.rtp.port);
      assert.equal(portOf(lastSdp(extension)), person.rtp.port);
      // o= is ours as before, one version on (RFC 3264 8)
      const origin = (sdp: string) => /^o=(\S+ \S+) (\d+) /m.exec(sdp)!.slice(1);
      const [before, after] = [origin(person.call.invite.body), origin(lastSdp(person))];
      assert.deepEqual(after, [before[0], String(Number(before[1]) + 1)]);
      await hangsUp(person);
    });

    it('is heard without a gap while it is on its way', async () => {
      rig.sip.bridge(person.legId, extension.legId);
      await hears(person, extension);
      person.rtp.received.length = 0;
      await free();
      await person.rtp.heardMore(25);
      const longest = Math.max(...person.rtp.gapsMs());
      assert.ok(longest < 400, `${longest} ms`);
    });

    for (const status of [488, 606, 500])
      it(`stays with us where one phone refuses the re-INVITE with ${status}, whichever it is`, async () => {
        for (const refusing of [extension, person]) {
          refuses(refusing, status);
          refusing.rtp.received.length = 0;
          bridge();
          // Asked for its offer, and given the other one's
          await eventually('not asked twice', () => refusing.reinvites.length === 2);
          await hearEachOther(person, extension);
          assert.equal(media.stats().endpoints, 2);
          assert.ok(!isDirect(person, extension) && !isDirect(extension, person));
          const other = refusing === extension ? person : extension;
          assert.notEqual(portOf(lastSdp(other)), refusing.rtp.port);
          refusing.call.onRequest = (request) => takes(refusing, request);
        }
        assert.equal(person.call.count('BYE') + extension.call.count('BYE'), 0);
      });

    it('stays with us where a phone does not answer', async () => {
      timing.hurry = 20;
      person.call.onRequest = (request) => (request.method === 'INVITE' ? null : { status: 200 });
      bridge();
      await extension.call.waitFor((message) => message.method === 'ACK' && message.body !== '');
      await hearEachOther(extension, person);
      assert.equal(media.stats().endpoints, 2);
      assert.equal(person.call.count('BYE') + extension.call.count('BYE'), 0);
    });

    it('is released a little later where a phone is busy with its own re-INVITE (491)', async () => {
      refuses(extension, 491);
      bridge();
      await eventually('not asked', () => extension.reinvites.length > 0);
      extension.call.onRequest = (request) => takes(extension, request);
      await inUse(0);
      await hears(person, extension);
    });

    it('is answered for by us between two attempts', async () => {
      refuses(extension, 491);
      bridge();
      await eventually('not asked', () => extension.reinvites.length > 0);
      const held = await person.call.reinvite(person.rtp.sdp({ direction: 'sendonly' }));
      assert.equal(held.status, 200);
      assert.notEqual(portOf(held.body), extension.rtp.port);
      assert.equal(extension.reinvites.length, 1);
      assert.equal((await person.call.reinvite(person.rtp.sdp())).status, 200);
      extension.call.onRequest = (request) => takes(extension, request);
      await inUse(0);
      await hears(person, extension);
    });

    it('comes back where a phone takes what the other one has not', async () => {
      // The person's phone answers, but with something that nobody can hand on
      person.call.onRequest = (request) => {
        if (request.method !== 'INVITE') return { status: 200 };
        person.reinvites.push(request);
        person.rtp.aim(request.body || rig.uri(''));
        const body = request.body === '' || portOf(request.body) === extension.rtp.port ? 'v=0\r\n' : person.rtp.sdp();
        return { status: 200, headers: [['Contact', `<${person.call.phone.uri}>`]], body };
      };
      person.call.onRequest = once(person.call.onRequest, (request) => takes(person, request));
      bridge();
      await eventually('not asked twice', () => person.reinvites.length >= 2);
      await hearEachOther(person, extension);
    });

    it('knows hold, keys and messages of the two from end to end', async () => {
      await free();
      const held = await person.call.reinvite(person.rtp.sdp({ direction: 'sendonly' }));
      assert.equal(held.status, 200);
      assert.match(extension.reinvites.at(-1)!.body, /a=sendonly/);
      assert.equal(portOf(held.body), extension.rtp.port);
      assert.equal((await person.call.reinvite(person.rtp.sdp())).status, 200);
      assert.equal((await person.call.info('application/dtmf-relay', 'Signal=7\r\nDuration=100\r\n')).status, 200);
      assert.equal((await rig.recorder.of(person.legId, 'digit')).digit, '7');
      assert.match((await extension.call.waitFor('INFO')).body, /Signal=7/);
      assert.equal(
        (await extension.call.send('MESSAGE', { headers: [['Content-Type', 'text/plain']], body: 'Hi' })).status,
        200,
      );
      assert.equal((await person.call.waitFor('MESSAGE')).body, 'Hi');
      assert.equal(media.stats().endpoints, 0);
    });

    it('is taken back for who stays, when something is played to him', async () => {
      await free();
      await hangsUp(extension);
      rig.sip.play(person.legId, 'p', 'tone:620/600');
      const ended = await rig.recorder.of(person.legId, 'playEnded');
      assert.equal(ended.result, 'played');
      assert.ok(person.rtp.shareOf(620) > 0.9);
      assert.equal(media.stats().endpoints, 1);
      person.rtp.pressKey('5');
      assert.equal((await rig.recorder.of(person.legId, 'digit')).digit, '5');
    });

    it('that the phone does not give back fails the play, and a stop comes before it', async () => {
      await free();
      await hangsUp(extension);
      refuses(person, 488);
      rig.sip.play(person.legId, 'p', 'tone:620/600');
      assert.equal((await rig.recorder.of(person.legId, 'playEnded')).result, 'failed');
      person.call.onRequest = (request) => takes(person, request);
      rig.sip.play(person.legId, 'q', 'tone:620/600');
      rig.sip.stopPlay(person.legId);
      const find = () => rig.recorder.events.find((event) => event.type === 'playEnded' && event.playId === 'q');
      const stopped = await rig.recorder.until('its end', find);
      assert.equal(stopped.type === 'playEnded' && stopped.result, 'stopped');
    });

    it('of who stays comes back when his phone asks for something', async () => {
      await free();
      await hangsUp(extension);
      const first = await person.call.reinvite(person.rtp.sdp());
      assert.equal(first.status, 491);
      await inUse(1);
      let status = 491;
      while (status === 491) ({ status } = await person.call.reinvite(person.rtp.sdp()));
      assert.equal(status, 200);
    });

    it('goes on to a third one, from end to end again or through us', async () => {
      await free();
      const third = await answered(2, TONES.third);
      rig.sip.bridge(person.legId, third.legId, { release: true });
      extension.rtp.silence();
      rig.sip.hangUp(extension.legId, { cause: 16, text: 'Transferred' });
      await rig.recorder.last(extension.legId);
      await inUse(0);
      await hearEachOther(person, third);
      assert.ok(isDirect(person, third) && isDirect(third, person));
      await hangsUp(third);
      sides.splice(sides.indexOf(third), 1);
      third.rtp.close();

      const fourth = await answered(2, TONES.third);
      rig.sip.bridge(person.legId, fourth.legId);
      await inUse(2);
      await hearEachOther(person, fourth);
      assert.ok(!isDirect(person, fourth));
    });

    it('comes back for both where the third one does not take it', async () => {
      await free();
      const third = await answered(2, TONES.third);
      // It goes on talking to where it was told to, until it is hung up
      extension.rtp.silence();
      refuses(third, 488);
      rig.sip.bridge(person.legId, third.legId, { release: true });
      await eventually('not asked twice', () => third.reinvites.length >= 2);
      await inUse(2);
      await hearEachOther(person, third);
    });

    it('stays with us while one of the two is recorded', async () => {
      const options = { what: 'mixed', maxSeconds: null, silenceSeconds: null } as const;
      rig.sip.record(person.legId, 'r1', options);
      bridge();
      await hears(person, extension);
      assert.equal(person.reinvites.length + extension.reinvites.length, 0);
      rig.sip.stopRecord(person.legId);
      // Begun right after the bridge: it is in time
      bridge();
      rig.sip.record(person.legId, 'r1b', options);
      await hears(person, extension);
      assert.equal(person.reinvites.length + extension.reinvites.length, 0);
      rig.sip.stopRecord(person.legId);
      // While the two are being asked
      bridge();
      await eventually('not asked', () => extension.reinvites.length > 0);
      rig.sip.record(person.legId, 'r2', options);
      await inUse(2);
      await hearEachOther(person, extension);
      rig.sip.stopRecord(person.legId);
      const second = () => rig.recorder.events.find((event) => event.type === 'recorded' && event.recordingId === 'r2');
      const recorded = await rig.recorder.until('its end', second);
      assert.ok(recorded.type === 'recorded' && recorded.seconds > 0.4, JSON.stringify(recorded));
    });

    /** Both have agreed, and our ports are not free yet. */
    const agreed = () =>
      extension.call.waitFor(({ method, body }) => method === 'ACK' && portOf(body) === person.rtp.port);

    it('stays with us where a recording begins in the moment between', async () => {
      bridge();
      await agreed();
      rig.sip.record(person.legId, 'r1', { what: 'mixed', maxSeconds: null, silenceSeconds: null });
      await eventually('not taken back', () => person.reinvites.length >= 2);
      await hearEachOther(person, extension);
      assert.ok(!isDirect(person, extension));
      assert.ok(!rig.recorder.events.some(({ type }) => type === 'recorded'));
      rig.sip.stopRecord(person.legId);
      assert.equal((await rig.recorder.of(person.legId, 'recorded')).why, 'stopped');
    });

    it('comes back in that moment though the phone is busy', async () => {
      bridge();
      await agreed();
      refuses(person, 491);
      rig.sip.bridge(person.legId, extension.legId);
      await eventually('not asked', () => person.reinvites.length >= 2);
      person.call.onRequest = (request) => takes(person, request);
      await eventually('not asked again', () => person.reinvites.length >= 3);
      await hearEachOther(person, extension);
      assert.equal(media.stats().endpoints, 2);
    });

    it('stays with who is being asked while the other one goes', async () => {
      const asked: SipText[] = [];
      extension.call.onRequest = (request) => {
        if (request.method !== 'INVITE') return { status: 200 };
        asked.push(request);
        return null;
      };
      bridge();
      await eventually('not asked', () => asked.length > 0);
      await hangsUp(person);
      extension.call.respondTo(asked[0]!, 200, { body: extension.rtp.sdp() });
      const ack = await extension.call.waitFor(({ method, body }) => method === 'ACK' && body !== '');
      assert.ok(portOf(ack.body) > 0, ack.body);
      rig.sip.play(extension.legId, 'p', 'tone:620/600');
      assert.equal((await rig.recorder.of(extension.legId, 'playEnded')).result, 'played');
      assert.ok(extension.rtp.shareOf(620) > 0.9);
    });

    it('that is asked back from a phone which knows no such call ends the leg', async () => {
      await free();
      await hangsUp(extension);
      refuses(person, 481);
      rig.sip.play(person.legId, 'p', 'tone:620/600');
      const last = await rig.recorder.last(person.legId);
      assert.equal(last.type === 'ended' && `${last.by}: ${last.text}`, 'system: a re-INVITE got 481');
    });

    it('ends with the call, in whatever state it is', async () => {
      for (const who of ['person', 'extension'] as const) {
        bridge();
        const side = who === 'person' ? person : extension;
        await eventually('not asked', () => extension.reinvites.length > 0);
        await hangsUp(side);
        const index = who === 'person' ? 0 : 1;
        const fresh = await answered(index, side.tone);
        if (who === 'person') person = fresh;
        else extension = fresh;
      }
    });
  });

/** The first time one way, then another. */
function once<A, B>(first: (given: A) => B, then: (given: A) => B): (given: A) => B {
  let isFirst = true;
  return (given) => {
    const run = isFirst ? first : then;
    isFirst = false;
    return run(given);
  };
}
