import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createEngine } from '../../../lib/engine/engine.ts';
import { AppClient } from '../peers/app-client.ts';
import { EngineUnderTest, SECRET } from '../peers/engine-under-test.ts';
import { SDP, type UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.51';
const PEER = '127.0.12.52';

describe('the admin port', () => {
  let under: EngineUnderTest;
  let peer: UdpPeer;

  beforeEach(async () => {
    under = await EngineUnderTest.start(ENGINE, { maxUnauthenticated: 4 });
    peer = await under.peer(PEER);
  });
  afterEach(() => under.stop());

  async function client(): Promise<AppClient> {
    const made = await AppClient.connect(under.admin);
    under.onStop(() => made.close());
    return made;
  }

  it('tells an application that shows the secret where SIP is spoken', async () => {
    const app = await client();
    const { tokens } = await app.ask(`authenticate|${SECRET}|tag1,tag2`);
    const points = `udp/${ENGINE}:${under.sip.port},tcp/${ENGINE}:${under.sipTcp.port}`;
    assert.equal(tokens[3], 'OK');
    assert.equal(tokens[4], points);
    assert.match(tokens[5]!, /^v\d+\.\d+\.\d+/);
    assert.equal(tokens[6], points);
    assert.equal(tokens.length, 7);
  });

  it('answers a wrong secret with NO and closes; it is no matter how nearly right it was', async () => {
    for (const wrong of ['', 'x', SECRET.slice(0, -1), `${SECRET} `, SECRET.toUpperCase()]) {
      const app = await client();
      const { tokens } = await app.ask(`authenticate|${wrong}|`);
      assert.deepEqual(tokens.slice(3), ['NO', 'incorrect secret']);
      await app.closed();
    }
  });

  for (const command of ['route|invite', 'ping', 'sip||', 'remove_route|invite', 'nonsense']) {
    it(`does nothing for a connection that has not authenticated: ${command}`, async () => {
      const app = await client();
      const { tokens } = await app.ask(command);
      assert.deepEqual(tokens.slice(3), ['NO', 'not authenticated']);
      await app.closed();
      peer.send(peer.build('INVITE', `sip:x@${ENGINE}`), under.sip);
      await peer.response(503);
    });
  }

  it('closes a connection that does not authenticate in time, or sends much before', async () => {
    const slow = await client();
    const greedy = await client();
    greedy.write('5000#');
    await greedy.closed();
    await until(() => under.engine.stats().applications === 0);
    const warm = await under.app();
    under.clock.advance(5_000);
    await slow.closed();
    assert.equal((await warm.ask('ping')).tokens[4], 'pong', 'an authenticated one stays');
  });

  it('keeps few connections that have not authenticated, so that they cannot use up the engine', async () => {
    const waiting = await Promise.all([client(), client(), client(), client()]);
    const fifth = await client();
    await fifth.closed();
    assert.deepEqual(
      waiting.map(({ isClosed }) => isClosed),
      [false, false, false, false],
    );
    assert.equal((await waiting[0]!.ask(`authenticate|${SECRET}|`)).tokens[3], 'OK');
    const sixth = await client();
    assert.equal((await sixth.ask(`authenticate|${SECRET}|`)).tokens[3], 'OK');
  });

  it('ping, unknown types, and meta lines of one token are answered as by a drachtio-server', async () => {
    const app = await under.app();
    assert.deepEqual((await app.ask('ping')).tokens.slice(3), ['OK', 'pong']);
    assert.deepEqual((await app.ask('dance')).tokens.slice(3), ['NO', 'Unknown message type']);
    await app.closed();
    const other = await under.app();
    other.write('4#abcd');
    await other.frame(({ tokens }) => tokens[3] === 'NO' && tokens[4] === 'Invalid message format', 'NO');
    await other.closed();
  });

  it('says clearly that it is no proxy', async () => {
    const app = await under.app();
    const { tokens } = await app.ask('proxy|id||fullResponse||serial|||sip:a@b', 'INVITE sip:a@b SIP/2.0\r\n\r\n');
    assert.deepEqual(tokens.slice(3), ['NOK', 'proxy is not supported by the embedded engine']);
  });

  it('remove_route takes back one verb and leaves the others', async () => {
    const app = await under.app('invite', 'options');
    assert.equal((await app.ask('remove_route|options')).tokens[3], 'OK');
    peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), under.sip);
    await peer.response(503, 'OPTIONS');
    peer.send(peer.build('INVITE', `sip:${ENGINE}`), under.sip);
    await app.event(({ method }) => method === 'INVITE');
  });

  it('applications that want the same get it in turn, and one that has gone gets nothing any more', async () => {
    const apps = [await under.app('options'), await under.app('options')];
    for (let call = 0; call < 4; call++) peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), under.sip);
    for (const app of apps) for (let call = 0; call < 2; call++) await app.event(({ method }) => method === 'OPTIONS');
    apps[0]!.close();
    await until(() => under.engine.stats().applications === 1);
    for (let call = 0; call < 2; call++) peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), under.sip);
    for (let call = 0; call < 2; call++) await apps[1]!.event(({ method }) => method === 'OPTIONS');
  });

  it('an event of a new request has the twelve tokens that drachtio-srf reads, and the message as it came', async () => {
    const app = await under.app('options');
    const request = peer.build('OPTIONS', `sip:${ENGINE}`, { headers: { 'X-ODD-case': 'ä  b' } });
    peer.send(request, under.sip);
    const { tokens, message } = await app.event(({ method }) => method === 'OPTIONS');
    assert.equal(message!.toBuffer().toString(), request.toBuffer().toString());
    const size = String(request.toBuffer().length);
    assert.deepEqual(tokens.slice(1, 7), ['sip', 'network', size, 'udp', PEER, String(peer.port)]);
    assert.match(tokens[7]!, /^\d\d:\d\d:\d\d\.\d{6}$/);
    assert.match(tokens[8]!, /^[0-9a-f-]{36}$/);
    assert.deepEqual(tokens.slice(9), ['', ENGINE, String(under.sip.port), '']);
    const sent = await app.ask(`sip|${tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
    assert.deepEqual(sent.tokens.slice(6, 9), ['udp', PEER, String(peer.port)], 'the far end, for a response');
    assert.deepEqual(sent.tokens.slice(10), [tokens[8], '', '', 'Msg sent:', '']);
    assert.equal(sent.message!.toBuffer().toString(), (await peer.response(200)).text);
  });

  it('takes frames up to a mebibyte, and closes beyond', async () => {
    const app = await under.app();
    const big = 'x'.repeat(900_000);
    const answer = await app.ask(
      'sip||',
      `MESSAGE sip:x@${PEER}:${peer.port};transport=tcp SIP/2.0\r\nContent-Type: text/plain\r\n\r\n${big}`,
    );
    assert.equal(answer.tokens[3], 'OK');
    assert.equal(answer.message?.body.length, big.length);
    app.write('1048577#');
    await app.closed();
  });

  it('a burst of large commands is answered one by one', async () => {
    const app = await under.app();
    const text = `MESSAGE sip:x@${PEER}:${peer.port} SIP/2.0\r\nContent-Type: text/plain\r\n\r\n${'y'.repeat(6_000)}`;
    const answers = await Promise.all(Array.from({ length: 40 }, () => app.ask('sip||', text)));
    assert.equal(answers.filter(({ tokens }) => tokens[3] === 'OK').length, 40);
  });

  it('multi-byte text keeps its length in both directions', async () => {
    const app = await under.app();
    const text = 'Operação ☎ 😀';
    const answer = await app.ask(
      'sip||',
      `MESSAGE sip:x@${PEER}:${peer.port} SIP/2.0\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nSubject: ${text}\r\n\r\n${text}`,
    );
    assert.equal(answer.message?.body.toString(), text);
    const got = await peer.request('MESSAGE');
    assert.equal(got.message.body.toString(), text);
    assert.equal(got.message.get('subject'), text);
  });
});

describe('call records', () => {
  it('say attempt, start and stop of calls in both directions, each to one application that asked', async () => {
    const under = await EngineUnderTest.start(ENGINE, { recordsCalls: true });
    const peer = await under.peer(PEER);
    const app = await under.app('invite', 'cdr:attempt', 'cdr:start', 'cdr:stop');
    const records = () =>
      app.frames
        .filter(({ tokens }) => tokens[1]?.startsWith('cdr:'))
        .map(({ tokens }) => [tokens[1], tokens[2], ...tokens.slice(4)].join(' '));
    peer.send(peer.build('INVITE', `sip:x@${ENGINE}`), under.sip);
    const rejected = await app.event(({ method }) => method === 'INVITE');
    await app.ask(`sip|${rejected.tokens[8]}|`, 'SIP/2.0 486 Busy\r\n\r\n');
    await until(() => records().length === 2);
    assert.deepEqual(records(), ['cdr:attempt network', 'cdr:stop application call-rejected']);
    const out = await app.ask('sip||', `INVITE sip:x@${PEER}:${peer.port} SIP/2.0\r\n\r\n`);
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, { tag: 'b', body: SDP });
    const ok = await app.event(({ status }) => status === 200);
    await app.ask(`sip||${ok.tokens[9]}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    await until(() => records().length === 5);
    assert.deepEqual(records().slice(2), [
      'cdr:attempt application',
      'cdr:start network uac',
      'cdr:stop application normal-release',
    ]);
    assert.equal(out.tokens[3], 'OK');
    await under.stop();
  });
});

describe('a port that is taken', () => {
  it('for applications: EADDRINUSE, a text that names it, and no SIP port stays open', async () => {
    const taken = createServer().listen(0, '127.0.12.53');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const probe = createSocket('udp4').bind(0, '127.0.12.53');
    await once(probe, 'listening');
    const sipPort = probe.address().port;
    probe.close();
    await once(probe, 'close');
    const engine = createEngine({
      listenPoints: [{ protocol: 'udp', address: '127.0.12.53', port: sipPort }],
      control: { kind: 'listen', address: '127.0.12.53', port, secret: 'x' },
    });
    await assert.rejects(engine.start(), {
      code: 'EADDRINUSE',
      message: new RegExp(`127\\.0\\.12\\.53:${port} \\(admin, tcp\\): the port is already in use`),
    });
    const again = createSocket('udp4').bind(sipPort, '127.0.12.53');
    await once(again, 'listening');
    again.close();
    taken.close();
  });

  it('for SIP: EADDRINUSE, a text that names it, and no admin port is opened', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.12.54');
    await once(taken, 'listening');
    const { port } = taken.address();
    const engine = createEngine({
      listenPoints: [
        { protocol: 'tcp', address: '127.0.12.54', port: 0 },
        { protocol: 'udp', address: '127.0.12.54', port },
      ],
      control: { kind: 'listen', address: '127.0.12.54', port: 0, secret: 'x' },
    });
    await assert.rejects(engine.start(), { code: 'EADDRINUSE', message: new RegExp(`127\\.0\\.12\\.54:${port}`) });
    taken.close();
  });
});

/** Waits until something on its way has arrived. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; !isDone(); turn++) {
    assert.ok(turn < 4_000, 'it did not come');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
