import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { GivenSettings } from '../../../lib/engine/settings.ts';
import type { FromWorker, ToWorker } from '../../../lib/engine/worker.ts';
import { UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.71';

function startWorker(settings: GivenSettings): Worker {
  return new Worker(new URL('../../../lib/engine/worker.ts', import.meta.url), { workerData: settings });
}

async function heard(worker: Worker): Promise<FromWorker> {
  const [message] = (await once(worker, 'message')) as [FromWorker];
  return message;
}

const settings: GivenSettings = {
  listenPoints: [{ protocol: 'udp', address: ENGINE, port: 0 }],
  control: { kind: 'listen', address: ENGINE, port: 0, secret: 's' },
};

describe('the engine in a worker', () => {
  it('is ready, answers, tells its figures, silences a source, stops, and its thread ends', async () => {
    const worker = startWorker(settings);
    const say = (message: ToWorker) => worker.postMessage(message);
    const ready = await heard(worker);
    assert.ok(ready.type === 'ready' && ready.admin !== undefined);
    const peer = await UdpPeer.open('127.0.12.72');
    peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), ready.sip[0]!);
    await peer.response(503);
    say({ type: 'stats' });
    const figures = await heard(worker);
    assert.ok(figures.type === 'stats');
    assert.deepEqual(
      [figures.stats.serverTransactions, figures.stats.applications, figures.stats.internalErrors],
      [1, 0, 0],
    );
    say({ type: 'silence', address: '127.0.12.72', untilMs: Date.now() + 60_000 });
    say({ type: 'stats' });
    await heard(worker);
    peer.send(peer.build('OPTIONS', `sip:${ENGINE}`), ready.sip[0]!);
    const other = await UdpPeer.open('127.0.12.73');
    other.send(other.build('OPTIONS', `sip:${ENGINE}`), ready.sip[0]!);
    await other.response(503);
    assert.equal(
      peer.count(({ status }) => status === 503),
      1,
    );
    const exited = once(worker, 'exit');
    say({ type: 'stop' });
    assert.equal((await heard(worker)).type, 'stopped');
    assert.deepEqual(await exited, [0]);
    peer.close();
    other.close();
  });

  it('says which port is taken, and ends', async () => {
    const taken = createServer().listen(0, ENGINE);
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const worker = startWorker({ ...settings, control: { kind: 'listen', address: ENGINE, port, secret: 's' } });
    const exited = once(worker, 'exit');
    const failed = await heard(worker);
    assert.ok(failed.type === 'failed');
    assert.equal(failed.code, 'EADDRINUSE');
    assert.match(failed.message, new RegExp(`${ENGINE}:${port}`));
    await exited;
    taken.close();
  });
});
