import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { Spool } from '../../lib/records/spool.ts';
import { Webhook } from '../../lib/records/webhook.ts';
import { hurriedClock, MemoryLog } from '../support/outside-world.ts';
import { CdrDirectory, until } from './cdr-sample.ts';

const ADDRESS = '127.0.54.20';
const SECRET = 'shared with the receiver';

interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
  numbers: number[];
}

/** A receiver that answers what the test says. */
class Receiver {
  readonly deliveries: Delivery[] = [];
  /** Status, or status and headers; the default: taken. */
  answer: (delivery: Delivery) => number | [number, Record<string, string>] | 'hang' = () => 204;
  readonly #server: Server;
  port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const records = JSON.parse(body).records as Array<{ n: number }>;
        const delivery = { headers: request.headers, body, numbers: records.map(({ n }) => n) };
        this.deliveries.push(delivery);
        const answer = this.answer(delivery);
        if (answer === 'hang') return;
        const [status, headers] = Array.isArray(answer) ? answer : [answer, {}];
        response.writeHead(status, headers).end();
      });
    });
  }

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, ADDRESS);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as { port: number }).port;
  }

  /** Numbers in the order in which they came. */
  get numbers(): number[] {
    return this.deliveries.flatMap(({ numbers }) => numbers);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the webhook of call detail records', () => {
  let directory: CdrDirectory;
  let receiver: Receiver;
  let log: MemoryLog;
  let open: Array<{ stop(): Promise<void> }> = [];
  const counts = { delivered: 0, failed: 0, dropped: 0 };

  beforeEach(async () => {
    directory = new CdrDirectory();
    log = new MemoryLog();
    open = [];
    Object.assign(counts, { delivered: 0, failed: 0, dropped: 0 });
    receiver = new Receiver();
    await receiver.listen();
  });
  afterEach(async () => {
    for (const one of open) await one.stop();
    receiver.close();
    directory.remove();
  });

  const start = async (more: { path?: string; timeoutSeconds?: number; maxBytes?: number } = {}) => {
    const { path = '/cdr', timeoutSeconds = 5, maxBytes = 1e9 } = more;
    const onDropped = (lines: number) => {
      counts.dropped += lines;
    };
    const spool = new Spool({ directory: directory.path, maxBytes, onDropped });
    await spool.start();
    const webhook = new Webhook({
      spool,
      settings: {
        url: `http://${ADDRESS}:${receiver.port}${path}`,
        secret: null,
        timeoutSeconds,
        maxQueueMegabytes: 1,
      },
      secret: () => SECRET,
      // A back-off of 1 s takes 10 ms.
      clock: hurriedClock(100),
      log,
      fetch: (...request) => fetch(...request),
      random: () => 0.5,
      onDelivered: (records) => {
        counts.delivered += records;
      },
      onFailed: () => {
        counts.failed += 1;
      },
    });
    const stop = async () => {
      await webhook.stop();
      await spool.close();
    };
    const one = { spool, webhook, stop };
    open.push(one);
    webhook.look();
    return one;
  };
  const put = async ({ spool, webhook }: Awaited<ReturnType<typeof start>>, from: number, to: number, pad = '') => {
    let lines = '';
    for (let n = from; n < to; n += 1) lines += `${JSON.stringify({ n, pad })}\n`;
    await spool.append(lines);
    webhook.look();
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  it('posts records in their order, in bounded portions, signed over time and body', async () => {
    const hook = await start();
    await put(hook, 0, 250);
    await until('all are delivered', () => counts.delivered === 250);
    assert.deepEqual(receiver.numbers, range(0, 250));
    assert.ok(receiver.deliveries.every(({ numbers }) => numbers.length <= 100));
    const { headers, body } = receiver.deliveries[0]!;
    const [, seconds, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-callback-signature']))!;
    assert.equal(v1, createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'));
    assert.ok(Math.abs(Number(seconds) - Date.now() / 1_000) < 60);
    assert.equal(headers['content-type'], 'application/json');
  });

  it('sends the same again until it is taken, later and later, and what comes after it after it', async () => {
    const hook = await start();
    const at: number[] = [];
    receiver.answer = () => {
      at.push(performance.now());
      return at.length <= 4 ? 500 : 200;
    };
    await put(hook, 0, 3);
    await until('it is tried again', () => at.length >= 2);
    await put(hook, 3, 5);
    await until('all are delivered', () => counts.delivered === 5);
    assert.deepEqual(
      receiver.deliveries.map(({ numbers }) => numbers),
      [...Array(5).fill([0, 1, 2]), [3, 4]],
    );
    const waits = at.slice(1, 5).map((time, index) => time - at[index]!);
    for (const [index, wait] of waits.entries()) assert.ok(wait >= 10 * 2 ** index * 0.95, `${waits}`);
    assert.equal(counts.failed, 4);
    assert.deepEqual([log.at('warn').length, log.at('info').length], [1, 1], 'told once, and when it is over');
  });

  it('delivers after a restart what it had not delivered, and nothing twice that was confirmed', async () => {
    receiver.answer = ({ numbers }) => (numbers.includes(150) ? 'hang' : 200);
    const first = await start();
    await put(first, 0, 200);
    await until('the second portion is under way', () => receiver.deliveries.length === 2);
    await first.stop();
    receiver.answer = () => 200;
    await start();
    await until('all are delivered', () => counts.delivered === 200);
    assert.deepEqual(receiver.numbers, [...range(0, 100), ...range(100, 200), ...range(100, 200)]);
  });

  it('begins again where its place in the queue was lost: twice is better than never', async () => {
    const first = await start();
    await put(first, 0, 10);
    await until('all are delivered', () => counts.delivered === 10);
    await first.stop();
    writeFileSync(directory.at('position.json'), '{"segm');
    await start();
    await until('they come again', () => counts.delivered === 20);
  });

  it('waits as long as the receiver asks for', async () => {
    const hook = await start();
    let asked = 0;
    receiver.answer = () => (asked++ === 0 ? [429, { 'retry-after': '30' }] : 200);
    const since = performance.now();
    await put(hook, 0, 1);
    await until('it is delivered', () => counts.delivered === 1);
    assert.ok(performance.now() - since >= 290, '30 s of the hurried clock');
  });

  it('sends smaller portions to a receiver that finds them too large', async () => {
    const hook = await start();
    receiver.answer = ({ numbers }) => (numbers.length > 10 ? 413 : 200);
    await put(hook, 0, 100);
    await until('all are delivered', () => counts.delivered === 100);
    const taken = receiver.deliveries.filter(({ numbers }) => numbers.length <= 10).flatMap(({ numbers }) => numbers);
    assert.deepEqual(taken, range(0, 100));
  });

  it('follows no redirection: only the configuration says where records go', async () => {
    const hook = await start();
    const elsewhere = new Receiver();
    await elsewhere.listen();
    receiver.answer = () => [307, { location: `http://${ADDRESS}:${elsewhere.port}/` }];
    await put(hook, 0, 1);
    await until('it is tried again', () => receiver.deliveries.length >= 2);
    elsewhere.close();
    assert.equal(elsewhere.deliveries.length, 0);
    assert.equal(counts.delivered, 0);
  });

  it('gives up a receiver that does not answer in time, and one that is not there, and goes on when it is', async () => {
    const hook = await start({ timeoutSeconds: 0.1 });
    receiver.answer = () => (receiver.deliveries.length === 1 ? 'hang' : 200);
    await put(hook, 0, 1);
    await until('it is delivered', () => counts.delivered === 1);
    receiver.close();
    await put(hook, 1, 2);
    await until('nobody is there', () => counts.failed >= 3);
    const { port } = receiver;
    receiver = new Receiver();
    await receiver.listen(port);
    await until('it is delivered', () => counts.delivered === 2);
    assert.deepEqual(receiver.numbers, [1]);
  });

  it('holds a bounded queue on disk: the oldest records go, and are counted', async () => {
    receiver.close();
    const hook = await start({ maxBytes: 3 * 1024 * 1024 });
    const pad = 'x'.repeat(1_000);
    for (let from = 0; from < 10_000; from += 100) await put(hook, from, from + 100, pad);
    assert.ok(hook.spool.bytes <= 3 * 1024 * 1024);
    assert.ok(readdirSync(directory.path).length <= 5, String(readdirSync(directory.path)));
    const { port } = receiver;
    receiver = new Receiver();
    await receiver.listen(port);
    // What was on its way when its segment went counts as dropped, and may arrive all the same.
    await until('the rest is delivered', () => receiver.numbers.includes(9_999), 10_000);
    const numbers = receiver.numbers.filter((n) => n >= counts.dropped);
    assert.deepEqual(numbers, range(counts.dropped, 10_000));
    await until('the segments are removed', () => readdirSync(directory.path).length <= 2);
  }).timeout(20_000);
});
