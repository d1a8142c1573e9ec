import assert from 'node:assert/strict';
import type { Trunk } from '../../lib/core/configuration.ts';
import type { RegisterBinding } from '../../lib/ports/trunk-signalling.ts';
import { type DigestAlgorithm, digestResponse } from '../../lib/sip/message/digest.ts';
import { grantedSeconds } from '../../lib/sip/trunks/granted-seconds.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipText } from '../support/sip-text.ts';
import { Rig, trunk } from './sip-rig.ts';

const address = '127.0.51.20';
const field = (line: string, name: string) => new RegExp(`\\b${name}="?([^",]+)`).exec(line)?.[1] ?? '';

/** Whether these credentials are right for the password. */
function isRight(request: SipText, header: string, password: string): boolean {
  const line = request.get(header);
  const expected = digestResponse({
    method: request.method,
    uri: field(line, 'uri'),
    username: field(line, 'username'),
    password,
    realm: field(line, 'realm'),
    nonce: field(line, 'nonce'),
    algorithm: (field(line, 'algorithm') || 'MD5') as DigestAlgorithm,
    qop: field(line, 'qop') || null,
    cnonce: field(line, 'cnonce'),
    nc: field(line, 'nc'),
  });
  return line !== '' && field(line, 'response') === expected;
}

describe('sip: OPTIONS and REGISTER towards trunks', () => {
  let rig: Rig;
  let phone: SipPhone;
  let carrier: Trunk;
  let binding: RegisterBinding;
  beforeEach(async () => {
    rig = await Rig.open({ address, t1Ms: 50 });
    phone = await rig.phone();
    carrier = trunk('carrier', `sip:${address}:${phone.port};transport=udp`, {
      domain: 'carrier.example',
      auth: { username: 'sapers', password: 'secret' },
      register: { expiresSeconds: 300, contact: null },
    });
    binding = { callId: 'registration-1', cseq: 0 };
  });
  afterEach(() => rig.close());

  const register = (expiresSeconds = 300) => rig.sip.signalling.register(carrier, binding, expiresSeconds);

  it('OPTIONS goes to the domain by way of the proxy; whatever is answered comes back with its time', async () => {
    for (const status of [200, 404, 503]) {
      phone.onOther = (_request, respond) => respond(status);
      const result = await rig.sip.signalling.ping(carrier, 2_000);
      assert.ok(
        result.type === 'answered' && result.status === status && result.roundTripMs < 2_000,
        JSON.stringify(result),
      );
    }
    const [ping] = phone.received('OPTIONS');
    assert.equal(ping?.uri, 'sip:carrier.example');
    assert.match(ping!.get('from'), /^<sip:sapers@carrier\.example>;tag=/);
  });

  it('OPTIONS that nobody answers in time, or whose way is closed, is silent', async () => {
    phone.onOther = () => undefined;
    const silent = await rig.sip.signalling.ping(carrier, 120);
    assert.deepEqual(silent, { type: 'silent', text: 'no answer in 120 ms' });
    const nowhere = await rig.sip.signalling.ping({ ...carrier, proxy: 'sip:127.0.51.99:5;transport=tcp' }, 2_000);
    assert.equal(nowhere.type, 'silent');
  });

  it('OPTIONS to a name that the DNS does not know is silent, and says so', async () => {
    const lost = await rig.sip.signalling.ping({ ...carrier, proxy: 'sip:nowhere.invalid' }, 5_000);
    assert.deepEqual(lost, { type: 'silent', text: 'unable to resolve nowhere.invalid' });
  });

  it('OPTIONS over TCP goes over TCP', async () => {
    const result = await rig.sip.signalling.ping(
      { ...carrier, proxy: `sip:${address}:${phone.port};transport=tcp` },
      2_000,
    );
    assert.equal(result.type, 'silent', 'nobody listens there by TCP');
  });

  it('registers our contact with credentials, and takes it back', async () => {
    phone.onOther = (request, respond) => {
      if (!isRight(request, 'authorization', 'secret'))
        return respond(401, [['WWW-Authenticate', 'Digest realm="carrier", nonce="n1", qop="auth"']]);
      respond(200, [['Contact', `${request.get('contact').replace(/expires=\d+/, 'expires=120')}`]]);
    };
    assert.deepEqual(await register(), { type: 'registered', expiresSeconds: 120 });
    const [first, second] = phone.received('REGISTER');
    assert.equal(first?.uri, 'sip:carrier.example');
    assert.deepEqual(
      [first, second].map((request) => [request?.get('call-id'), request?.get('cseq'), request?.get('to')]),
      [
        ['registration-1', '1 REGISTER', '<sip:sapers@carrier.example>'],
        ['registration-1', '2 REGISTER', '<sip:sapers@carrier.example>'],
      ],
    );
    assert.equal(first?.get('contact'), `<sip:sapers@${address}:${rig.port}>;expires=300`);
    assert.deepEqual(await register(0), { type: 'registered', expiresSeconds: 0 });
    assert.match(phone.received('REGISTER').at(-1)!.get('contact'), /;expires=0$/);
  });

  it('a proxy may challenge by 407, and a stale nonce is answered once more', async () => {
    const nonces = ['first', 'second'];
    phone.onOther = (request, respond) => {
      const given = field(request.get('proxy-authorization'), 'nonce');
      if (given === 'second' && isRight(request, 'proxy-authorization', 'secret')) return respond(200);
      const stale = given === 'first' ? ', stale=true' : '';
      respond(407, [['Proxy-Authenticate', `Digest realm="carrier", nonce="${nonces.shift()}"${stale}`]]);
    };
    assert.deepEqual(await register(), { type: 'registered', expiresSeconds: 300 });
    assert.equal(phone.received('REGISTER').length, 3);
  });

  it('credentials that are refused are not tried a third time', async () => {
    phone.onOther = (_request, respond) =>
      respond(401, [['WWW-Authenticate', `Digest realm="carrier", nonce="n${Math.random()}"`]]);
    assert.deepEqual(await register(), { type: 'credentials', status: 401, text: '401 Test' });
    assert.equal(phone.received('REGISTER').length, 2);
  });

  it('tells 423 with its least time, 403, and any other refusal with its Retry-After', async () => {
    const answers: Array<[number, Array<[string, string]>]> = [
      [423, [['Min-Expires', '600']]],
      [423, []],
      [403, []],
      [503, [['Retry-After', '30 (busy)']]],
    ];
    phone.onOther = (_request, respond) => respond(...answers.shift()!);
    assert.deepEqual(await register(), { type: 'tooBrief', minExpiresSeconds: 600 });
    assert.deepEqual(await register(), { type: 'tooBrief', minExpiresSeconds: null });
    assert.deepEqual(await register(), { type: 'credentials', status: 403, text: '403 Test' });
    assert.deepEqual(await register(), { type: 'refused', status: 503, text: '503 Test', retryAfterSeconds: 30 });
  });

  it('nothing that comes is silence, and a REGISTER that was lost is sent again', async () => {
    let lost = 1;
    phone.drop = (message, direction) => direction === 'in' && message.method === 'REGISTER' && lost-- > 0;
    phone.onOther = (_request, respond) => respond(200);
    assert.deepEqual(await register(), { type: 'registered', expiresSeconds: 300 });
    phone.onOther = () => undefined;
    assert.deepEqual(await register(), { type: 'silent', text: 'no answer' });
  });

  it('the contact has the user part that the trunk wants, escaped', async () => {
    carrier = { ...carrier, register: { expiresSeconds: 300, contact: '+554831210110' } };
    phone.onOther = (_request, respond) => respond(200);
    await register();
    assert.match(phone.received('REGISTER')[0]!.get('contact'), /^<sip:\+554831210110@/);
  });
});

describe('sip: how long a registrar keeps our contact', () => {
  const ours = 'sip:sapers@192.0.2.1:5060';
  const granted = (contacts: string[], expires: string | null = null) =>
    grantedSeconds({ contacts, expires }, ours, 300);

  it('goes by our contact among others, then by Expires, then by what was asked', () => {
    assert.equal(granted(['<sip:other@192.0.2.9>;expires=9, "Us" <sip:sapers@192.0.2.1>;expires=60;q=0.5']), 60);
    assert.equal(granted(['<sip:a@192.0.2.9>;expires=9', '<sip:b@192.0.2.9>;expires=9'], '120'), 120);
    assert.equal(granted([], '90'), 90);
    assert.equal(granted([]), 300);
  });

  it('goes by the only contact there is, however NAT or the registrar has rewritten it', () => {
    assert.equal(granted(['<sip:sapers@203.0.113.5:40000>;expires=45'], '120'), 45);
  });

  it('believes nobody who grants more than was asked, and no nonsense', () => {
    assert.equal(granted([`<${ours}>;expires=99999`]), 300);
    for (const text of ['-1', 'soon', '1e9', '']) assert.equal(granted([`<${ours}>;expires=${text}`]), 300, text);
    assert.equal(granted(Array.from({ length: 10_000 }, () => '<sip:x@y>;expires=1')), 300);
  });
});
