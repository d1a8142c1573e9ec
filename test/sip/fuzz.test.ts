import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { hurriedClock } from '../support/outside-world.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.70';
const runMs = 2000;

/** mulberry32: the same garbage in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pieces = [
  '',
  ' ',
  '"',
  '<',
  '>',
  ';',
  ',',
  '=',
  '\\',
  '%',
  '%0d%0a',
  '\u0000',
  'é😀',
  '<sip:',
  'sip:@',
  '<sip:a@b>',
  '"x" <sip:+5548@h>',
  'tel:+1',
  '*',
  '|',
  ';tag=',
  ';tag=x',
  'Digest ',
  'Digest realm="drachtio-callback", nonce="',
  'response=',
  '0',
  '-1',
  '99999999999',
  '1 INVITE',
  'q'.repeat(2000),
  '__proto__',
  'constructor',
  'application/sdp',
  'multipart/mixed;boundary=',
  'Q.850;cause=',
  ';expires=',
  'v=0\r\nm=audio',
  '\r\n x',
  '\r\n\r\n',
];
const names = [
  'From',
  'To',
  'Contact',
  'P-Asserted-Identity',
  'Privacy',
  'Reason',
  'Require',
  'Authorization',
  'Expires',
  'Content-Type',
  'Supported',
  'User-Agent',
  'Session-Expires',
  'Record-Route',
  'Retry-After',
  '__proto__',
  'X-Any',
  'Content-Length',
  'CSeq',
  'Call-ID',
];
const methods = [
  'INVITE',
  'INVITE',
  'INVITE',
  'REGISTER',
  'OPTIONS',
  'INFO',
  'MESSAGE',
  'SUBSCRIBE',
  'NOTIFY',
  'CANCEL',
  'ACK',
  'BYE',
  'UPDATE',
  'XYZZY',
];

describe('sip: garbage', () => {
  it(`for ${runMs} ms crashes nothing, leaves nothing, and calls work afterwards`, async () => {
    const rig = await Rig.open({ address, t1Ms: 5, sip: { clock: hurriedClock(50) } });
    rig.configuration = configuration([], [{ number: '201', contact: null, password: 'x' }]);
    const phone = await rig.phone();
    const random = randomOf(14);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    rig.recorder.onOffered = ({ legId }) => {
      const what = random();
      if (what < 0.6)
        rig.sip.reject(legId, { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'x' }, callbackId: 'c' });
      else if (what < 0.9) rig.sip.answer(legId);
      else rig.sip.hangUp(legId, { cause: 16, text: '' });
    };
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const endsAt = Date.now() + runMs;
    let sent = 0;
    while (Date.now() < endsAt) {
      for (let i = 0; i < 20; i++) sendGarbage(phone, { rig, random, pick, number: sent++ });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await rig.recorder
      .until('the end of all', () => (rig.sip.stats().legs === 0 ? true : undefined), 5000)
      .catch(() => {});
    assert.ok(rig.recorder.calls.length > 100, `${rig.recorder.calls.length} of ${sent} were calls`);
    rig.recorder.onOffered = ({ legId }) => rig.sip.reject(legId, { status: 486, reason: null, callbackId: null });
    const probe = await rig.phone();
    assert.equal((await probe.call({ to: rig.uri('1') }).final()).status, 486);
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
    await rig.close();
  }).timeout(15_000);

  it('in the responses of a trunk ends each call once', async () => {
    const rig = await Rig.open({ address: '127.0.14.72', t1Ms: 5, sip: { clock: hurriedClock(50) } });
    const phone = await rig.phone();
    const auth = { username: 'u', password: 'p' };
    rig.configuration = configuration([trunk('carrier', `sip:127.0.14.72:${phone.port}`, { auth })], []);
    const random = randomOf(3261);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const noise = () =>
      Array.from({ length: Math.floor(random() * 4) }, () => pick(pieces))
        .join('')
        .replace(/[\r\n]/g, '');
    const statuses = [180, 183, 199, 200, 200, 202, 299, 301, 401, 407, 408, 480, 486, 499, 503, 600, 603, 699];
    const headers = [
      'Reason',
      'Retry-After',
      'WWW-Authenticate',
      'Proxy-Authenticate',
      'Contact',
      'Record-Route',
      'Content-Type',
      'Require',
      'RSeq',
    ];
    phone.onCall = (call) => {
      for (let i = 0; i < 3; i++) {
        const status = pick(statuses);
        const options = {
          phrase: noise(),
          headers: [[pick(headers), noise()]] as const,
          body: random() < 0.5 ? phone.sdp() : noise(),
        };
        if (status < 200) call.provisional(status, options);
        else {
          call.reject(status, options);
          return;
        }
      }
    };
    const legs = Array.from({ length: 150 }, () => rig.dial({ kind: 'trunk', trunk: 'carrier', user: noise() }));
    const heard = (legId: string) => rig.recorder.types(legId).some((type) => type !== 'dialled');
    await rig.recorder.until('a sign of each', () => (legs.every(heard) ? true : undefined));
    for (const legId of legs) rig.sip.hangUp(legId, { cause: 16, text: '' });
    for (const legId of legs) {
      await rig.recorder.last(legId);
      assert.equal(rig.recorder.types(legId).filter((type) => type === 'rejected' || type === 'ended').length, 1);
    }
    await rig.close();
  });

  it('over TCP ends with the connection, and calls over TCP work', async () => {
    const rig = await Rig.open({ address: '127.0.14.71' });
    rig.recorder.onOffered = ({ legId }) => rig.sip.reject(legId, { status: 486, reason: null, callbackId: null });
    const port = Number(/tcp\/127\.0\.14\.71:(\d+)/.exec(JSON.stringify(rig.log.lines))?.[1]);
    const socket = connect(port, rig.address);
    await once(socket, 'connect');
    const headers =
      'Via: SIP/2.0/TCP 127.0.14.71:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:1@b>\r\nCall-ID: tcp\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@b>\r\n';
    socket.write(`INVITE sip:1@b SIP/2.0\r\n${headers}Content-Length: 0\r\n\r\n`);
    let got = '';
    while (!got.includes('SIP/2.0 486')) got += String((await once(socket, 'data'))[0]);
    assert.equal(rig.recorder.calls[0]?.source.protocol, 'tcp');
    socket.destroy();
    await rig.close();
  });
});

interface Garbage {
  rig: Rig;
  random: () => number;
  pick: <T>(list: readonly T[]) => T;
  number: number;
}

function sendGarbage(phone: SipPhone, { rig, random, pick, number }: Garbage): void {
  const noise = () => Array.from({ length: Math.floor(random() * 4) }, () => pick(pieces)).join('');
  const method = pick(methods);
  const uri = random() < 0.2 ? `sip:${noise().replace(/\s/g, '')}@h` : rig.uri('100');
  const headers = new Map([
    ['Via', `SIP/2.0/UDP ${phone.address}:${phone.port};rport;branch=z9hG4bK${number}`],
    ['Max-Forwards', '70'],
    ['From', `<sip:${random() < 0.3 ? '201' : '100'}@h>;tag=f${number}`],
    ['To', `<sip:201@${rig.address}>`],
    ['Call-ID', `call-${number}`],
    ['CSeq', `1 ${method}`],
    ['Contact', `<${phone.uri}>`],
  ]);
  const changes = Math.floor(random() * 4);
  for (let i = 0; i < changes; i++) headers.set(pick(names), noise());
  const body = random() < 0.5 ? phone.sdp() : noise();
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/sdp');
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const raw = `${method} ${uri} SIP/2.0\r\n${lines}\r\n${body}`;
  phone.sendRaw(raw, { address: rig.address, port: rig.port });
}
