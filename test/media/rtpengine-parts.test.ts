import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ticker } from '../../lib/media/embedded/ticker.ts';
import { systemTime } from '../../lib/media/embedded/time-source.ts';
import { PromptLibrary } from '../../lib/media/prompts/prompt-library.ts';
import { CommandQueue } from '../../lib/media/rtpengine/command-queue.ts';
import { KeySender } from '../../lib/media/rtpengine/key-sender.ts';
import type { NgCall } from '../../lib/media/rtpengine/ng-call.ts';
import { PeerCopy } from '../../lib/media/rtpengine/peer-copy.ts';
import { Playback } from '../../lib/media/rtpengine/playback.ts';
import { PromptFiles } from '../../lib/media/rtpengine/prompt-files.ts';
import { ManualTime } from '../support/manual-time.ts';
import { silentLog } from '../support/silent-log.ts';

describe('rtpengine: what is played', () => {
  it('ends in its time though the peer holds before it has begun', async () => {
    const queue = new CommandQueue((error) => assert.fail(String(error)));
    let isHeard = true;
    const playback = new Playback({
      play: () => assert.fail('it is sent to nobody'),
      stop: () => Promise.resolve(),
      isHeard: () => isHeard,
      enqueue: (run) => void queue.add(run),
      changed: () => {},
    });
    // A command before it takes its time
    const before = Promise.withResolvers<void>();
    void queue.add(() => before.promise);
    const played = playback.play(() => Promise.resolve({ path: 'x.wav', durationMs: 40, isEndless: false }));
    await new Promise(setImmediate);
    isHeard = false;
    playback.heardChanged();
    before.resolve();
    assert.deepEqual(await played, { type: 'played' });
  });
});

describe('rtpengine: keys of ours', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });

  async function receiver(type: 'udp4' | 'udp6', address: string) {
    const socket = createSocket(type);
    sockets.push(socket);
    socket.bind(0, address);
    await once(socket, 'listening');
    return { socket, target: { address, port: socket.address().port, payload: 101 } };
  }

  it('end with their endpoint, whose port may be somebody else’s then', async () => {
    const time = new ManualTime();
    const ticker = new Ticker(time);
    const keys = new KeySender(time, ticker);
    const { socket, target } = await receiver('udp4', '127.0.73.10');
    const ssrcs: number[] = [];
    socket.on('message', (packet) => ssrcs.push(packet.readUInt32BE(8)));
    const [owner, other] = [{}, {}];
    for (const key of '123') keys.send(owner, key, target);
    time.advance(40);
    keys.stop(owner);
    time.advance(400);
    assert.equal(ticker.size, 0);
    // The same one may begin anew
    keys.send(owner, '4', target);
    keys.stop(owner);
    keys.send(owner, '5', target);
    keys.send(other, '6', target);
    time.advance(400);
    // On loopback they come in the order in which they were sent
    const counted = () => [...new Set(ssrcs)].map((ssrc) => ssrcs.filter((one) => one === ssrc).length);
    while (counted().at(-1) !== 11 || counted().length < 3) await once(socket, 'message');
    const counts = counted();
    assert.ok(counts[0]! <= 3, `${counts}`);
    assert.deepEqual(counts.slice(1), [11, 11]);
    keys.close();
  });

  it('go to peers of either family', async () => {
    const time = new ManualTime();
    const keys = new KeySender(time, new Ticker(time));
    for (const [type, address] of [
      ['udp4', '127.0.73.11'],
      ['udp6', '::1'],
    ] as const) {
      const { socket, target } = await receiver(type, address);
      const came = once(socket, 'message') as Promise<[Buffer]>;
      keys.send({}, '7', target);
      time.advance(40);
      const [packet] = await came;
      assert.equal(packet[12], 7);
    }
    keys.close();
  });
});

describe('rtpengine: the copy of what a peer says', () => {
  it('that is closed before its socket is bound keeps no command waiting', async () => {
    const failures: unknown[] = [];
    const queue = new CommandQueue((error) => failures.push(error));
    const copy = new PeerCopy({
      call: { copy: () => assert.fail('nobody listens any more') } as unknown as NgCall,
      queue,
      ticker: new Ticker(systemTime),
      localAddress: '127.0.73.12',
      changed: () => {},
    });
    copy.listen(() => {});
    // It has begun, and a socket is bound only after this turn
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    copy.close();
    await queue.done();
    assert.equal(failures.length, 1);
  });

  it('that can not be taken is ended at rtpengine, too', async () => {
    const ended: string[] = [];
    const queue = new CommandQueue(() => {});
    const copy = new PeerCopy({
      call: {
        copy: () => Promise.resolve({ sdp: 'v=0\r\n', tag: 'copy-1' }),
        endCopy: (tag: string) => Promise.resolve(void ended.push(tag)),
      } as unknown as NgCall,
      queue,
      ticker: new Ticker(systemTime),
      localAddress: '127.0.73.13',
      changed: () => {},
    });
    copy.listen(() => {});
    await queue.done();
    assert.deepEqual(ended, ['copy-1']);
    copy.close();
  });
});

describe('rtpengine: files of prompts', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'prompt-files-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const opened = async () => {
    const log = silentLog();
    const files = new PromptFiles(directory, new PromptLibrary([], log), log);
    await files.open();
    return files;
  };
  const name = (letter: string) => `${letter.repeat(32)}.wav`;

  it('that a process has left half written go, those that somebody may be writing stay', async () => {
    const [left, fresh] = [`${name('a')}.4711`, `${name('b')}.0123456789ab`];
    for (const half of [left, fresh]) writeFileSync(join(directory, half), 'RIFF');
    const before = Date.now() / 1000 - 3600;
    utimesSync(join(directory, left), before, before);
    writeFileSync(join(directory, 'README.txt'), 'ours');
    await opened();
    assert.deepEqual(readdirSync(directory).sort(), ['README.txt', fresh].sort());
  });

  it('that speak keys and were left by a dying process go, at the latest when nobody can be hearing them', async () => {
    const [old, fresh] = [`${'a'.repeat(32)}.keys.wav`, `${'b'.repeat(32)}.keys.wav`];
    for (const file of [old, fresh]) writeFileSync(join(directory, file), 'RIFF');
    const at = (secondsAgo: number) => Date.now() / 1000 - secondsAgo;
    utimesSync(join(directory, old), at(400), at(400));
    utimesSync(join(directory, fresh), at(299.9), at(299.9));
    await opened();
    assert.deepEqual(readdirSync(directory), [fresh]);
    while (existsSync(join(directory, fresh))) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('that another node tidies up meanwhile keep nobody from starting', async () => {
    // Listed, and not there when it is looked at
    symlinkSync(join(directory, 'nowhere'), join(directory, name('c')));
    const files = await opened();
    const file = await files.file('tone:beep', null);
    assert.ok(file !== null && existsSync(file.path));
    assert.deepEqual(readdirSync(directory).sort(), [name('c'), file.path.split('/').at(-1)].sort());
  });
});
