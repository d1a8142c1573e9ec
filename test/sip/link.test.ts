import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { createEngine } from '../../lib/engine/engine.ts';
import { createListening } from '../../lib/media/listening.ts';
import { NO_RECORDINGS } from '../../lib/ports/recordings.ts';
import { createSip, type Sip, type SipOptions } from '../../lib/sip/sip.ts';
import { FakeMedia } from '../support/fake-media.ts';
import { countingIds, MemoryLog, MemoryRegistrations, systemClock } from '../support/outside-world.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { configuration, engineClock, Recorder, Rig, trunk } from './sip-rig.ts';

const toTrunk = { kind: 'trunk', trunk: 'carrier', user: '100' } as const;
const promise = { status: 486, reason: null, callbackId: null };

describe('sip: the link to the engine', () => {
  it('that breaks takes every leg with it, and none says how it ended; calls go on when it is back', async () => {
    const rig = await Rig.open({ address: '127.0.14.50' });
    const phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:127.0.14.50:${phone.port}`)], []);
    rig.recorder.onOffered = ({ legId, dialledUser }) => dialledUser === 'answer' && rig.sip.answer(legId);
    const answered = rig.dial(toTrunk);
    await (await phone.nextCall()).answer();
    await rig.recorder.of(answered, 'answered');
    const ringing = rig.dial(toTrunk);
    (await phone.nextCall()).ring();
    await rig.recorder.of(ringing, 'ringing');
    const hungUp = rig.dial(toTrunk);
    const third = await phone.nextCall();
    third.obeysCancel = false;
    third.ring();
    await rig.recorder.of(hungUp, 'ringing');
    rig.sip.hangUp(hungUp, { cause: 16, text: '' });
    phone.call({ to: rig.uri('offered') });
    const offered = (await rig.recorder.call()).legId;

    await rig.engine.stop();
    await rig.recorder.until('the loss', () => rig.recorder.engine.at(-1) === 'lost' || undefined);
    assert.deepEqual(await rig.sip.reject(offered, promise), { result: 'gone' });
    const nowhere = rig.dial(toTrunk);
    assert.equal(rig.sip.stats().legs, 0);
    for (const legId of [answered, ringing, hungUp, offered, nowhere]) {
      const ends = rig.recorder.types(legId).filter((type) => type === 'rejected' || type === 'ended');
      assert.deepEqual(ends, [], legId);
    }

    const connected = () => rig.log.lines.filter(({ text }) => text === 'the SIP engine is connected').length;
    await rig.startEngine();
    await waitUntil(() => connected() === 2);
    const later = rig.dial(toTrunk);
    (await phone.nextCall()).reject(486);
    await rig.recorder.last(later);
    await rig.close();
  });

  it('is made to a server that listens, with its secret, and requests come over it', async () => {
    const { engine, port, sipPort } = await listeningEngine('127.0.14.51');
    const { sip, recorder } = room({
      control: { kind: 'connect', host: '127.0.14.51', port, secret: 'right' },
      showsTrying: false,
    });
    const { listening } = await sip.start();
    assert.deepEqual(listening, [`udp/127.0.14.51:${sipPort}`]);
    const phone = await SipPhone.open({ address: '127.0.14.51' });
    recorder.onOffered = ({ legId }) => sip.reject(legId, { status: 486, reason: null, callbackId: null });
    const response = await phone.call({ to: `sip:100@127.0.14.51:${sipPort}` }).final();
    assert.equal(response.status, 486);
    assert.equal((await phone.requestOnce('OPTIONS', `sip:127.0.14.51:${sipPort}`)).status, 200);
    assert.equal((await phone.requestOnce('REGISTER', `sip:127.0.14.51:${sipPort}`)).status, 401);
    sip.dial({
      legId: 'a',
      candidate: { kind: 'extension', extension: '1' },
      identity: { callerId: { number: '1', name: null } },
      callbackId: null,
      idempotencyKey: 'a',
      likeLeg: null,
    });
    await recorder.last('a');
    await sip.stop();
    await engine.stop();
    phone.close();
  });

  it('holds CANCEL back through the engine where 100 is not shown', async () => {
    const { engine, port, sipPort } = await listeningEngine('127.0.14.52');
    const phone = await SipPhone.open({ address: '127.0.14.52' });
    phone.sendsTrying = false;
    const { sip, recorder } = room({
      control: { kind: 'connect', host: '127.0.14.52', port, secret: 'right' },
      showsTrying: false,
      configuration: () => configuration([trunk('carrier', `sip:127.0.14.52:${phone.port}`)], []),
    });
    await sip.start();
    sip.dial({
      legId: 'a',
      candidate: toTrunk,
      identity: { callerId: { number: '1', name: null } },
      callbackId: null,
      idempotencyKey: 'a',
      likeLeg: null,
    });
    const call = await phone.nextCall();
    await recorder.of('a', 'dialled');
    sip.hangUp('a', { cause: 16, text: '' });
    assert.equal((await phone.requestOnce('OPTIONS', `sip:127.0.14.52:${sipPort}`)).status, 200);
    assert.equal(call.count('CANCEL'), 0);
    call.provisional(100);
    await call.waitFor('CANCEL');
    const last = await recorder.last('a');
    assert.equal(last.type === 'rejected' && last.result.kind, 'cancelled');
    await sip.stop();
    await engine.stop();
    phone.close();
  });

  it('says when the secret is refused, when nobody is there, and when its socket is not to be had', async () => {
    const { engine, port } = await listeningEngine('127.0.14.53');
    const wrong = room({ control: { kind: 'connect', host: '127.0.14.53', port, secret: 'wrong' } });
    await assert.rejects(wrong.sip.start(), { code: 'SIP_SECRET_REFUSED' });
    await wrong.sip.stop();
    await engine.stop();
    const nobody = room({ control: { kind: 'connect', host: '127.0.14.53', port, secret: 'x' }, startTimeoutMs: 300 });
    await assert.rejects(nobody.sip.start(), { code: 'SIP_NO_ENGINE' });
    await nobody.sip.stop();
    const nowhere = room({ control: { kind: 'listen', path: '/nonexistent/control', secret: 'x' } });
    await assert.rejects(nowhere.sip.start(), { syscall: 'listen' });
    await nowhere.sip.stop();
  });

  it('survives an engine that talks nonsense', async () => {
    const { port, close } = await nonsenseServer('127.0.14.54');
    const { sip, log, recorder } = room({ control: { kind: 'connect', host: '127.0.14.54', port, secret: 'x' } });
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (...texts) => printed.push(texts);
    await sip.start();
    await recorder.call();
    await waitUntil(() => log.at('error').some(({ fields }) => JSON.stringify(fields).includes('invalid msg type')));
    assert.equal(sip.stats().legs, 1);
    const unanswered = sip.reject('leg-1', promise);
    await close();
    assert.deepEqual(await unanswered, { result: 'gone' });
    await waitUntil(() => sip.stats().legs === 0);
    await sip.stop();
    console.error = error;
    assert.deepEqual(printed, [], 'drachtio-srf prints nothing');
    const dropped = log.at('warn').filter(({ text }) => text.includes('could not be read'));
    assert.equal(dropped.length, 1);
    assert.doesNotMatch(JSON.stringify(log.lines), /5548991996260/);
  });

  it('hears a rejection whose phrase holds a line separator', async () => {
    const rig = await Rig.open({ address: '127.0.14.56' });
    const phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:127.0.14.56:${phone.port}`)], []);
    const legId = rig.dial(toTrunk);
    (await phone.nextCall()).reject(486, { phrase: 'Busy\u2028Here' });
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.kind === 'final' && last.result.status, 486);
    await rig.close();
  });

  it('answers methods that nobody knows, and the connection stays', async () => {
    const rig = await Rig.open({ address: '127.0.14.57' });
    const phone = await rig.phone();
    for (const method of ['FROBNICATE', 'X-Y', 'INVITES', 'ACKNOWLEDGE'])
      assert.equal((await phone.requestOnce(method, rig.uri('1'))).status, 501, method);
    const lost = rig.log.lines.filter(({ text }) => text.includes('lost'));
    assert.deepEqual(lost, []);
    await rig.close();
  });

  it('stops with calls up: each gets its BYE or CANCEL', async () => {
    const rig = await Rig.open({ address: '127.0.14.55' });
    const phone = await rig.phone();
    rig.configuration = configuration([trunk('carrier', `sip:127.0.14.55:${phone.port}`)], []);
    const up = rig.dial(toTrunk);
    const first = await phone.nextCall();
    await first.answer();
    await rig.recorder.of(up, 'answered');
    const ringing = rig.dial(toTrunk);
    const second = await phone.nextCall();
    second.ring();
    await rig.recorder.of(ringing, 'ringing');
    const caller = phone.call({ to: rig.uri('1') });
    await rig.recorder.call();
    await rig.sip.stop();
    await first.waitFor('BYE');
    await second.waitFor('CANCEL');
    assert.equal((await caller.final()).status, 503);
    await rig.close();
  });
});

async function listeningEngine(address: string) {
  const engine = createEngine(
    {
      listenPoints: [{ protocol: 'udp', address, port: 0 }],
      control: { kind: 'listen', address, port: 0, secret: 'right' },
    },
    { clock: engineClock },
  );
  const { sip, admin } = await engine.start();
  return { engine, port: admin!.port, sipPort: sip[0]!.port };
}

function room(options: Partial<SipOptions> & Pick<SipOptions, 'control'>): {
  sip: Sip;
  recorder: Recorder;
  log: MemoryLog;
} {
  const recorder = new Recorder();
  const log = new MemoryLog();
  const sip = createSip({
    listening: createListening({ recordings: NO_RECORDINGS }),
    showsTrying: true,
    advertise: null,
    media: new FakeMedia(),
    configuration: () => configuration([], []),
    secretOf: (secret) => String(secret),
    registrations: new MemoryRegistrations(),
    clock: systemClock,
    ids: countingIds(),
    log,
    keySecret: Buffer.from('k'),
    ...options,
  });
  sip.listen(recorder);
  return { sip, recorder, log };
}

/** Accepts any secret and then sends frames that no engine would send. */
async function nonsenseServer(address: string) {
  const frame = (text: string) => `${Buffer.byteLength(text)}#${text}`;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', (data) => {
      const id = /#([^|]+)\|/.exec(data.toString())?.[1];
      socket.write(frame(`1|response|${id}|OK|udp/1.2.3.4:5060,,x|v0|`));
      for (const text of [
        '2|frobnicate|x',
        '3|sip|network|1|udp|1.1.1.1|5|00:00:00.0|t||1.1.1.1|5060|\r\nINVITE x SIP/2.0\r\n\r\n',
        '4|sip|network|1|udp|1.1.1.1|5|x|t2|d|\r\nSIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n',
        '5|sip|network|1|udp|1.1.1.1|5|x|t3|d|\r\nCANCEL x SIP/2.0\r\n\r\n',
        '5|sip|network|1|udp|1.1.1.1|5|x|t4|d|\r\nnot SIP, with a number: +5548991996260\r\n\r\n',
        '6|response|nobody|OK',
      ]) {
        socket.write(frame(text));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, close };
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!isTrue()) {
    assert.ok(Date.now() < giveUpAt, 'waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
