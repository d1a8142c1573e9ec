import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mock } from 'node:test';
import { NgError, NgLink } from '../../lib/media/rtpengine/ng-link.ts';
import { silentLog } from '../support/silent-log.ts';

const ADDRESS = '127.0.61.201';

/** What takes commands instead of an rtpengine. */
interface Scripted {
  socket: Socket;
  received: { cookie: string; text: string }[];
  port: number;
}

describe('the control link to an rtpengine', () => {
  // What the library would write to the standard output
  const said = mock.method(console, 'log');
  after(() => said.mock.restore());
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  async function scripted(answer: (cookie: string, reply: (text: string | Buffer) => void, count: number) => void) {
    const socket = createSocket('udp4');
    const received: Scripted['received'] = [];
    socket.on('message', (message: Buffer, from: RemoteInfo) => {
      const cookie = message.toString('latin1', 0, 36);
      received.push({ cookie, text: message.toString('utf8', 37) });
      answer(cookie, (text) => socket.send(text, from.port, from.address), received.length);
    });
    socket.bind(0, ADDRESS);
    await once(socket, 'listening');
    open.push(socket);
    return { socket, received, port: socket.address().port };
  }

  function linkTo({ port }: Scripted, options: { timeoutMs?: number; resendMs?: number } = {}): NgLink {
    const link = new NgLink({ host: ADDRESS, port, log: silentLog(), timeoutMs: 400, resendMs: 100, ...options });
    open.push(link);
    return link;
  }

  it('sends a lost command again with its cookie, and takes the first answer', async () => {
    const server = await scripted((cookie, reply, count) => {
      if (count < 3) return;
      for (let copy = 0; copy < 3; copy += 1) reply(`${cookie} d6:result4:ponge`);
    });
    const link = linkTo(server);
    assert.deepEqual(await link.send('ping'), { result: 'pong' });
    assert.equal(server.received.length, 3);
    assert.equal(new Set(server.received.map(({ cookie }) => cookie)).size, 1);
    assert.equal(link.counts.resent, 2);
  });

  it('gives up in time where nobody answers, with an Error that says whom it asked', async () => {
    const server = await scripted(() => {});
    const startedAt = performance.now();
    await assert.rejects(linkTo(server).send('offer', { 'call-id': 'x' }), (error) => {
      assert.ok(error instanceof NgError);
      assert.equal(error.kind, 'unanswered');
      assert.match(error.message, /127\.0\.61\.201:\d+ does not answer \(offer\)/);
      return true;
    });
    assert.ok(performance.now() - startedAt < 1000);
    const sent = server.received.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.equal(server.received.length, sent, 'it is not sent for ever');
  });

  it('makes an Error of a refusal', async () => {
    const server = await scripted((cookie, reply) =>
      reply(`${cookie} d12:error-reason15:Unknown call-id6:result5:errore`),
    );
    await assert.rejects(linkTo(server).send('query', { 'call-id': 'x' }), /refuses query: Unknown call-id/);
  });

  it('survives answers that are late, garbled, of strangers, or to nothing that was asked', async () => {
    const late: (() => void)[] = [];
    const server = await scripted((cookie, reply, count) => {
      if (count === 1) {
        late.push(() => reply(`${cookie} d6:result4:ponge`));
        return;
      }
      for (const give of late) give();
      for (const text of [
        '',
        'x',
        `${cookie}`,
        `${cookie} `,
        `${cookie} le`,
        `${cookie} d6:result4:pon`,
        `${cookie} d6:result99:ponge`,
        `${cookie} i5e`,
      ])
        reply(text);
      reply(Buffer.alloc(60_000, 0xff));
      reply(`${'0'.repeat(36)} d6:result4:ponge`);
      reply(`${cookie} d6:result4:ponge`);
    });
    const link = linkTo(server, { resendMs: 1000 });
    await assert.rejects(link.send('ping'), /does not answer/);
    assert.deepEqual(await link.send('ping'), { result: 'pong' });
    assert.ok(link.counts.dropped >= 5, `${link.counts.dropped} dropped`);
    assert.equal(said.mock.callCount(), 0);
  });

  it('believes nobody but the server it asked', async () => {
    const stranger = createSocket('udp4');
    stranger.bind(0, ADDRESS);
    await once(stranger, 'listening');
    open.push(stranger);
    const socket = createSocket('udp4');
    socket.bind(0, ADDRESS);
    await once(socket, 'listening');
    open.push(socket);
    socket.on('message', (message, from) => {
      const cookie = message.toString('latin1', 0, 36);
      stranger.send(`${cookie} d6:result5:wronge`, from.port, from.address);
    });
    const link = linkTo({ socket, received: [], port: socket.address().port });
    await assert.rejects(link.send('ping'), /does not answer/);
    assert.ok(link.counts.dropped > 0);
  });

  it('ends what waits when it is closed, and takes nothing after it', async () => {
    const server = await scripted(() => {});
    const link = linkTo(server, { timeoutMs: 5000 });
    const waiting = link.send('ping');
    link.close();
    await assert.rejects(waiting, /closed/);
    await assert.rejects(link.send('ping'), /closed/);
  });

  it('carries text as it is, and many commands at once', async () => {
    const server = await scripted((cookie, reply) => reply(`${cookie} d6:result2:ok3:sdp3:\u20ace`));
    const link = linkTo(server);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, number) => link.send('offer', { 'call-id': `c${number}`, sdp: 'grüße\r\n' })),
    );
    assert.ok(answers.every((answer) => answer['sdp'] === '\u20ac'));
    assert.ok(server.received.every(({ text }) => text.includes('3:sdp9:grüße\r\n')));
    assert.equal(new Set(server.received.map(({ cookie }) => cookie)).size, 50);
  });
});
