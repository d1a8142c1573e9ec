import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import type { PhoneCall } from '../support/phone-call.ts';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { uriOf } from '../support/sip-text.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(21);
/** Trunks that fail, a port for each. */
const FAILING = loopback(22);
const GOOD = loopback(23);
const CALLER = loopback(24);
const VICTIM = loopback(25);

const NO_RESPONSE_SECONDS = 1;
/** A trunk that says at once that it is not there must not be waited for so long. */
const CLOSED_NO_RESPONSE_SECONDS = 4;
/** What a loaded machine takes from or adds to a time measured here; without the setting it would be 6 s. */
const [EARLY_MS, LATE_MS] = [200, 2_000];
const auth = { username: 'sapers', password: 's4-Trunk-Secret' };

/** Each case has a failing trunk, and an inbound number whose callbacks go to it first and to the good one then. */
const CASES = {
  closed: { port: 5081, noResponseSeconds: CLOSED_NO_RESPONSE_SECONDS },
  closedTcp: { port: 5082, transport: 'tcp', noResponseSeconds: CLOSED_NO_RESPONSE_SECONDS },
  silent: { port: 5083 },
  lateRinging: { port: 5084 },
  lateTrying: { port: 5085 },
  lateAnswerWhileRinging: { port: 5086 },
  lateAnswerWhileTalking: { port: 5087 },
  challenges: { port: 5088, auth },
  staleChallenges: { port: 5089, auth },
  challengesNobodyKnows: { port: 5090 },
  redirects: { port: 5091 },
  alone: { port: 5092 },
} as const;
interface FailingTrunk {
  port: number;
  transport?: string;
  auth?: object;
  noResponseSeconds?: number;
}
type Case = keyof typeof CASES;
const NAMES = Object.keys(CASES) as Case[];
const dialledFor = (name: Case) => `+5548312101${10 + NAMES.indexOf(name)}`;
const callerFor = (name: Case) => `+55489919962${10 + NAMES.indexOf(name)}`;

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [
    ...Object.entries<FailingTrunk>(CASES).map(([name, one]) => ({
      name,
      proxy: `sip:${FAILING}:${one.port};transport=${one.transport ?? 'udp'}`,
      noResponseSeconds: one.noResponseSeconds ?? NO_RESPONSE_SECONDS,
      ...(one.auth && { auth: one.auth }),
    })),
    { name: 'good', proxy: `sip:${GOOD}:5070;transport=udp`, accept: [`${CALLER}/32`], maxCallsPerSecond: 50 },
  ],
  outgoingRules: NAMES.map((name) => ({
    name,
    routes: [{ match: '^55', trunks: name === 'alone' ? [name] : [name, 'good'] }],
  })),
  inboundNumbers: NAMES.map((name) => ({ number: dialledFor(name), callback: true })),
  callbackRules: NAMES.map((name) => ({
    name,
    inboundNumbers: [dialledFor(name)],
    outgoingRule: name,
    delaySeconds: 0,
    ringTimeoutSeconds: 10,
    next: 'hold',
  })),
  flows: [
    {
      name: 'hold',
      start: 'menu',
      components: { menu: { type: 'menu', prompt: 'tone:hold', otherwise: 'bye' }, bye: { type: 'hangup' } },
    },
  ],
});

describe('a trunk that does not do its work', function () {
  this.timeout(15_000);
  let server: Server;
  let caller: SipPhone;
  let good: SipPhone;
  const opened: SipPhone[] = [];

  before(async () => {
    caller = await SipPhone.open({ address: CALLER, user: 'caller' });
    good = await SipPhone.open({ address: GOOD, port: 5070, user: 'good' });
    server = await Server.start({ address: APPLICATION, configuration, logLevel: 'warn' });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    caller?.close();
    good?.close();
  });
  afterEach(() => {
    for (const phone of opened.splice(0)) phone.close();
  });

  async function open(name: Case): Promise<SipPhone> {
    const phone = await SipPhone.open({ address: FAILING, port: CASES[name].port, user: name });
    phone.sendsTrying = false;
    opened.push(phone);
    return phone;
  }

  /** The caller's promise; his callback is due at once. */
  async function promise(name: Case): Promise<string> {
    const from = `<sip:${callerFor(name)}@${CALLER}>`;
    const response = await caller.call({ to: `sip:${dialledFor(name)}@${APPLICATION}:5060`, from }).final();
    assert.equal(response.status, 486, caller.summary());
    return response.get('x-callback-id');
  }

  const instantOf = (phone: SipPhone, call: PhoneCall) =>
    phone.log.find(({ message }) => message.method === 'INVITE' && message.get('call-id') === call.callId)!.at;

  /** The good trunk was tried when the other one had been silent for `noResponseSeconds`, in a call of its own. */
  function expectGivenUp(failing: SipPhone, first: PhoneCall, second: PhoneCall): void {
    const afterMs = instantOf(good, second) - instantOf(failing, first);
    assert.ok(
      afterMs >= NO_RESPONSE_SECONDS * 1_000 - EARLY_MS,
      `the next trunk was tried after ${afterMs} ms already`,
    );
    assert.ok(afterMs <= NO_RESPONSE_SECONDS * 1_000 + LATE_MS, `the next trunk was tried after ${afterMs} ms only`);
    assert.notEqual(first.callId, second.callId);
  }

  async function done(id: string): Promise<CallbackView> {
    const isDone = (all: CallbackView[]) => all.some((one) => one.id === id && one.state === 'done');
    await server.until(isDone, 5_000, `callback ${id} is done`);
    return server.callback(id);
  }

  /** He answers the good trunk's call, stays a moment to see that nothing takes it away, and hangs up. */
  async function talkAndHangUp(call: PhoneCall, id: string): Promise<void> {
    await call.answer();
    await hangUp(call, id);
  }

  async function hangUp(call: PhoneCall, id: string): Promise<void> {
    assert.equal(call.count('BYE'), 0, 'the good call stands');
    assert.equal((await call.hangUp()).status, 200);
    assert.equal((await done(id)).outcome, 'abandoned', 'he hung up in the menu');
    assert.equal(invitesFor(good, call).length, 1, 'the good trunk was tried once');
  }

  const invitesFor = (phone: SipPhone, call: PhoneCall) =>
    phone.calls.filter(({ direction, invite }) => direction === 'incoming' && invite.uri === call.invite.uri);

  for (const name of ['closed', 'closedTcp'] as const) {
    it(`${name === 'closed' ? 'a closed UDP port' : 'a refused TCP connection'} leads to the next trunk at once`, async () => {
      const startedAt = Date.now();
      const id = await promise(name);
      const call = await good.nextCall();
      assert.ok(instantOf(good, call) - startedAt < (CLOSED_NO_RESPONSE_SECONDS - 1) * 1_000);
      await talkAndHangUp(call, id);
    });
  }

  it('silence for noResponseSeconds leads to the next trunk, and nothing but the INVITE is sent into the silence', async () => {
    const silent = await open('silent');
    const id = await promise('silent');
    const first = await silent.nextCall();
    const call = await good.nextCall();
    expectGivenUp(silent, first, call);
    await talkAndHangUp(call, id);
    // RFC 3261 9.1: no CANCEL before a provisional response
    assert.deepEqual([...new Set(first.received.map(({ method }) => method))], ['INVITE']);
  });

  for (const [name, status] of [
    ['lateTrying', 100],
    ['lateRinging', 180],
  ] as const) {
    it(`a late ${status} gets CANCEL, and the next trunk's call goes on`, async () => {
      const late = await open(name);
      const id = await promise(name);
      const first = await late.nextCall();
      const call = await good.nextCall();
      expectGivenUp(late, first, call);
      call.ring();
      first.provisional(status);
      await first.waitFor('CANCEL');
      // the 487 is acknowledged
      await first.waitFor('ACK');
      await talkAndHangUp(call, id);
      assert.equal(first.count('BYE'), 0);
    });
  }

  it('a late 200 while the next trunk rings gets ACK and BYE, and he is connected by the next one alone', async () => {
    const late = await open('lateAnswerWhileRinging');
    const id = await promise('lateAnswerWhileRinging');
    const first = await late.nextCall();
    const call = await good.nextCall();
    expectGivenUp(late, first, call);
    call.ring();
    await first.answer();
    await first.waitFor('BYE');
    await talkAndHangUp(call, id);
    assert.equal(first.count('BYE'), 1);
  });

  it('a late 200 while he talks through the next trunk gets ACK and BYE, and his call stands', async () => {
    const late = await open('lateAnswerWhileTalking');
    const id = await promise('lateAnswerWhileTalking');
    const first = await late.nextCall();
    const call = await good.nextCall();
    await call.answer();
    await first.answer();
    await first.waitFor('BYE');
    const isAnswered = (all: CallbackView[]) => all.some((one) => one.id === id && one.state === 'answered');
    await server.until(isAnswered, 3_000, 'the callback is answered');
    await hangUp(call, id);
  });

  it('a late 200 of the only trunk gets ACK and BYE after the callback was given up as unreachable', async () => {
    const late = await open('alone');
    const id = await promise('alone');
    const first = await late.nextCall();
    const callback = await done(id);
    assert.equal(callback.outcome, 'unreachable');
    assert.equal(callback.reason, 'trunk-silent');
    await first.answer();
    await first.waitFor('BYE');
    assert.equal((await server.callback(id)).outcome, 'unreachable');
    assert.equal(late.calls.length, 1);
  });

  for (const [name, status, invites, what] of [
    ['challenges', 401, 2, 'is answered once'],
    ['staleChallenges', 407, 3, 'that calls each nonce too old is answered twice'],
    ['challengesNobodyKnows', 401, 1, 'to a trunk without credentials is not answered'],
  ] as const) {
    it(`a ${status} without end ${what}, then the next trunk is tried`, async () => {
      const failing = await open(name);
      let nonces = 0;
      failing.onCall = (call) => {
        const field = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
        const stale = name === 'staleChallenges' ? ', stale=true' : '';
        nonces += 1;
        const challenge = `Digest realm="failing", nonce="n${nonces}", algorithm=MD5, qop="auth"${stale}`;
        call.reject(status, { headers: [[field, challenge]] });
      };
      const id = await promise(name);
      const call = await good.nextCall();
      assert.equal(failing.calls.length, invites, failing.summary());
      assert.equal(new Set(failing.calls.map(({ callId }) => callId)).size, 1, 'digest retries stay in their call');
      await talkAndHangUp(call, id);
      assert.equal(failing.calls.length, invites, failing.summary());
    });
  }

  it('a redirection is never followed: whom it names is not called, and the next trunk is tried', async () => {
    const victim = await SipPhone.open({ address: VICTIM, user: 'victim' });
    const failing = await open('redirects');
    opened.push(victim);
    failing.onCall = (call) => call.reject(302, { headers: [['Contact', `<${victim.uri}>`]] });
    const id = await promise('redirects');
    const call = await good.nextCall();
    assert.equal(uriOf(call.invite.get('to')), `sip:${callerFor('redirects')}@${GOOD}`);
    await talkAndHangUp(call, id);
    assert.equal(failing.calls.length, 1);
    assert.deepEqual(victim.log, []);
  });
});
