import assert from 'node:assert/strict';
import { EngineUnderTest } from '../peers/engine-under-test.ts';
import { UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.31';

describe('a target with several addresses (RFC 3263 4.3)', () => {
  let first: UdpPeer;
  let second: UdpPeer;
  let under: EngineUnderTest;
  let targets: { protocol: 'udp' | 'tcp'; address: string; port: number }[];

  beforeEach(async () => {
    first = await UdpPeer.open('127.0.12.32');
    second = await UdpPeer.open('127.0.12.33');
    targets = [first, second].map(({ address, port }) => ({ protocol: 'udp', address, port }));
    under = await EngineUnderTest.start(ENGINE, {}, async () => targets);
    under.onStop(() => second.close());
  });
  afterEach(() => under.stop());

  const invite = 'INVITE sip:bob@carrier.example SIP/2.0\r\nFrom: <sip:a>;tag=1\r\nCall-ID: c\r\n\r\n';

  it('the next one gets the same request on a branch of its own when the first does not answer', async () => {
    const app = await under.app();
    await app.ask('sip||', invite);
    const at1 = await first.request('INVITE');
    under.clock.advance(32_000);
    const at2 = await second.request('INVITE');
    assert.equal(at2.message.callId, at1.message.callId);
    assert.notEqual(at2.message.topVia?.branch, at1.message.topVia?.branch);
    assert.equal(app.frames.filter(({ message }) => message?.status === 408).length, 0);
    second.respond(at2, 486, { tag: 'x' });
    await app.event((message) => message.status === 486);
    first.respond(at1, 200, { tag: 'late' });
    await first.request('ACK');
    first.respond(await first.request('BYE'), 200);
    first.close();
  });

  it('if the first one answers after all, that is the call, and the second one is cancelled', async () => {
    const app = await under.app();
    await app.ask('sip||', invite);
    const at1 = await first.request('INVITE');
    under.clock.advance(32_000);
    const at2 = await second.request('INVITE');
    first.respond(at1, 200, { tag: 'late' });
    await app.event((message) => message.status === 200);
    second.respond(at2, 180, { tag: 'y' });
    const cancel = await second.request('CANCEL');
    second.respond(cancel, 200);
    second.respond(at2, 200, { tag: 'y' });
    await second.request('ACK');
    await second.request('BYE');
    await app.ask('ping');
    assert.equal(app.frames.filter(({ message }) => message?.status === 180).length, 0);
    assert.equal(app.frames.filter(({ message }) => message?.status === 200).length, 1);
    first.close();
  });

  it('the next one is taken at once when the first is not there', async () => {
    first.close();
    const app = await under.app();
    await app.ask('sip||', invite);
    const at2 = await second.request('INVITE');
    second.respond(at2, 603, { tag: 'x' });
    await app.event((message) => message.status === 603);
  });

  it('is not gone through once anything has been heard, whatever the answer is', async () => {
    const app = await under.app();
    await app.ask('sip||', invite);
    const at1 = await first.request('INVITE');
    first.respond(at1, 100);
    first.respond(at1, 503, { tag: 'x' });
    await app.event((message) => message.status === 503);
    assert.equal(second.received.length, 0);
    first.close();
  });

  it('is not gone through after the application has cancelled', async () => {
    const app = await under.app();
    const sent = await app.ask('sip||', invite);
    await first.request('INVITE');
    await app.ask(`sip|${sent.tokens[10]}|`, 'CANCEL sip:x SIP/2.0\r\n\r\n');
    under.clock.advance(32_000);
    await app.event((message) => message.status === 408);
    assert.equal(second.received.length, 0);
    first.close();
  });

  it('a name without any address is a NOK that says so', async () => {
    targets = [];
    const app = await under.app();
    const answer = await app.ask('sip||', invite);
    assert.deepEqual(answer.tokens.slice(3), ['NOK', 'unable to resolve carrier.example']);
    first.close();
  });
});
