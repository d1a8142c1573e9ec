import assert from 'node:assert/strict';
import type { DocumentWrite, JournalEntry } from '../../lib/ports/documents.ts';
import { acceptance, callbackSample, change } from './callback-sample.ts';
import type { StoreHarness, StoreUnderTest } from './contract.ts';

const user = (more: Partial<DocumentWrite> = {}): DocumentWrite => ({
  kind: 'user',
  name: 'ana',
  body: { role: 'agent', text: 'a\0b\ud800' },
  expiresAt: null,
  now: 1000,
  expected: null,
  ...more,
});

function documents(under: StoreUnderTest, reopen: StoreHarness['reopen']): void {
  it('keeps documents by kind and name, and counts their versions', async () => {
    const { documents } = under.store;
    assert.deepEqual(await documents.put(user({ body: { a: 1 } })), { result: 'stored', version: 1 });
    assert.deepEqual(await documents.put(user({ body: { a: 2 }, now: 2000 })), { result: 'stored', version: 2 });
    await documents.put(user({ kind: 'api-key' }));
    await documents.put(user({ name: 'aaa' }));
    const stored = await documents.get('user', 'ana', 0);
    assert.deepEqual(stored, {
      kind: 'user',
      name: 'ana',
      version: 2,
      body: { a: 2 },
      createdAt: 1000,
      updatedAt: 2000,
      expiresAt: null,
    });
    assert.deepEqual(
      (await documents.all('user', 0)).map(({ name }) => name),
      ['aaa', 'ana'],
    );
    assert.equal(await documents.get('session', 'ana', 0), null);
  });

  it('lets one of two who replace the same version win', async () => {
    const { documents } = under.store;
    await documents.put(user());
    const both = await Promise.all([1, 2].map((n) => documents.put(user({ body: { n }, expected: 1 }))));
    assert.deepEqual(both.map(({ result }) => result).sort(), ['stale', 'stored']);
    assert.equal((await documents.put(user({ expected: 1 }))).result, 'stale');
    assert.equal((await documents.put(user({ name: 'nobody', expected: 1 }))).result, 'stale');
  });

  it('adds one where there is none, and one that has expired is none', async () => {
    const { documents } = under.store;
    const add = (now: number) => documents.put(user({ expected: 0, now, expiresAt: 5000 }));
    const both = await Promise.all([add(1000), add(1000)]);
    assert.deepEqual(both.map(({ result }) => result).sort(), ['stale', 'stored']);
    assert.equal(await documents.get('user', 'ana', 5000), null);
    assert.deepEqual(await documents.all('user', 5000), []);
    assert.notEqual(await documents.get('user', 'ana', 4999), null);
    assert.equal((await add(4999)).result, 'stale');
    assert.equal((await add(5000)).result, 'stored');
  });

  it('removes in a version, or whatever is there, and purges what has expired', async () => {
    const { documents } = under.store;
    await documents.put(user());
    await documents.put(user({ name: 'bea', expiresAt: 2000 }));
    assert.equal(await documents.remove('user', 'ana', 2), false);
    assert.equal(await documents.remove('user', 'ana', 1), true);
    assert.equal(await documents.remove('user', 'ana', null), false);
    await documents.purge(1999);
    assert.notEqual(await documents.get('user', 'bea', 0), null);
    await documents.purge(2000);
    assert.equal(await documents.get('user', 'bea', 0), null);
  });

  if (reopen === null) return;
  it('keeps documents and journal when it is closed and opened again', async () => {
    await under.store.documents.put(user({ body: { a: 1 } }));
    await under.store.journal.append([entry(1)]);
    under.store = await reopen(under.store);
    assert.deepEqual((await under.store.documents.get('user', 'ana', 0))?.body, { a: 1 });
    assert.equal((await under.store.journal.list({ kind: 'audit', page: 1, pageSize: 5 })).total, 1);
  });
}

const entry = (at: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  kind: 'audit',
  at,
  actor: 'ana',
  subject: `callbacks/${at}`,
  correlationId: `c-${at}`,
  body: { text: `100% of ${at}` },
  ...more,
});

function journal(under: StoreUnderTest): void {
  const found = async (asked: object) => {
    const page = await under.store.journal.list({ kind: 'audit', page: 1, pageSize: 10, ...asked });
    return page.items.map(({ at }) => at);
  };

  it('lists the journal, the latest first, or the oldest, by who, what, when, correlation and text', async () => {
    const { journal } = under.store;
    await journal.append([entry(1), entry(2, { actor: 'bea' }), entry(3, { subject: 'callbacks' })]);
    await journal.append([entry(4, { subject: 'callbacks0' }), entry(5, { kind: 'error', actor: null })]);
    assert.deepEqual(await found({}), [4, 3, 2, 1]);
    assert.deepEqual(await found({ actor: 'bea' }), [2]);
    assert.deepEqual(await found({ actor: 'BEA' }), [2]);
    assert.deepEqual(await found({ actor: 'be' }), []);
    assert.deepEqual(await found({ subject: 'callbacks' }), [3, 2, 1]);
    assert.deepEqual(await found({ subject: 'callbacks/2' }), [2]);
    assert.deepEqual(await found({ correlationId: 'c-1' }), [1]);
    assert.deepEqual(await found({ from: 2, to: 4 }), [3, 2]);
    assert.deepEqual(await found({ text: '100% OF 2' }), [2]);
    assert.deepEqual(await found({ text: '1_0' }), []);
    assert.deepEqual(await found({ text: 'C-3' }), [3]);
    assert.deepEqual(await found({ kind: 'error' }), [5]);
    assert.deepEqual(await found({ oldestFirst: true }), [1, 2, 3, 4]);
    assert.deepEqual(await found({ oldestFirst: true, pageSize: 1, page: 2 }), [2]);
    const second = await journal.list({ kind: 'audit', page: 2, pageSize: 3 });
    assert.deepEqual([second.total, second.items.map(({ at }) => at)], [4, [1]]);
    const { sequence } = second.items[0]!;
    assert.deepEqual(await journal.get('audit', sequence), { ...entry(1), sequence });
    assert.equal(await journal.get('error', sequence), null);
  });

  it('purges the oldest entries of a kind, at most so many', async () => {
    const { journal } = under.store;
    await journal.append([1, 2, 3, 4].map((at) => entry(at)));
    await journal.append([entry(1, { kind: 'error' })]);
    assert.equal(await journal.purge('audit', 4, 2), 2);
    assert.deepEqual(await found({}), [4, 3]);
    assert.equal(await journal.purge('audit', 4, 10), 1);
    assert.deepEqual(await found({}), [4]);
    assert.deepEqual(await found({ kind: 'error' }), [1]);
  });
}

function revisions(under: StoreUnderTest): void {
  const texts = async (kind: JournalEntry['kind']) =>
    (await under.store.journal.list({ kind, page: 1, pageSize: 10 })).items.map(({ subject, body }) => [subject, body]);

  it('revises entries of all kinds up to an instant, in portions, and finds them by what they say then', async () => {
    const { journal } = under.store;
    const named = (at: number, kind: JournalEntry['kind']) =>
      entry(at, { kind, subject: `holds/${at}`, body: { of: 'Ana', at } });
    await journal.append([named(1, 'audit'), named(2, 'error'), entry(3), named(4, 'delivery'), named(5, 'audit')]);
    const changed = ({ subject, body }: { subject: string; body: string }) =>
      body.includes('Ana') ? { subject: subject.replace(/\d/, '*'), body: body.replace('Ana', '*') } : null;
    const asked = { most: 2, until: 4, changed };
    const first = await journal.revise({ ...asked, after: 0 });
    assert.equal(first.revised, 2);
    const second = await journal.revise({ ...asked, after: first.next! });
    assert.equal(second.revised, 1);
    assert.deepEqual(await journal.revise({ ...asked, after: second.next! }), { revised: 0, next: null });
    assert.deepEqual(await texts('error'), [['holds/*', { of: '*', at: 2 }]]);
    assert.deepEqual(await texts('delivery'), [['holds/*', { of: '*', at: 4 }]]);
    assert.deepEqual(await texts('audit'), [
      ['holds/5', { of: 'Ana', at: 5 }],
      ['callbacks/3', { text: '100% of 3' }],
      ['holds/*', { of: '*', at: 1 }],
    ]);
    assert.equal((await journal.list({ kind: 'error', text: 'Ana', page: 1, pageSize: 1 })).total, 0);
  });

  it('revises nothing of a portion in which one change fails', async () => {
    const { journal } = under.store;
    await journal.append([entry(1), entry(2)]);
    const changed = ({ subject, body }: { subject: string; body: string }) => {
      if (subject === 'callbacks/2') throw new Error('no');
      return { subject: 'gone', body };
    };
    await assert.rejects(journal.revise({ after: 0, most: 10, until: 9, changed }));
    assert.deepEqual(
      (await texts('audit')).map(([subject]) => subject),
      ['callbacks/2', 'callbacks/1'],
    );
  });
}

function callbackFilters(under: StoreUnderTest): void {
  const ids = async (asked: object) => {
    const query = { page: 1, pageSize: 10, sort: { field: 'acceptedAt', descending: false } as const, ...asked };
    const { items, total } = await under.store.callbacks.list(query);
    assert.equal(items.length, total);
    return items.map(({ id }) => id);
  };

  it('lists callbacks by inbound number, outcome and a piece of text', async () => {
    const { callbacks } = under.store;
    const sample = (id: string, more: object) => callbackSample({ id, acceptedAt: Number(id.slice(1)), ...more });
    const busy = sample('c1', { inboundNumber: '+551', caller: { received: '011 9', e164: '+55119' } });
    await callbacks.insert(acceptance(busy), null);
    await callbacks.insert(acceptance(sample('c2', { inboundNumber: '+552' })), null);
    await callbacks.insert(acceptance(sample('c3', { inboundNumber: null })), null);
    await callbacks.save(change(busy, { state: 'done', outcome: 'busy', reason: 'busy', doneAt: 9 }));
    assert.deepEqual(await ids({ inboundNumbers: ['+551', '+552'] }), ['c1', 'c2']);
    assert.deepEqual(await ids({ inboundNumbers: ['+552'], state: 'scheduled' }), ['c2']);
    assert.deepEqual(await ids({ inboundNumbers: [] }), []);
    assert.deepEqual(await ids({ outcome: 'busy' }), ['c1']);
    assert.deepEqual(await ids({ text: '5511' }), ['c1']);
    assert.deepEqual(await ids({ text: 'C3' }), ['c3']);
    assert.deepEqual(await ids({ text: '%' }), []);
  });
}

function retention(under: StoreUnderTest): void {
  const done = async (serial: number, number = `+55${serial}`) => {
    const caller = { received: number.slice(1), e164: number };
    const sample = callbackSample({ id: `c${serial}`, caller, acceptedAt: serial - 1 });
    const { callbacks } = under.store;
    await callbacks.insert(acceptance(sample), null);
    await callbacks.save(change(sample, { state: 'done', outcome: 'busy', reason: 'busy', doneAt: serial }));
    return sample;
  };

  it('takes done callbacks with all that belongs to them, the oldest first, but none that is held', async () => {
    const { callbacks, retention } = under.store;
    for (const serial of [3, 1, 2, 4]) await done(serial);
    await callbacks.insert(acceptance(callbackSample({ id: 'open' })), null);
    const asked = { before: 4, most: 2, held: [] };
    assert.deepEqual(await retention.done(asked), ['c1', 'c2']);
    assert.deepEqual(await retention.done({ ...asked, held: ['+551', '553'] }), ['c2']);
    assert.equal(await retention.erase(['c1', 'c2', 'open', 'none']), 2);
    assert.deepEqual(
      [await callbacks.get('c1'), await callbacks.log('c1'), await callbacks.attempts('c1')],
      [null, [], []],
    );
    assert.notEqual(await callbacks.get('open'), null);
    assert.notDeepEqual(await callbacks.log('c3'), []);
    const counts = await callbacks.counts();
    assert.deepEqual([counts.done, counts.scheduled], [2, 1]);
  });

  it('finds all callbacks of a number in either form', async () => {
    await done(1, '+557');
    await under.store.callbacks.insert(
      acceptance(callbackSample({ id: 'x', caller: { received: '57', e164: '+557' } })),
      null,
    );
    await done(2);
    const found = await under.store.retention.of('+557');
    assert.deepEqual(found, [
      { id: 'c1', state: 'done', caller: { received: '557', e164: '+557' } },
      { id: 'x', state: 'scheduled', caller: { received: '57', e164: '+557' } },
    ]);
    assert.deepEqual(
      (await under.store.retention.of('557')).map(({ id }) => id),
      ['c1'],
    );
  });

  it('trims ladders and events apart, of what is done and not held', async () => {
    const { callbacks, retention } = under.store;
    const sip = { at: 1, type: 'sip', attemptId: null, detail: { summary: 'INVITE' } };
    for (const serial of [1, 2]) {
      const sample = await done(serial);
      const version = (await callbacks.get(sample.id))!.version;
      const next = { ...(await callbacks.get(sample.id))!, version: version + 1 };
      await callbacks.save({ callback: next, log: [sip, sip], attempts: [] });
    }
    const types = async (id: string) => (await callbacks.log(id)).map(({ type }) => type);
    const asked = { before: 10, most: 100, held: ['+551'] };
    assert.equal(await retention.trim('ladders', asked), 2);
    assert.ok(!(await types('c2')).includes('sip') && (await types('c2')).length > 0);
    assert.equal((await retention.trim('events', { ...asked, held: [] })) > 0, true);
    assert.deepEqual(await types('c2'), []);
    assert.deepEqual(await types('c1'), ['sip', 'sip']);
    assert.equal(await retention.trim('ladders', { ...asked, before: 1, held: [] }), 0);
  });
}

export function documentContract(under: StoreUnderTest, reopen: StoreHarness['reopen']): void {
  documents(under, reopen);
  journal(under);
  revisions(under);
  callbackFilters(under);
  retention(under);
}
