import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { Store } from '../../lib/ports/store.ts';
import { EventWebhooks } from '../../lib/records/event-webhooks.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { acceptance, callbackSample, change } from '../store/callback-sample.ts';
import { hurriedClock, MemoryLog } from '../support/outside-world.ts';
import { until } from './cdr-sample.ts';

const FASTER = 100;
const startedAt = Date.now();
/** Its wall clock runs as fast as its alarms. */
const clock = { ...hurriedClock(FASTER), now: () => startedAt + (Date.now() - startedAt) * FASTER };
const SECRET = 'shared with the receiver';

interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  ids: string[];
  types: string[];
}

describe('webhooks of events', () => {
  let store: Store;
  let open: EventWebhooks[];
  let posts: Post[];
  let answer: (post: Post) => number;
  beforeEach(async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    open = [];
    posts = [];
    answer = () => 204;
  });
  afterEach(async () => {
    for (const one of open) await one.stop();
    await store.close();
  });

  const take = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const body = String(init?.body);
    const events = JSON.parse(body).events as Array<{ id: string; type: string }>;
    const post = {
      url: String(url),
      headers: init?.headers as Record<string, string>,
      body,
      ids: events.map(({ id }) => id),
      types: events.map(({ type }) => type),
    };
    posts.push(post);
    return new Response(null, { status: answer(post) });
  };

  function webhooks(): EventWebhooks {
    const made = new EventWebhooks({
      store,
      clock,
      log: new MemoryLog(),
      fetch: take,
      random: () => 0.5,
    });
    open.push(made);
    made.start();
    return made;
  }

  async function add(made: EventWebhooks, name: string, more: object = {}): Promise<void> {
    await made.begin(name);
    const body = {
      url: `https://example.com/${name}`,
      secret: SECRET,
      events: [],
      enabled: true,
      timeoutSeconds: 5,
      ...more,
    };
    await store.documents.put({ kind: 'webhook', name, body, expiresAt: null, now: 1, expected: null });
    made.changed();
  }

  let serial = 0;
  async function accept(): Promise<ReturnType<typeof callbackSample>> {
    const sample = callbackSample({ id: `w${++serial}` });
    await store.callbacks.insert(acceptance(sample), null);
    return sample;
  }
  const told = (name: string) => posts.filter(({ url }) => url.endsWith(`/${name}`)).flatMap(({ ids }) => ids);
  const logged = async () => (await store.callbacks.logSince(0, 1000)).map(({ sequence }) => String(sequence));

  it('are told every event from then on, once and in order, signed', async () => {
    await accept();
    const made = webhooks();
    await add(made, 'crm');
    const before = (await logged()).length;
    for (let i = 0; i < 5; i++) await accept();
    made.happened();
    const expected = (await logged()).slice(before);
    await until('it is told', () => told('crm').length >= expected.length);
    assert.deepEqual(told('crm'), expected);
    const { headers, body } = posts[0]!;
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-callback-signature'] ?? '') ?? [];
    assert.equal(createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'), signature);
  });

  it('are tried again until they take it, and each try is written down', async () => {
    let refusals = 3;
    answer = () => (refusals-- > 0 ? 503 : 200);
    const made = webhooks();
    await add(made, 'crm');
    await accept();
    made.happened();
    await until('it is told', () => posts.length >= 4);
    const deliveries = async () =>
      (await store.journal.list({ kind: 'delivery', subject: 'crm', page: 1, pageSize: 50 })).items.map(
        ({ body }) => body,
      );
    await until('it is told', async () => (await deliveries()).length >= 4);
    const [last, ...before] = await deliveries();
    assert.deepEqual([last?.['ok'], last?.['status'], last?.['attempt']], [true, 200, 4]);
    assert.deepEqual(
      before.map(({ status, attempt }) => [status, attempt]),
      [
        [503, 3],
        [503, 2],
        [503, 1],
      ],
    );
    assert.deepEqual(new Set(posts.map(({ ids }) => ids.join())).size, 1, 'the same events each time');
  });

  it('get only what they asked for, and one that is away keeps nobody waiting', async () => {
    answer = ({ url }) => (url.endsWith('/away') ? 500 : 200);
    const made = webhooks();
    await add(made, 'done', { events: ['callback.done'] });
    await add(made, 'away');
    await add(made, 'off', { enabled: false });
    const sample = await accept();
    await store.callbacks.save(change(sample, { state: 'done', outcome: 'busy', reason: 'busy', doneAt: 9 }));
    await store.callbacks.save({
      callback: { ...(await store.callbacks.get(sample.id))!, version: 3 },
      log: [{ at: 9, type: 'done', attemptId: null, detail: { doneAt: 9 } }],
      attempts: [],
    });
    made.happened();
    await until('it is told', () => told('done').length > 0);
    const types = posts.filter(({ url }) => url.endsWith('/done')).flatMap((post) => post.types);
    assert.deepEqual(types, ['callback.done']);
    assert.deepEqual(told('off'), []);
  });

  it('go on where they were after a restart, and two nodes tell nothing twice', async () => {
    const first = webhooks();
    await add(first, 'crm');
    await accept();
    first.happened();
    await until('it is told', () => told('crm').length > 0);
    await first.stop();
    await accept();
    const both = [webhooks(), webhooks()];
    for (let i = 0; i < 20; i++) {
      await accept();
      for (const one of both) one.changed();
    }
    const expected = await logged();
    await until('it is told', () => told('crm').length >= expected.length);
    assert.deepEqual(told('crm'), expected);
  });

  it('can be tested and told again at once', async () => {
    const made = webhooks();
    assert.equal(await made.test('none'), null);
    await add(made, 'crm');
    assert.equal((await made.test('crm'))?.ok, true);
    assert.deepEqual(posts.at(-1)?.types, ['webhook.test']);
    await accept();
    made.happened();
    await until('it is told', () => told('crm').length > 1);
    const [id] = await logged();
    answer = () => 410;
    const again = await made.resend('crm', Number(id), Number(id));
    assert.deepEqual([again?.ok, again?.failure], [false, 'status 410']);
    assert.deepEqual(posts.at(-1)?.ids, [id]);
  });
});
