import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { LegResult } from '../../lib/core/call/leg.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.14.20';
const toTrunk = { kind: 'trunk', trunk: 'carrier', user: '048991996260' } as const;

describe('sip: an outbound call', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address });
    phone = await rig.phone();
    useTrunk({});
  });
  afterEach(() => rig.close());

  function useTrunk(more: Parameters<typeof trunk>[2]): void {
    rig.configuration = configuration([trunk('carrier', `sip:${address}:${phone.port};transport=udp`, more)], []);
  }

  async function resultOf(legId: string, timeoutMs?: number): Promise<LegResult> {
    const last = await rig.recorder.last(legId, timeoutMs);
    if (last.type !== 'rejected') assert.fail(JSON.stringify(last));
    return last.result;
  }

  it('is dialled, rings, is answered, plays, takes a key and is hung up', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    rig.sip.play(legId, 'p1', 'tone:beep');
    rig.media.of(legId)?.endPlay('played');
    await rig.recorder.of(legId, 'playEnded');
    await call.info('application/dtmf-relay', 'Signal=1\r\n');
    rig.sip.hangUp(legId, { cause: 16, text: 'done' });
    assert.equal((await call.waitFor('BYE')).get('reason'), 'Q.850;cause=16;text="done"');
    assert.deepEqual(await rig.recorder.last(legId), { type: 'ended', legId, by: 'local', text: 'done' });
    assert.deepEqual(rig.recorder.types(legId), [
      'dialled',
      'trying',
      'ringing',
      'answered',
      'playEnded',
      'digit',
      'ended',
    ]);
  });

  it('goes to the trunk as it is told: URI, To, caller ID, callback id, SDP', async () => {
    useTrunk({ domain: 'carrier.example' });
    const legId = rig.dial(toTrunk);
    const { invite } = await phone.nextCall();
    assert.equal(invite.uri, 'sip:048991996260@carrier.example');
    assert.equal(invite.get('to'), '<sip:048991996260@carrier.example>');
    assert.match(invite.get('from'), /^"Sapers" <sip:\+554831210110@carrier\.example>;tag=[0-9a-f]{16}$/);
    assert.equal(invite.get('x-callback-id'), 'cb-1');
    assert.equal(invite.get('p-asserted-identity'), '');
    assert.equal(invite.get('content-type'), 'application/sdp');
    assert.match(invite.get('contact'), new RegExp(`${address}:${rig.port}`));
    assert.match(invite.body, new RegExp(`c=IN IP4 ${address}`));
    assert.equal(rig.media.of(legId)?.options.address, address);
    assert.doesNotMatch(`${invite.get('supported')}${invite.get('require')}`, /100rel|timer/);
    phone.calls[0]?.reject(486);
    await rig.recorder.last(legId);
  });

  it('made again after a crash is a retransmission for the peer, which rings nobody twice', async () => {
    const same = { legId: 'leg-7', idempotencyKey: 'attempt-7' };
    rig.dial(toTrunk, same);
    (await phone.nextCall()).reject(486);
    await rig.recorder.last('leg-7');
    const after = await Rig.open({ address: '127.0.14.21' });
    try {
      after.configuration = rig.configuration;
      after.dial(toTrunk, same);
      const last = await after.recorder.last('leg-7');
      assert.equal(last.type === 'rejected' && last.result.status, 486);
    } finally {
      await after.close();
    }
    const [a, b] = phone.received('INVITE');
    assert.equal(phone.calls.length, 1, phone.summary());
    for (const name of ['call-id', 'from', 'to', 'cseq', 'x-callback-id'])
      assert.equal(a?.get(name), b?.get(name), name);
  });

  it('escapes what a user part must not hold and keeps what it may', async () => {
    for (const [user, expected] of [
      ['+55(48)9', '+55(48)9'],
      ['#31#123', '%2331%23123'],
      ['a b@c<d>"\r\n', 'a%20b%40c%3Cd%3E%22%0D%0A'],
      ['%2B55', '%2B55'],
      ['99%', '99%25'],
    ] as const) {
      const legId = rig.dial({ ...toTrunk, user });
      const call = await phone.nextCall();
      assert.equal(call.invite.uri, `sip:${expected}@${address}`);
      assert.equal(call.invite.get('to'), `<sip:${expected}@${address}>`);
      call.reject(404);
      await rig.recorder.last(legId);
    }
  });

  it('shows identities as the trunk wants them', async () => {
    const cases = [
      [
        { pai: true, privacy: false, from: 'callerId' },
        /^"Sapers" <sip:\+554831210110@/,
        /^"Sapers" <sip:\+554831210110@/,
        '',
      ],
      [
        { pai: true, privacy: true, from: 'callerId' },
        /^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/,
        /\+554831210110@/,
        'id',
      ],
      [{ pai: false, privacy: false, from: 'username' }, /^"Sapers" <sip:account@/, /^$/, ''],
    ] as const;
    for (const [identity, from, asserted, privacy] of cases) {
      useTrunk({ identity: { ...identity, callbackIdHeader: false }, auth: { username: 'account', password: 'x' } });
      const legId = rig.dial(toTrunk);
      const call = await phone.nextCall();
      assert.match(call.invite.get('from'), from);
      assert.match(call.invite.get('p-asserted-identity'), asserted);
      assert.equal(call.invite.get('privacy'), privacy);
      assert.equal(call.invite.get('x-callback-id'), '');
      call.reject(486);
      await rig.recorder.last(legId);
    }
  });

  it('stays below 1,300 bytes on UDP, whatever names it carries', async () => {
    useTrunk({
      identity: { pai: true, privacy: false, from: 'callerId', callbackIdHeader: true },
      domain: `${'d'.repeat(60)}.example`,
    });
    const identity = { callerId: { number: '+554831210110', name: '"Ünïcödé" \\ '.repeat(40) } };
    const legId = rig.dial(toTrunk, { identity, callbackId: 'c'.repeat(64) });
    const { invite } = await phone.nextCall();
    assert.ok(Buffer.byteLength(invite.raw) < 1300, `${Buffer.byteLength(invite.raw)} bytes`);
    assert.equal(invite.get('x-callback-id'), 'c'.repeat(64));
    assert.match(invite.get('from'), /\+554831210110/);
    phone.calls[0]?.reject(486);
    await rig.recorder.last(legId);
  });

  it('reports a refusal with all that it says', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    call.reject(603, {
      phrase: 'Network Blocked',
      headers: [
        ['Reason', 'SIP;cause=603;text="a; b, c"'],
        ['Reason', 'q.850 ;cause=21;location=U;text="say \\"no\\""'],
        ['Retry-After', '120 (in a meeting);duration=60'],
      ],
    });
    assert.deepEqual(await resultOf(legId), {
      kind: 'final',
      status: 603,
      phrase: 'Network Blocked',
      q850Cause: 21,
      location: 'U',
      text: 'say "no"',
      retryAfterSeconds: 120,
      rang: true,
    });
    assert.equal(rig.media.stats().endpoints, 0);
  });

  it('does not follow a redirection', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.reject(302, { headers: [['Contact', `<sip:elsewhere@${address}:${phone.port}>`]] });
    const result = await resultOf(legId);
    assert.equal(`${result.kind} ${result.status}`, 'final 302');
    assert.equal(phone.received('INVITE').length, 1);
  });

  it('takes early media for ringing, not for an answer', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.provisional(183, { body: phone.sdp() });
    assert.equal((await rig.recorder.of(legId, 'ringing')).status, 183);
    assert.equal(rig.media.of(legId)?.remoteSdp, '');
    await call.answer({ sdp: null });
    await rig.recorder.of(legId, 'answered');
    assert.match(rig.media.of(legId)?.remoteSdp ?? '', /o=phone/);
    await call.hangUp([['Reason', 'Q.850;cause=16']]);
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'ended' && last.by, 'remote');
  });

  it('answered without a common codec is hung up and reported as media', async () => {
    for (const sdp of [phone.sdp({ payloads: [18] }), null, 'no sdp at all']) {
      const legId = rig.dial(toTrunk);
      const call = await phone.nextCall();
      await call.answer({ sdp });
      assert.match((await call.waitFor('BYE')).get('reason'), /cause=88/);
      assert.equal((await resultOf(legId)).kind, 'media');
      assert.ok(!rig.recorder.types(legId).includes('answered'));
    }
  });

  it('offers the codec of the leg that it will be bridged with', async () => {
    const first = rig.dial(toTrunk);
    const a = await phone.nextCall();
    await a.answer();
    await rig.recorder.of(first, 'answered');
    const second = rig.dial(toTrunk, { likeLeg: first });
    const b = await phone.nextCall();
    await b.answer();
    await rig.recorder.of(second, 'answered');
    assert.equal(rig.media.of(second)?.options.like, rig.media.of(first));
    rig.sip.bridge(first, second);
    assert.equal(rig.media.of(first)?.bridgedTo, rig.media.of(second));
    await Promise.all([a.hangUp(), b.hangUp()]);
  });

  it('that cannot be sent is reported as transport', async () => {
    rig.configuration = configuration(
      [
        trunk('closed', `sip:${address}:9;transport=udp`),
        trunk('refused', `sip:${address}:9;transport=tcp`),
        trunk('tls', `sip:${address}:9;transport=tls`),
        trunk('noname', 'sip:does-not-exist.invalid:5060'),
        trunk('bad', 'sip:'),
      ],
      [],
    );
    for (const name of ['closed', 'refused', 'tls', 'noname', 'bad', 'none']) {
      const legId = rig.dial({ kind: 'trunk', trunk: name, user: '1' });
      const result = await resultOf(legId, 9000);
      assert.equal(`${name} ${result.kind}`, `${name} transport`);
    }
    assert.equal(rig.media.stats().endpoints, 0);
  });

  it('without a media port is reported as such, and nothing is sent', async () => {
    rig.media.failure = 'MEDIA_FULL';
    const result = await resultOf(rig.dial(toTrunk));
    assert.equal(`${result.kind}: ${result.text}`, 'noCapacity: no ports');
  });

  it('hung up before it was sent is never sent', async () => {
    const legId = rig.dial(toTrunk);
    rig.sip.hangUp(legId, { cause: 16, text: 'changed my mind' });
    const result = await resultOf(legId);
    assert.equal(result.kind, 'cancelled');
    assert.deepEqual(rig.recorder.types(legId), ['rejected']);
    assert.equal(rig.sip.stats().legs, 0);
  });

  it('tells the ladder every message that the engine shows', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    call.ring();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    await call.hangUp();
    await rig.recorder.last(legId);
    const lines = () => rig.recorder.ladder.filter((line) => line.legId === legId);
    await rig.recorder.until('seven lines', () => (lines().length >= 7 ? true : undefined));
    assert.deepEqual(
      lines().map((line) => `${line.direction === 'sent' ? '>' : '<'} ${line.summary}`),
      ['> INVITE', '< 100 Trying', '< 180 Ringing', '< 200 OK', '> ACK', '< BYE', '> 200 OK'],
    );
    for (const line of lines()) assert.equal(line.peer, `udp/${address}:${phone.port}`);
  });
});

describe('sip: digest of an outbound call', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address: '127.0.14.22' });
    phone = await rig.phone();
    const auth = { username: 'account', password: 's3cret' };
    rig.configuration = configuration([trunk('carrier', `sip:127.0.14.22:${phone.port}`, { auth })], []);
  });
  afterEach(() => rig.close());

  function param(header: string, name: string): string {
    const parts = new RegExp(`\\b${name}=(?:"([^"]*)"|([^\\s",]+))`).exec(header);
    return parts?.[1] ?? parts?.[2] ?? '';
  }

  function expectedResponse(header: string, algorithm: 'md5' | 'sha256', invite: SipText): string {
    const hash = (text: string) => createHash(algorithm).update(text).digest('hex');
    const a1 = hash(`account:${param(header, 'realm')}:s3cret`);
    const a2 = hash(`INVITE:${invite.uri}`);
    const [nonce, nc, cnonce, qop] = ['nonce', 'nc', 'cnonce', 'qop'].map((name) => param(header, name));
    return qop ? hash(`${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`) : hash(`${a1}:${nonce}:${a2}`);
  }

  for (const [status, challengeName, authName, challenge, algorithm] of [
    [
      401,
      'WWW-Authenticate',
      'authorization',
      'Digest realm="r, 1", nonce="n1", qop="auth,auth-int", opaque="o"',
      'md5',
    ],
    [
      407,
      'Proxy-Authenticate',
      'proxy-authorization',
      'Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth"',
      'sha256',
    ],
    [401, 'WWW-Authenticate', 'authorization', 'DIGEST nonce=old,realm="r"', 'md5'],
    [
      407,
      'Proxy-Authenticate',
      'proxy-authorization',
      'Basic realm="x", Digest realm="r", nonce="n4", algorithm=MD5',
      'md5',
    ],
  ] as const) {
    it(`answers ${status} with ${challenge}`, async () => {
      const legId = rig.dial(toTrunk);
      const first = await phone.nextCall();
      first.reject(status, { headers: [[challengeName, challenge]] });
      const second = await phone.nextCall();
      const header = second.invite.get(authName);
      assert.equal(param(header, 'response'), expectedResponse(header, algorithm, second.invite));
      assert.equal(second.invite.get('call-id'), first.invite.get('call-id'));
      assert.equal(second.invite.get('from'), first.invite.get('from'));
      assert.equal(second.invite.get('cseq'), '2 INVITE');
      assert.equal(second.invite.body, first.invite.body);
      await second.answer();
      await rig.recorder.of(legId, 'answered');
      rig.sip.hangUp(legId, { cause: 16, text: '' });
      await second.waitFor('BYE');
      assert.equal((await rig.recorder.last(legId)).type, 'ended');
      assert.deepEqual(rig.recorder.types(legId).filter((type) => type === 'dialled').length, 1);
    });
  }

  it('gives up on a second challenge, and reports it', async () => {
    const legId = rig.dial(toTrunk);
    phone.onCall = (call) => call.reject(401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n"']] });
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && `${last.result.kind} ${last.result.status}`, 'final 401');
    assert.equal(phone.received('INVITE').length, 2);
  });

  it('tries once more when only the nonce was stale', async () => {
    const legId = rig.dial(toTrunk);
    phone.onCall = (call) =>
      call.reject(407, { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n", stale=TRUE']] });
    await rig.recorder.last(legId);
    assert.equal(phone.received('INVITE').length, 3);
  });

  it('has no answer to what it cannot meet', async () => {
    for (const challenge of [
      'Digest realm="r"',
      'Digest realm="r", nonce="n", algorithm=SHA-512-256',
      'Bearer x',
      'Digest realm="r", nonce="n", qop="auth-int"',
      '"',
    ]) {
      const legId = rig.dial(toTrunk);
      const call = await phone.nextCall();
      call.reject(401, { headers: [['WWW-Authenticate', challenge]] });
      const last = await rig.recorder.last(legId);
      assert.equal(last.type === 'rejected' && last.result.status, 401);
    }
  });

  it('answers a challenged BYE as well', async () => {
    const legId = rig.dial(toTrunk);
    const call = await phone.nextCall();
    await call.answer();
    await rig.recorder.of(legId, 'answered');
    call.answersBye = false;
    rig.sip.hangUp(legId, { cause: 16, text: '' });
    call.respondTo(await call.waitFor('BYE'), 401, { headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n"']] });
    const second = await call.waitFor((message) => message.method === 'BYE' && message.get('authorization') !== '');
    assert.equal(param(second.get('authorization'), 'uri'), second.uri);
    call.respondTo(second, 200);
    await rig.recorder.last(legId);
  });
});

describe('sip: a call to an extension', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address: '127.0.14.23' });
    phone = await rig.phone();
  });
  afterEach(() => rig.close());

  it('goes to its fixed contact and shows the caller', async () => {
    const contact = `sip:200@127.0.14.23:${phone.port};line=1`;
    rig.configuration = configuration([], [{ number: '200', contact, password: null }]);
    const legId = rig.dial({ kind: 'extension', extension: '200' });
    const call = await phone.nextCall();
    assert.equal(call.invite.uri, contact);
    assert.match(call.invite.get('from'), /^"Sapers" <sip:\+554831210110@/);
    assert.match(call.invite.get('to'), /^<sip:200@/);
    call.reject(486);
    await rig.recorder.last(legId);
  });

  it('goes where its REGISTER came from, with the registered contact as Request-URI', async () => {
    rig.configuration = configuration([], [{ number: '201', contact: null, password: 'x' }]);
    await rig.registrations.put({
      extension: '201',
      contact: 'sip:201@192.0.2.1:5099;ob',
      reachedAt: `sip:127.0.14.23:${phone.port};transport=udp`,
      callId: 'x',
      cseq: 1,
      expiresAt: Date.now() + 60_000,
      userAgent: null,
    });
    const legId = rig.dial({ kind: 'extension', extension: '201' });
    const call = await phone.nextCall();
    assert.equal(call.invite.uri, 'sip:201@192.0.2.1:5099;ob');
    call.reject(486);
    await rig.recorder.last(legId);
  });

  it('that is not there is not reachable', async () => {
    rig.configuration = configuration([], [{ number: '201', contact: null, password: 'x' }]);
    for (const extension of ['201', '999']) {
      const last = await rig.recorder.last(rig.dial({ kind: 'extension', extension }));
      assert.equal(last.type === 'rejected' && last.result.kind, 'notReachable');
    }
  });
});
