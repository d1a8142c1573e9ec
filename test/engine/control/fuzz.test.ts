import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { AppClient } from '../peers/app-client.ts';
import { EngineUnderTest, SECRET } from '../peers/engine-under-test.ts';
import { SDP, type UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.81';
const DURATION_MS = 1_000;

/** A generator with a seed, so that what once failed fails again. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes, doubles, cuts out and inserts bytes. */
function mutated(text: string, random: () => number): Buffer {
  let bytes = Buffer.from(text);
  for (let change = 0; change < 1 + random() * 4; change++) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.4) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.6) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + Math.floor(random() * 40))]);
    else if (kind < 0.8)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(0, Math.floor(random() * 200)), bytes.subarray(at)]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(['\r\n', ',', ';', '"', '<', ':', '\0', '%', '=', '99999999999'][Math.floor(random() * 10)]!),
        bytes.subarray(at),
      ]);
  }
  return bytes;
}

describe('garbage', () => {
  let under: EngineUnderTest;
  let peer: UdpPeer;
  beforeEach(async () => {
    under = await EngineUnderTest.start(ENGINE);
    peer = await under.peer('127.0.12.82');
  });
  afterEach(() => under.stop());

  async function assertAlive(): Promise<void> {
    const app = await under.app('invite');
    const invite = peer.build('INVITE', `sip:alive@${ENGINE}`);
    // Repeated as a client does: the flood may still fill the socket's buffer.
    const repeats = setInterval(() => peer.send(invite, under.sip), 50);
    const event = await app.event(({ uri }) => uri === `sip:alive@${ENGINE}`).finally(() => clearInterval(repeats));
    await app.ask(`sip|${event.tokens[8]}|`, 'SIP/2.0 480 Alive\r\n\r\n');
    await peer.response(480);
    assert.equal(under.engine.stats().internalErrors, 0);
  }

  it('on the SIP port leaves the engine alive, while an application answers everything that gets through', async () => {
    const random = mulberry(7);
    const app = await under.app('invite', 'options', 'register', 'info', 'bye');
    const sender = createSocket('udp4');
    sender.bind(0, '127.0.12.83');
    await once(sender, 'listening');
    const seeds = [
      peer.build('INVITE', `sip:x@${ENGINE}`, {
        body: SDP,
        headers: { 'Record-Route': '<sip:a;lr>,<sip:b>', Require: '100rel' },
      }),
      peer.build('BYE', `sip:x@${ENGINE}`, { toTag: 'x' }),
      peer.build('CANCEL', `sip:x@${ENGINE}`),
      peer.build('ACK', `sip:x@${ENGINE}`, { toTag: 'x' }),
      peer.build('REGISTER', `sip:${ENGINE}`, { headers: { Contact: '*', Expires: '0' } }),
    ].map((message) => message.toBuffer().toString().replaceAll('127.0.12.82', '127.0.12.83'));
    seeds.push(seeds[0]!.replace(/^INVITE .*\r\n/, 'SIP/2.0 200 OK\r\n'));
    const endsAt = performance.now() + DURATION_MS;
    let sent = 0;
    let answered = 0;
    while (performance.now() < endsAt) {
      for (let turn = 0; turn < 50; turn++, sent++)
        sender.send(mutated(seeds[sent % seeds.length]!, random), under.sip.port, under.sip.address);
      await new Promise((resolve) => setImmediate(resolve));
      for (; answered < app.frames.length; answered++) {
        const { tokens } = app.frames[answered]!;
        if (tokens[1] === 'sip') app.tell(`sip|${tokens[8]}|`, `SIP/2.0 ${random() < 0.5 ? 200 : 183} X\r\n\r\n`);
      }
      under.clock.advance(100);
    }
    sender.close();
    app.close();
    await app.closed();
    assert.ok(sent > 500);
    await assertAlive();
  });

  it('on the admin port, before and after authentication, leaves the engine alive', async () => {
    const random = mulberry(11);
    const commands = [
      `authenticate|${SECRET}|`,
      'route|invite',
      'ping',
      `sip||\r\nINVITE sip:x@127.0.12.82:${peer.port} SIP/2.0\r\nFrom: <sip:a@localhost>\r\nContact: sip:a@localhost\r\n\r\n${SDP}`,
      'sip|nothing|\r\nSIP/2.0 200 OK\r\nTo: <sip:x>;tag=1\r\n\r\n',
      'sip||a;from-tag=b\r\nBYE sip:placeholder SIP/2.0\r\nCSeq: 4 BYE\r\n\r\n',
      'sip|a|\r\nCANCEL sip:x SIP/2.0\r\n\r\n',
    ].map((command, index) => `id${index}|${command}`);
    const endsAt = performance.now() + DURATION_MS;
    let connections = 0;
    while (performance.now() < endsAt) {
      const socket = connect(under.admin.port, under.admin.address);
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      connections += 1;
      if (random() < 0.7) socket.write(frame(Buffer.from(commands[0]!)));
      for (let turn = 0; turn < 10; turn++) {
        const payload = mutated(commands[Math.floor(random() * commands.length)]!, random);
        socket.write(random() < 0.9 ? frame(payload) : payload);
      }
      socket.end();
      await once(socket, 'close');
      under.clock.advance(10);
    }
    assert.ok(connections > 20);
    await assertAlive();
    const last = await AppClient.connect(under.admin);
    last.close();
  });
});

function frame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${payload.length}#`), payload]);
}
