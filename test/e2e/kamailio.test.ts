import assert from 'node:assert/strict';
import type { PhoneCall } from '../support/phone-call.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { KamailioProvider } from './kamailio-provider.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(1);
const PROVIDER = loopback(2);
const NETWORK = loopback(3);
const OFFICE = loopback(4);

const PASSWORD = 'k4-9vXq-Provider-Secret';
const WRONG_PASSWORD = 'k4-Wrong-Provider-Secret';
const DIALLED = '+554831210110';
const DIALLED_WRONG = '+554831210111';
const DIALLED_BOTH = '+554831210112';
/** `tone:beep` */
const BEEP_HZ = 1000;
const PERSON_TONE_HZ = 500;
const AGENT_TONE_HZ = 900;

const configuration = `
version: 1
defaultCountry: BR
trunks:
  - name: provider
    proxy: sip:${PROVIDER}:5060;transport=udp
    accept: [${PROVIDER}/32]
    auth: { username: sapers, password: ${PASSWORD} }
  - name: wrong
    proxy: sip:${PROVIDER}:5060;transport=udp
    accept: [192.0.2.99/32]
    auth: { username: sapers, password: ${WRONG_PASSWORD} }
outgoingRules:
  - { name: both, routes: [{ match: '^55', trunks: [wrong, provider] }] }
extensions:
  - { number: '200', contact: 'sip:200@${OFFICE}:5071' }
inboundNumbers:
  - { number: '${DIALLED}', callback: true }
  - { number: '${DIALLED_WRONG}', callback: true }
  - { number: '${DIALLED_BOTH}', callback: true }
callbackRules:
  - { name: good, inboundNumbers: ['${DIALLED}'], trunk: provider, delaySeconds: 1, ringTimeoutSeconds: 10, next: reception }
  - { name: wrong, inboundNumbers: ['${DIALLED_WRONG}'], trunk: wrong, delaySeconds: 1, ringTimeoutSeconds: 10 }
  - { name: both, inboundNumbers: ['${DIALLED_BOTH}'], outgoingRule: both, delaySeconds: 1, ringTimeoutSeconds: 10 }
flows:
  - name: reception
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', choices: { '1': sales }, otherwise: bye }
      sales: { type: dial, extension: '200', otherwise: bye }
      bye: { type: hangup }
`;

describe('a provider with digest: Kamailio', function () {
  this.timeout(15_000);
  let provider: KamailioProvider;
  let server: Server;
  /** The telephone network behind the provider: the caller's phone. */
  let network: SipPhone;
  let office: SipPhone;
  let person: RtpPeer;
  let agent: RtpPeer;

  before(async () => {
    network = await SipPhone.open({ address: NETWORK, port: 5060, user: 'network' });
    office = await SipPhone.open({ address: OFFICE, port: 5071, user: '200' });
    provider = await KamailioProvider.start({
      address: PROVIDER,
      customer: `${APPLICATION}:5060`,
      network: `${NETWORK}:5060`,
      realm: 'provider.example',
      username: 'sapers',
      password: PASSWORD,
    });
    server = await Server.start({ address: APPLICATION, configuration, logLevel: 'debug' });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    await provider?.stop();
    network?.close();
    office?.close();
  });
  beforeEach(async () => {
    person = await RtpPeer.open({ address: NETWORK });
    agent = await RtpPeer.open({ address: OFFICE });
  });
  afterEach(() => {
    person.close();
    agent.close();
  });

  /** A call from the network to one of our numbers; the promise's id. */
  async function rejected(from: string, to: string): Promise<string> {
    const call = network.call({
      to: `sip:${to}@${PROVIDER}:5060`,
      from: `<sip:${from}@${NETWORK}>`,
    });
    const response = await call.final();
    assert.equal(response.status, 486, network.summary());
    assert.equal(response.get('reason'), 'Q.850;cause=17;text="Callback scheduled"');
    assert.notEqual(response.get('x-callback-id'), '');
    assert.equal(provider.seen(call.callId)[0]?.from, NETWORK, 'the call went through the provider');
    return response.get('x-callback-id');
  }

  /** The callback comes, is answered, its beep is heard, 1 is pressed, 200 answers, and each hears the other. */
  async function bridged(from: string, { rings }: { rings: boolean }) {
    const id = await rejected(from, DIALLED);
    const call = await network.nextCall();
    assert.match(call.invite.uri, new RegExp(`^sip:\\${from}@`));
    assert.equal(call.invite.get('x-callback-id'), id);
    if (rings) call.ring();
    person.aim(call.remoteSdp);
    await call.answer({ sdp: person.sdp() });
    await person.heard((packets) => packets.length >= 15);
    assert.ok(person.shareOf(BEEP_HZ, 15) > 0.8, 'the beep of the menu');
    person.pressKey('1');
    const agentCall = await office.nextCall();
    agent.aim(agentCall.remoteSdp);
    await agentCall.answer({ sdp: agent.sdp() });
    person.sendTone(PERSON_TONE_HZ);
    agent.sendTone(AGENT_TONE_HZ);
    await person.heard(() => person.shareOf(AGENT_TONE_HZ) > 0.8);
    await agent.heard(() => agent.shareOf(PERSON_TONE_HZ) > 0.8);
    return { call, agentCall, id };
  }

  const done = (id: string) => async (): Promise<CallbackView> => {
    const isDone = (all: CallbackView[]) => all.some((one) => one.id === id && one.state === 'done');
    await server.until(isDone, 5_000, `callback ${id} is done`);
    return server.callback(id);
  };

  /** Both signs of a kept route set: the provider saw the request with a Route, and it reached the other end from there. */
  function expectRouted(call: PhoneCall, methods: Array<{ method: string; from: string }>): void {
    const within = provider.seen(call.callId).filter((one) => one.isInDialog);
    const expected = methods.map(({ method, from }) => ({ method, from, hasRoute: true }));
    const seen = within.map(({ method, from, hasRoute }) => ({ method, from, hasRoute }));
    assert.deepEqual(seen, expected, 'requests within the dialog at the provider');
    for (const { direction, message, peer } of network.log) {
      if (message.get('call-id') !== call.callId) continue;
      assert.equal(peer.address, PROVIDER, `${direction} ${message.method || message.status} went past the provider`);
    }
  }

  it('a caller behind the provider is rejected with 486, Reason and X-Callback-ID, called back with digest, and bridged to 200 with audio both ways until he hangs up', async () => {
    const { call, agentCall, id } = await bridged('+5548991996261', { rings: true });
    const agentHeard = agentCall.waitFor('BYE');
    const over = await call.hangUp();
    assert.equal(over.status, 200, 'BYE along the route set');
    assert.match((await agentHeard).get('reason'), /^Q\.850;cause=16/);
    const callback = await done(id)();
    assert.equal(callback.outcome, 'connected');

    const invites = provider.seen(call.callId).filter(({ method }) => method === 'INVITE');
    const credentials = invites.map(({ hasCredentials, cseq }) => ({ hasCredentials, cseq }));
    const once = [
      { hasCredentials: false, cseq: 1 },
      { hasCredentials: true, cseq: 2 },
    ];
    assert.deepEqual(credentials, once, 'the challenge was answered once, in the same call');
    assert.equal(call.invite.get('proxy-authorization'), '', 'credentials are for the provider alone');
    expectRouted(call, [
      { method: 'ACK', from: APPLICATION },
      { method: 'BYE', from: NETWORK },
    ]);
  });

  it('the BYE of the extension ends both legs, and ours follows the route set, which an answer without ringing gave', async () => {
    const { call, agentCall, id } = await bridged('+5548991996262', { rings: false });
    const personHeard = call.waitFor('BYE');
    assert.equal((await agentCall.hangUp()).status, 200);
    const bye = await personHeard;
    assert.match(bye.get('reason'), /^Q\.850;cause=16/);
    assert.equal(bye.all('via').flatMap((value) => value.split(',')).length, 2, 'it came through one proxy');
    assert.equal((await done(id)()).outcome, 'connected');
    expectRouted(call, [
      { method: 'ACK', from: APPLICATION },
      { method: 'BYE', from: APPLICATION },
    ]);
  });

  it('a wrong password is a fault of the trunk: two INVITEs, no call, and a reason that says so', async () => {
    const before = network.calls.length;
    const id = await rejected('+5548991996263', DIALLED_WRONG);
    const callback = await done(id)();
    assert.equal(callback.outcome, 'failed');
    assert.equal(callback.reason, 'trunk-credentials');
    assert.equal(network.calls.length, before + 1, 'nobody was rung: the only call is the one that was rejected');
    const fromUs = provider.seen().filter(({ method, from }) => method === 'INVITE' && from === APPLICATION);
    const last = fromUs.at(-1)!.callId;
    const credentials = fromUs.filter(({ callId }) => callId === last).map(({ hasCredentials }) => hasCredentials);
    assert.deepEqual(credentials, [false, true], 'it is not tried with the same password again');
    const refused = callback.events?.find(({ type }) => type === 'rejected');
    assert.equal((refused?.['detail'] as { status?: number })?.status, 407, JSON.stringify(callback.events));
  });

  it('where the first trunk has a wrong password the next one of the outgoing rule calls, and only it', async () => {
    const from = '+5548991996264';
    const id = await rejected(from, DIALLED_BOTH);
    const call = await network.nextCall();
    await call.answer();
    await call.waitFor('BYE');
    await done(id)();
    const rung = network.calls.filter(({ direction, invite }) => direction === 'incoming' && invite.uri.includes(from));
    assert.equal(rung.length, 1);
  });

  it('no password is in any log, answer or metric', async () => {
    const ids = (await server.callbacks()).map(({ id }) => id);
    const paths = ['/metrics', '/api/v1/trunks', ...ids.map((id) => `/api/v1/callbacks/${id}`)];
    const answers = await Promise.all(paths.map((path) => server.api(path)));
    const shown = [server.output, ...answers.map(({ body }) => JSON.stringify(body))].join('\n');
    assert.match(shown, /ready/);
    for (const secret of [PASSWORD, WRONG_PASSWORD]) assert.ok(!shown.includes(secret), 'a password is shown');
  });
});
