import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AppClient } from '../peers/app-client.ts';
import { EngineUnderTest } from '../peers/engine-under-test.ts';
import type { UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.41';

describe('requests from the network', () => {
  let under: EngineUnderTest;
  let app: AppClient;
  let peer: UdpPeer;

  beforeEach(async () => {
    under = await EngineUnderTest.start(ENGINE);
    app = await under.app('invite', 'options', 'x-wave');
    peer = await under.peer('127.0.12.42');
  });
  afterEach(() => under.stop());

  it('the same request on two ways (merged) is taken once and refused with 482', async () => {
    const options = { callId: 'merged', fromTag: 'm' };
    peer.send(peer.build('INVITE', `sip:x@${ENGINE}`, options), under.sip);
    await peer.response(100);
    peer.send(peer.build('INVITE', `sip:x@${ENGINE}`, options), under.sip);
    await peer.response(482);
    assert.equal(app.frames.filter(({ message }) => message?.method === 'INVITE').length, 1);
  });

  it('a request of RFC 2543, without the cookie in its branch, is recognised when it comes again', async () => {
    const options = { callId: 'old', branch: '1' };
    const request = peer.build('OPTIONS', `sip:x@${ENGINE}`, options);
    peer.send(request, under.sip);
    const event = await app.event((message) => message.method === 'OPTIONS');
    await app.ask(`sip|${event.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    const first = await peer.response(200);
    peer.send(request, under.sip);
    assert.equal((await peer.response(200)).text, first.text);
    const invite = peer.build('INVITE', `sip:x@${ENGINE}`, { callId: 'old-2', branch: '1' });
    peer.send(invite, under.sip);
    const call = await app.event((message) => message.method === 'INVITE');
    await app.ask(`sip|${call.tokens[8]}|`, 'SIP/2.0 486 Busy\r\n\r\n');
    const busy = await peer.response(486);
    peer.send(
      peer.build('ACK', `sip:x@${ENGINE}`, { callId: 'old-2', branch: '1', toTag: busy.message.toTag! }),
      under.sip,
    );
    await answered();
    const before = peer.received.length;
    under.clock.advance(10_000);
    await answered();
    assert.equal(peer.received.length, before + 1, 'the ACK was recognised');
  });

  it('two requests with one branch from two clients are two requests', async () => {
    const other = await under.peer('127.0.12.43');
    peer.send(peer.build('OPTIONS', `sip:x@${ENGINE}`, { branch: 'z9hG4bKsame' }), under.sip);
    other.send(other.build('OPTIONS', `sip:x@${ENGINE}`, { branch: 'z9hG4bKsame' }), under.sip);
    await app.event((message, tokens) => message.method === 'OPTIONS' && tokens[5] === '127.0.12.42');
    await app.event((message, tokens) => message.method === 'OPTIONS' && tokens[5] === '127.0.12.43');
  });

  it('nobody wants it: 503 for a method that is known, 501 for one that is not; a wanted one is handed over whatever it is', async () => {
    peer.send(peer.build('REGISTER', `sip:${ENGINE}`), under.sip);
    await peer.response(503);
    peer.send(peer.build('JUMP', `sip:${ENGINE}`), under.sip);
    await peer.response(501);
    peer.send(peer.build('X-WAVE', `sip:${ENGINE}`), under.sip);
    await app.event((message) => message.method === 'X-WAVE');
  });

  it('what only makes sense in a dialog, or names one that is not there, gets 481; an ACK gets nothing', async () => {
    for (const method of ['BYE', 'UPDATE', 'PRACK']) {
      peer.send(peer.build(method, `sip:${ENGINE}`), under.sip);
      await peer.response(481, method);
    }
    for (const method of ['INVITE', 'INFO', 'X-WAVE']) {
      peer.send(peer.build(method, `sip:${ENGINE}`, { toTag: 'unknown' }), under.sip);
      await peer.response(481, method);
    }
    peer.send(peer.build('ACK', `sip:${ENGINE}`, { toTag: 'unknown' }), under.sip);
    await answered();
    assert.equal(peer.received.length, 6 + 1 + 1, peer.summary());
  });

  it('what cannot be read gets 400 with the reason, an unknown version 505; garbage and bad responses get nothing', async () => {
    const good = peer.build('OPTIONS', `sip:${ENGINE}`).toBuffer().toString();
    peer.send(good.replace(/CSeq: 1 OPTIONS/, 'CSeq: 1 INVITE'), under.sip);
    const refused = await peer.response(400);
    assert.match(refused.message.reason, /^Bad Request - ./);
    assert.ok(refused.message.toTag);
    peer.send(good.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'), under.sip);
    await peer.response(505);
    peer.send('\0\0\0\0', under.sip);
    peer.send('hello\r\n\r\n', under.sip);
    peer.send('SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n', under.sip);
    await answered();
    assert.equal(
      peer.count(({ status }) => status >= 400 && status !== 503),
      2,
    );
  });

  it('an INVITE over TCP is answered on its connection', async () => {
    const socket = connect(under.sipTcp.port, under.sipTcp.address);
    await once(socket, 'connect');
    const text = peer.build('INVITE', `sip:x@${ENGINE}`).toBuffer().toString().replace('SIP/2.0/UDP', 'SIP/2.0/TCP');
    socket.write(text);
    const event = await app.event((message) => message.method === 'INVITE');
    assert.equal(event.tokens[4], 'tcp');
    await app.ask(`sip|${event.tokens[8]}|`, 'SIP/2.0 486 Busy\r\n\r\n');
    let got = '';
    for await (const chunk of socket) {
      got += chunk;
      if (got.includes('486')) break;
    }
    assert.match(got, /^SIP\/2\.0 100 .*SIP\/2\.0 486 /s);
  });

  it('more transactions than are allowed at once: 503 without keeping anything', async () => {
    const small = await EngineUnderTest.start('127.0.12.44', { maxServerTransactions: 1 });
    const invite = () => small.sip && peer.send(peer.build('INVITE', 'sip:x@127.0.12.44'), small.sip);
    await small.app('invite');
    invite();
    await peer.response(100);
    invite();
    await peer.response(503);
    assert.equal(small.engine.stats().serverTransactions, 1);
    await small.stop();
  });

  it('a silenced source is not answered until its time is over', async () => {
    under.engine.silence('127.0.12.42', Date.now() + 60_000);
    peer.send(peer.build('OPTIONS', `sip:x@${ENGINE}`), under.sip);
    const other = await under.peer('127.0.12.43');
    other.send(other.build('OPTIONS', `sip:x@${ENGINE}`), under.sip);
    const event = await app.event((message) => message.method === 'OPTIONS');
    assert.equal(event.tokens[5], '127.0.12.43');
  });

  async function answered(): Promise<void> {
    peer.send(peer.build('PUBLISH', `sip:${ENGINE}`), under.sip);
    await peer.response(503, 'PUBLISH');
  }
});
