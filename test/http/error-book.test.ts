import assert from 'node:assert/strict';
import { ErrorBook } from '../../lib/http/error-book.ts';
import type { JournalEntry, JournalStore } from '../../lib/ports/documents.ts';
import { asNobody } from './access/people.ts';
import { type Bench, bench, MemoryLog } from './fakes.ts';

/** A store that is there or away. */
class Journal {
  isAway = false;
  readonly writes: string[][] = [];

  readonly store = {
    append: async (entries: readonly JournalEntry[]) => {
      if (this.isAway) throw new Error('it is away');
      this.writes.push(entries.map(({ subject }) => subject));
    },
  } as unknown as JournalStore;
}

const noted = (subject: string | number) => ({
  at: 1,
  actor: 'ana',
  subject: String(subject),
  correlationId: 'c',
  body: {},
});

describe('the error book', () => {
  it('writes what comes together at once, in its order', async () => {
    const journal = new Journal();
    const book = new ErrorBook({ journal: journal.store, log: new MemoryLog() });
    for (const subject of ['a', 'b', 'c']) book.note(noted(subject));
    await book.settle();
    book.note(noted('d'));
    await book.settle();
    assert.deepEqual(journal.writes, [['a', 'b', 'c'], ['d']]);
  });

  it('keeps what the store does not take, and writes it once when it is back, before what is new', async () => {
    const journal = new Journal();
    const book = new ErrorBook({ journal: journal.store, log: new MemoryLog() });
    journal.isAway = true;
    for (const subject of ['a', 'b']) {
      book.note(noted(subject));
      await book.settle();
    }
    assert.deepEqual([journal.writes, book.waiting().length], [[], 2]);
    journal.isAway = false;
    book.note(noted('c'));
    await book.settle();
    await book.settle();
    assert.deepEqual(journal.writes, [['a', 'b', 'c']]);
  });

  it('keeps no more than a thousand of them, the latest', async () => {
    const journal = new Journal();
    const book = new ErrorBook({ journal: journal.store, log: new MemoryLog() });
    journal.isAway = true;
    for (let serial = 0; serial < 1_500; serial++) book.note(noted(serial));
    await book.settle();
    assert.equal(book.waiting().length, 1_000);
    journal.isAway = false;
    await book.settle();
    assert.deepEqual([journal.writes[0]![0], journal.writes[0]!.at(-1)], ['500', '1499']);
  });
});

describe('HTTP: the id of an answer', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());
  const found = async (id: string, how = 'correlationId') =>
    (await b.request('GET', `/api/v1/errors?${how}=${id}`)).json.items;

  it('is found in the error book, with who was refused what, and why', async () => {
    const { json } = await b.request('DELETE', '/api/v1/trunks/none');
    const [entry, ...more] = await found(json.correlationId);
    assert.deepEqual(more, []);
    const { id, at, ...rest } = entry;
    assert.deepEqual(rest, {
      actor: 'configured',
      subject: 'trunks/none',
      correlationId: json.correlationId,
      status: 404,
      code: 'not-found',
      message: json.error.message,
      path: null,
      method: 'DELETE',
      cause: null,
    });
    assert.deepEqual(await found(json.correlationId, 'q'), [entry], 'as it is typed into a search');
    assert.deepEqual((await b.request('GET', `/api/v1/errors/${id}`)).json, entry);
    assert.ok(!Number.isNaN(Date.parse(at)));
  });

  it('is found there with the cause that the answer did not tell', async () => {
    b.store.failure = new Error('the index is broken');
    const { json } = await b.request('GET', '/api/v1/callbacks');
    b.store.failure = null;
    const [entry] = await found(json.correlationId);
    assert.deepEqual([entry.status, entry.cause], [500, 'the index is broken']);
    assert.doesNotMatch(JSON.stringify(json), /index is broken/);
  });

  it('is found there though the store was away when it went wrong', async () => {
    const { append } = b.journal;
    b.journal.append = async () => {
      throw new Error('it is away');
    };
    const ids = [];
    for (const name of ['a', 'b']) ids.push((await b.request('DELETE', `/api/v1/trunks/${name}`)).json.correlationId);
    b.journal.append = append;
    for (const [place, id] of ids.entries())
      assert.deepEqual(
        (await found(id)).map(({ subject }: { subject: string }) => subject),
        [`trunks/${['a', 'b'][place]}`],
      );
    assert.equal((await b.request('GET', '/api/v1/errors')).json.total, 2);
  });

  it('is not kept for strangers, who could fill the book; but what went wrong on our side is', async () => {
    const refused = await asNobody(b)('GET', '/api/v1/trunks');
    assert.equal(refused.status, 401);
    assert.deepEqual(await found(refused.json.correlationId), []);
    const { key } = (await b.request('POST', '/api/v1/api-keys', { name: 'k', scopes: ['callbacks:read'] })).json;
    const { get } = b.documents;
    b.documents.get = async () => {
      throw Object.assign(new Error('it is gone'), { code: 'STORE_UNAVAILABLE' });
    };
    const failed = await asNobody(b)('GET', '/api/v1/callbacks', undefined, { 'x-api-key': key });
    b.documents.get = get;
    assert.equal(failed.status, 503);
    assert.deepEqual(
      (await found(failed.json.correlationId)).map(({ actor, status }: Record<string, unknown>) => [actor, status]),
      [[null, 503]],
    );
    assert.equal((await b.request('GET', '/api/v1/errors')).json.total, 1);
  });
});
