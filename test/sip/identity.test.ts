import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Identity, SentIdentity } from '../../lib/core/call/leg.ts';
import type { TrunkIdentity } from '../../lib/core/configuration.ts';
import { identityHeaders } from '../../lib/sip/identity-headers.ts';
import { inviteRequest, maxDatagramBytes } from '../../lib/sip/invite-request.ts';
import { anIdentity } from '../core/rules/configuration-fixture.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const ADDRESS = '127.0.55.10';
const OURS = '+554831210110';
const URI = 'sip:048991996260@carrier.example';
const CALL: Identity = { callerId: { number: OURS, name: 'Sapers' }, onBehalfOf: '+55 (48) 3121-0111' };

function headersOf(settings: Partial<TrunkIdentity>, identity: Identity = CALL) {
  const peer = { domain: 'carrier.example', requestUri: URI, settings: anIdentity(settings), username: 'account' };
  const { from, headers } = identityHeaders(identity, peer);
  return { From: from, ...headers };
}

describe('sip: whom a call shows', () => {
  const cases: Array<[what: string, settings: Partial<TrunkIdentity>, expected: Record<string, string>]> = [
    ['the caller ID alone', {}, { From: `"Sapers" <sip:${OURS}@carrier.example>` }],
    ['the account', { from: 'username' }, { From: '"Sapers" <sip:account@carrier.example>' }],
    [
      'P-Asserted-Identity beside an account (RFC 3325)',
      { from: 'username', pai: true },
      {
        From: '"Sapers" <sip:account@carrier.example>',
        'P-Asserted-Identity': `"Sapers" <sip:${OURS}@carrier.example>`,
      },
    ],
    [
      'nobody but to the trunk (RFC 3323 4.1.1.3, RFC 3325 9.1)',
      { pai: true, privacy: true },
      {
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        'P-Asserted-Identity': `"Sapers" <sip:${OURS}@carrier.example>`,
        Privacy: 'id',
      },
    ],
    [
      'P-Preferred-Identity beside an account (RFC 3325 9.2)',
      { from: 'username', ppi: true },
      {
        From: '"Sapers" <sip:account@carrier.example>',
        'P-Preferred-Identity': `"Sapers" <sip:${OURS}@carrier.example>`,
      },
    ],
    [
      'Remote-Party-ID',
      { rpid: true },
      {
        From: `"Sapers" <sip:${OURS}@carrier.example>`,
        'Remote-Party-ID': `"Sapers" <sip:${OURS}@carrier.example>;party=calling;screen=yes;privacy=off`,
      },
    ],
    [
      'Remote-Party-ID that is not to be shown',
      { rpid: true, privacy: true },
      {
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        'Remote-Party-ID': `"Sapers" <sip:${OURS}@carrier.example>;party=calling;screen=yes;privacy=full`,
        Privacy: 'id',
      },
    ],
    [
      'Diversion by the number that was dialled (RFC 5806)',
      { diversion: true },
      {
        From: `"Sapers" <sip:${OURS}@carrier.example>`,
        Diversion: '<sip:+554831210111@carrier.example>;reason=unconditional;privacy=off;counter=1',
      },
    ],
    [
      'Diversion by a number of its own',
      { diversion: '48 3121-0199', privacy: true },
      {
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        Diversion: '<sip:4831210199@carrier.example>;reason=unconditional;privacy=full;counter=1',
        Privacy: 'id',
      },
    ],
    [
      'History-Info (RFC 7044, cause 302 of RFC 4458)',
      { historyInfo: true },
      {
        From: `"Sapers" <sip:${OURS}@carrier.example>`,
        'History-Info': `<sip:+554831210111@carrier.example>;index=1, <${URI};cause=302>;index=1.1;mp=1`,
      },
    ],
    [
      'History-Info that hides the number (RFC 7044 10.1)',
      { historyInfo: true, privacy: true },
      {
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        'History-Info': `<sip:+554831210111@carrier.example?Privacy=history>;index=1, <${URI};cause=302>;index=1.1;mp=1`,
        Privacy: 'id',
      },
    ],
    [
      'why we call (RFC 9796)',
      { callReason: 'You asked us to call back' },
      {
        From: `"Sapers" <sip:${OURS}@carrier.example>`,
        'Call-Info': '<data:>;purpose=jcard;call-reason="You asked us to call back"',
      },
    ],
  ];
  for (const [what, settings, expected] of cases) {
    it(`is ${what}`, () => assert.deepEqual(headersOf(settings), expected));
  }

  it('is nobody where there is no caller ID, and nobody is not asserted', () => {
    const nobody: Identity = { callerId: { number: '', name: null }, onBehalfOf: null };
    assert.deepEqual(headersOf({ pai: true, rpid: true, diversion: true, historyInfo: true }, nobody), {
      From: '<sip:anonymous@anonymous.invalid>',
    });
  });

  it('is the caller for an extension, whatever trunks are told', () => {
    const peer = { domain: '10.0.0.1', requestUri: 'sip:200@10.0.0.9', settings: null, username: null };
    assert.deepEqual(identityHeaders(CALL, peer), { from: `"Sapers" <sip:${OURS}@10.0.0.1>`, headers: {} });
  });

  it('never leaves its headers or its datagram, whatever is configured', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('"\r\nX: y', '<sip:x>', '😀'.repeat(80)),
    );
    const number = fc.oneof(fc.string({ maxLength: 40 }), fc.stringMatching(/^\+[0-9]{3,15}$/));
    const on = fc.oneof(fc.boolean(), number);
    const settings = fc.record({
      pai: fc.boolean(),
      ppi: fc.boolean(),
      rpid: fc.boolean(),
      privacy: fc.boolean(),
      from: fc.constantFrom('callerId' as const, 'username' as const),
      diversion: on,
      historyInfo: on,
      callReason: fc.option(text.map((one) => one.slice(0, 80))),
    });
    fc.assert(
      fc.property(settings, number, fc.option(text), fc.option(number), (given, caller, name, onBehalfOf) => {
        const identity = { callerId: { number: caller, name }, onBehalfOf };
        const peer = { domain: 'carrier.example', requestUri: URI, settings: anIdentity(given), username: 'account' };
        const headers = identityHeaders(identity, peer);
        for (const value of [headers.from, ...Object.values(headers.headers)]) assert.doesNotMatch(value, /[\r\n\0]/);
        const request = inviteRequest({
          target: { uri: URI, to: URI, nextHop: null, transport: 'udp' },
          identity: headers,
          contact: '<sip:192.0.2.1:5060;transport=udp>',
          callbackId: 'c'.repeat(21),
          sdp: 'v'.repeat(290),
          callId: 'c'.repeat(32),
          fromTag: 't'.repeat(16),
          cseq: 1,
          authorization: null,
        });
        const lines = Object.entries(request.headers).map(([key, value]) => `${key}: ${value}\r\n`);
        const size = Buffer.byteLength(`${lines.join('')}${request.body}`);
        // Two numbers of 40 signs that all have to be escaped are no caller IDs; what a schema lets through fits.
        if (/^\+?\d*$/.test(caller)) assert.ok(size < maxDatagramBytes, `${size}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe('sip: identity on the wire', () => {
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    rig = await Rig.open({ address: ADDRESS });
    phone = await rig.phone();
  });
  afterEach(() => rig.close());

  it('is reported as it was sent', async () => {
    const identity = anIdentity({ pai: true, privacy: true, diversion: true, callReason: 'Returning your call' });
    rig.configuration = configuration([trunk('carrier', `sip:${ADDRESS}:${phone.port}`, { identity })], []);
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '048991996260' }, { identity: CALL });
    const call = await phone.nextCall();
    const { sent } = (await rig.recorder.of(legId, 'dialled')) as { sent?: SentIdentity };
    const { invite } = call;
    assert.deepEqual(sent, {
      requestUri: invite.uri,
      from: invite.get('from').replace(/;tag=.*/, ''),
      pai: invite.get('p-asserted-identity'),
      ppi: null,
      rpid: null,
      privacy: invite.get('privacy'),
      diversion: invite.get('diversion'),
      historyInfo: null,
      callInfo: invite.get('call-info'),
    });
    assert.match(sent?.diversion ?? '', /\+554831210111@/);
    call.reject(486);
    await rig.recorder.last(legId);
  });

  it('goes out through a proxy of ours, by a Route: the provider stands in Request-URI and From', async () => {
    const outboundProxy = `sip:${ADDRESS}:${phone.port};transport=udp`;
    rig.configuration = configuration([trunk('carrier', 'sip:203.0.113.1:5062', { outboundProxy })], []);
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '048991996260' });
    const call = await phone.nextCall();
    assert.equal(call.invite.uri, 'sip:048991996260@203.0.113.1:5062');
    assert.equal(call.invite.get('route'), `<${outboundProxy};lr>`);
    assert.match(call.invite.get('from'), /@203\.0\.113\.1:5062>/);
    call.ring();
    await rig.recorder.of(legId, 'ringing');
    rig.sip.hangUp(legId, { cause: 16, text: 'enough' });
    const cancel = await call.waitFor('CANCEL');
    assert.equal(cancel.get('route'), call.invite.get('route'), 'RFC 3261 9.1');
    await rig.recorder.last(legId);
  });

  it('of a forwarded call comes in with its history, first number first, and nothing unbounded', async () => {
    const caller = await rig.phone();
    const cases: Array<[headers: Array<[string, string]>, history: string[]]> = [
      [
        [['Diversion', '<sip:+554830000002@h>;reason=no-answer, <sip:+554830000001@h>;reason=unconditional']],
        ['+554830000001', '+554830000002'],
      ],
      [
        [
          ['History-Info', '<sip:+554830000009@h;cause=302>;index=1.1;mp=1'],
          ['History-Info', '"Main" <sip:+554830000001@h?Reason=SIP%3Bcause%3D302>;index=1'],
          ['History-Info', '<sip:+554831210110@h>;index=1.1.1'],
          ['Diversion', '<sip:+4930123456@h>'],
        ],
        ['+554830000001', '+554830000009'],
      ],
      [
        [
          ['History-Info', '<sip:+554831210110@h>;index=1'],
          ['Diversion', '<sip:+4930123456@h>'],
        ],
        ['+4930123456'],
      ],
      [[['Diversion', '<sip:anonymous@anonymous.invalid>;privacy=full']], []],
      [[['Diversion', 'nonsense, <<>>, "']], []],
      [
        [['Diversion', Array.from({ length: 60 }, (_, i) => `<sip:${i}@h>`).join(',')]],
        Array.from({ length: 16 }, (_, i) => String(15 - i)),
      ],
    ];
    for (const [headers, history] of cases) {
      caller.call({ to: rig.uri(OURS), headers });
      const call = await rig.recorder.until('the call', () => rig.recorder.calls.shift());
      assert.deepEqual(call.history, history, JSON.stringify(headers));
      await rig.sip.reject(call.legId, { status: 486, reason: null, callbackId: null });
    }
  });

  it('comes in with Remote-Party-ID, P-Called-Party-ID and To', async () => {
    const caller = await rig.phone();
    const headers: Array<[string, string]> = [
      ['Remote-Party-ID', '"Eve" <sip:called@h>;party=called'],
      ['Remote-Party-ID', '"Ana" <sip:+5548991112222@h>;party=calling;privacy=full;screen=yes'],
      ['P-Called-Party-ID', '<sip:+554830000001@h>'],
    ];
    caller.call({ to: rig.uri('account'), headers });
    const call = await rig.recorder.call();
    assert.deepEqual(call.remoteParty, { user: '+5548991112222', name: 'Ana', isPrivate: true });
    assert.deepEqual([call.calledUser, call.toUser], ['+554830000001', 'account']);
    await rig.sip.reject(call.legId, { status: 486, reason: null, callbackId: null });
  });
});
