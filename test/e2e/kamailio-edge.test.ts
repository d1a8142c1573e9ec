import assert from 'node:assert/strict';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders } from '../support/sip-text.ts';
import { KamailioEdge } from './kamailio-edge.ts';
import { loopback } from './loopback.ts';

const EDGE = loopback(31);
const NODES = [loopback(32), loopback(33)] as const;
const ALPHA = loopback(34);
const BETA = loopback(35);
const STRANGER = loopback(36);
const DIALLED = '+554831210110';

const configuration = `
version: 1
defaultCountry: BR
trustedProxies: { addresses: [${EDGE}/32], sourceHeader: X-Source-Address }
trunks:
  - name: alpha
    proxy: sip:${ALPHA}:5060;transport=udp
    outboundProxy: sip:${EDGE}:5060;transport=udp
    accept: [${ALPHA}/32]
  - name: beta
    proxy: sip:${BETA}:5060;transport=udp
    outboundProxy: sip:${EDGE}:5060;transport=udp
    accept: [${BETA}/32]
inboundNumbers: [{ number: '${DIALLED}', callback: true }]
callbackRules:
  - { name: back, trunk: alpha, delaySeconds: 0.5, ringTimeoutSeconds: 10, next: reception }
flows:
  - name: reception
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', firstDigitTimeoutSeconds: 0.5, choices: { '1': bye }, otherwise: bye }
      bye: { type: hangup }
`;

describe('at the edge: Kamailio before two nodes', function () {
  this.timeout(20_000);
  let edge: KamailioEdge;
  const nodes: Server[] = [];
  let alpha: SipPhone;
  let beta: SipPhone;
  let next = 0;

  before(async () => {
    alpha = await SipPhone.open({ address: ALPHA, port: 5060, user: 'alpha' });
    beta = await SipPhone.open({ address: BETA, port: 5060, user: 'beta' });
    nodes.push(...(await Promise.all(NODES.map((address) => Server.start({ address, configuration })))));
    edge = await KamailioEdge.start({
      address: EDGE,
      nodes: NODES.map((address) => `${address}:5060`),
      carriers: [`${ALPHA}:5060`, `${BETA}:5060`],
    });
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    await edge?.stop();
    alpha?.close();
    beta?.close();
  });

  function caller(): string {
    next += 1;
    return `+55489919962${String(next).padStart(2, '0')}`;
  }

  /** A call by a carrier; its final response. */
  async function calls(phone: SipPhone, from: string, headers: SipHeaders = []) {
    const call = phone.call({ to: `sip:${DIALLED}@${EDGE}:5060`, from: `<sip:${from}@${phone.address}>`, headers });
    return call.final();
  }

  /** The callback of this caller, on whatever node it is, and the node. */
  async function callbackOf(number: string): Promise<{ view: CallbackView & { source?: string }; node: Server }> {
    for (const node of nodes.filter((one) => one.running)) {
      const view = (await node.callbacks()).find((one) => one.number === number);
      if (view !== undefined) return { view, node };
    }
    return assert.fail(`no node has a callback of ${number}`);
  }

  it('a node knows the carrier by the address that the proxy names, and calls back through the proxy', async () => {
    const from = caller();
    const response = await calls(alpha, from);
    assert.equal(response.status, 486, alpha.summary());
    assert.equal(response.get('reason'), 'Q.850;cause=17;text="Callback scheduled"');
    const { view, node } = await callbackOf(from);
    assert.equal(view.source, 'alpha');

    const call = await alpha.nextCall();
    assert.equal(call.invite.uri, `sip:${from}@${ALPHA}:5060`, 'the carrier in the Request-URI');
    assert.equal(call.invite.get('x-callback-id'), response.get('x-callback-id'));
    assert.equal(call.invite.get('route'), '', 'the proxy has taken itself off');
    assert.equal(call.invite.all('via').flatMap((value) => value.split(',')).length, 2, 'it came through one proxy');
    call.ring();
    await call.answer();
    await call.waitFor('BYE');
    await node.until((all) => all.every(({ state }) => state === 'done'), 5_000, 'it is done');
    const within = edge.seen(call.callId);
    assert.deepEqual(within, [`INVITE ${node.address}`, `ACK ${node.address}`, `BYE ${node.address}`]);
  });

  it("another carrier's calls belong to its own trunk, though they come from the same proxy", async () => {
    const from = caller();
    assert.equal((await calls(beta, from)).status, 486);
    assert.equal((await callbackOf(from)).view.source, 'beta');
    (await alpha.nextCall()).reject(486);
  });

  it('a carrier cannot pass for another one by writing the header itself', async () => {
    const from = caller();
    const forged = await calls(beta, from, [['X-Source-Address', `${ALPHA}:5060`]]);
    assert.equal(forged.status, 486);
    assert.equal((await callbackOf(from)).view.source, 'beta');
    (await alpha.nextCall()).reject(486);
  });

  it('who is no carrier gets no further than the proxy, and past it no further than the node', async () => {
    const stranger = await SipPhone.open({ address: STRANGER, port: 5060 });
    try {
      assert.equal((await calls(stranger, caller())).status, 403);
      const direct = stranger.call({
        to: `sip:${DIALLED}@${NODES[0]}:5060`,
        headers: [['X-Source-Address', `${ALPHA}:5060`]],
      });
      assert.equal((await direct.final()).status, 403, 'the header is believed of the proxy alone');
    } finally {
      stranger.close();
    }
  });

  it('the calls are spread over the nodes', async () => {
    const served = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const from = caller();
      assert.equal((await calls(alpha, from)).status, 486);
      served.add((await callbackOf(from)).node.address);
      (await alpha.nextCall()).reject(486);
    }
    assert.deepEqual([...served].sort(), [...NODES].sort());
  });

  it('a node that dies is followed by the other one: every call gets its promise, at the latest after fr_timer', async () => {
    const [first, second] = nodes as [Server, Server];
    await first.stop('SIGKILL');
    for (let i = 0; i < 4; i++) {
      const from = caller();
      const startedAt = performance.now();
      const response = await calls(alpha, from);
      assert.equal(response.status, 486, edge.output.slice(-2000));
      assert.ok(performance.now() - startedAt < 2_500, 'not later');
      assert.equal((await callbackOf(from)).node, second);
      (await alpha.nextCall()).reject(486);
    }
  });
});
