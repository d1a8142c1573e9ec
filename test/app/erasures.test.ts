import assert from 'node:assert/strict';
import { Erasures } from '../../lib/app/erasures.ts';
import type { IsTheirs } from '../../lib/core/policy/number-trace.ts';
import type { Store } from '../../lib/ports/store.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { traceSeal } from '../../lib/system/trace-seal.ts';
import { acceptance, callbackSample, change } from '../store/callback-sample.ts';
import { ManualClock, MemoryLog } from '../support/outside-world.ts';

const NUMBER = '+5548991996260';
const ANA = { received: '048991996260', e164: NUMBER };
const BEA = { received: '+5511988887777', e164: '+5511988887777' };

const order = (id: string) => ({ id, actor: 'root', address: '192.0.2.1', reason: 'she asked' });

/** Files of one node: lines, as a crash leaves them. */
class Lines {
  lines = [`caller=${NUMBER}`, `caller=${BEA.e164}`, 'caller=048 99199-6260'];
  async forget(isTheirs: IsTheirs) {
    const has = (line: string) => isTheirs(line.replace(/\D/g, ''));
    const count = this.lines.filter(has).length;
    this.lines = this.lines.map((line) => (has(line) ? 'caller=*' : line));
    return count;
  }
}

/** The process dies at the operation of this number: it is not done, and neither is what comes after it. */
class Dying {
  left: number;
  constructor(left: number) {
    this.left = left;
  }
  of<T extends object>(part: T): T {
    const dies = () => --this.left < 0;
    return new Proxy(part, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (dies()) throw new Error('it has died');
          return value.apply(target, given);
        };
      },
    });
  }
}

describe('erasures', () => {
  let store: Store;
  let files: Lines;
  let clock: ManualClock;

  const fill = async () => {
    store = await openSqliteStore({ directory: ':memory:', log: new MemoryLog() });
    files = new Lines();
    clock = new ManualClock();
    const at = clock.now() - 1;
    for (const [id, caller] of [
      ['open', ANA],
      ['bea', BEA],
    ] as const)
      await store.callbacks.insert(acceptance(callbackSample({ id, caller })), null);
    const entry = { at, actor: 'root', correlationId: null, body: { action: 'created', changes: [{ after: NUMBER }] } };
    await store.journal.append([
      { ...entry, kind: 'audit', subject: `suppressions/${NUMBER}` },
      { ...entry, kind: 'error', subject: 'holds/48%2099199-6260', body: { message: 'no (48) 99199-6260' } },
      { ...entry, kind: 'audit', subject: `suppressions/${BEA.e164}`, body: { action: 'created', changes: [] } },
    ]);
    const view = { views: [{ name: 'his', q: '48991996260' }] };
    await store.documents.put({ kind: 'saved-view', name: 'root', body: view, expiresAt: null, now: at, expected: 0 });
    await store.suppressions.put([{ number: NUMBER, reason: 'asked', source: 'api', createdAt: at, expiresAt: null }]);
  };
  beforeEach(fill);
  afterEach(() => store.close());

  const cancelling = {
    cancel: async (id: string) => {
      const callback = (await store.callbacks.get(id))!;
      const done = { state: 'done', outcome: 'cancelled', reason: 'x', doneAt: clock.now() } as const;
      if (callback.state !== 'done') await store.callbacks.save(change(callback, done));
      return { result: 'changed' as const, callback };
    },
  };
  const open = (parts: Partial<Store> = store, records = [files], callbacks: typeof cancelling = cancelling) =>
    new Erasures({
      store: { ...(store as object), ...parts } as Store,
      callbacks,
      records,
      seal: traceSeal,
      clock,
      log: new MemoryLog(),
    });
  /** Everything that is kept, but the list that has to know the number. */
  const kept = async () => {
    const list = { page: 1, pageSize: 100 };
    const journals = await Promise.all(
      (['audit', 'error', 'delivery'] as const).map((kind) => store.journal.list({ kind, ...list })),
    );
    const documents = await Promise.all(
      (['saved-view', 'erasure'] as const).map((kind) => store.documents.all(kind, clock.now())),
    );
    const callbacks = await store.callbacks.list({ ...list, sort: { field: 'acceptedAt', descending: false } });
    return JSON.stringify([journals, documents, callbacks, files.lines]);
  };
  const assertForgotten = async (why: string) => {
    const text = await kept();
    assert.doesNotMatch(text, /99199|6260/, why);
    assert.match(text, /"id":"bea"/, why);
    assert.equal(text.split('5511988887777').length - 1, 4, `${why}: those of others stay`);
    assert.notEqual(await store.suppressions.get(NUMBER, clock.now()), null, why);
  };

  it('leave nothing of a number but the list that protects him, and nothing to do', async () => {
    assert.deepEqual(await open().erase(NUMBER, order('e1')), { erased: 1, open: 0, hidden: 5 });
    await assertForgotten('erased');
    assert.deepEqual(await store.documents.all('erasure', clock.now()), []);
    assert.deepEqual(await open().erase(NUMBER, order('e2')), { erased: 0, open: 0, hidden: 0 });
    const { total } = await store.journal.list({ kind: 'audit', subject: 'erasures', page: 1, pageSize: 9 });
    assert.equal(total, 0, 'who asked and is told writes it down himself');
  });

  it('are taken up again wherever the process dies', async () => {
    // before its second step nothing is promised
    for (let steps = 2; ; steps++) {
      const dying = new Dying(steps);
      const { documents, journal, retention } = store;
      const parts = {
        documents: dying.of(documents),
        journal: dying.of(journal),
        retention: dying.of(retention),
      };
      const first = open(parts, [dying.of(files)], dying.of(cancelling));
      const done = await first.erase(NUMBER, order('e')).catch(() => null);
      if (done === null) assert.match(await kept(), /99199/, `${steps}`);
      await open().resume();
      await assertForgotten(`died after ${steps} steps`);
      assert.deepEqual(await store.documents.all('erasure', clock.now()), [], `${steps}`);
      const { items } = await store.journal.list({ kind: 'audit', correlationId: 'e', page: 1, pageSize: 9 });
      assert.deepEqual(
        items.map(({ actor, subject, body }) => [actor, subject, body['action']]),
        done === null ? [['root', 'erasures', 'erased']] : [],
        `${steps}`,
      );
      if (done !== null) return assert.ok(steps >= 10, `${steps}`);
      await store.close();
      await fill();
    }
  });

  it('leave who is being talked with, and finish when he has hung up; what is new since then stays', async () => {
    const busy = { cancel: async () => ({ result: 'changed' as const, callback: callbackSample({ id: 'open' }) }) };
    const erasures = open(store, [files], busy as never);
    assert.deepEqual(await erasures.erase(NUMBER, order('e1')), { erased: 0, open: 1, hidden: 5 });
    clock.advance(1000);
    await store.callbacks.insert(acceptance(callbackSample({ id: 'new', caller: ANA })), null);
    const later = { kind: 'audit', at: clock.now(), actor: null, correlationId: null, body: {} } as const;
    await store.journal.append([{ ...later, subject: `suppressions/${NUMBER}` }]);
    await cancelling.cancel('open');
    await open().resume();
    assert.equal(await store.callbacks.get('open'), null);
    assert.notEqual(await store.callbacks.get('new'), null);
    const { items } = await store.journal.list({ kind: 'audit', subject: 'suppressions', page: 1, pageSize: 9 });
    assert.deepEqual(items.filter(({ subject }) => subject.endsWith(NUMBER)).length, 1);
    assert.deepEqual(await store.documents.all('erasure', clock.now()), []);
  });

  it('that were cut off are given up where the number is held meanwhile', async () => {
    const dying = new Dying(1);
    await assert.rejects(
      open({ documents: dying.of(store.documents) }, [files], dying.of(cancelling)).erase(NUMBER, order('e')),
    );
    assert.equal((await store.documents.all('erasure', clock.now())).length, 1);
    const hold = { kind: 'hold', name: NUMBER, body: {}, expiresAt: null, now: clock.now(), expected: 0 } as const;
    await store.documents.put(hold);
    await open().resume();
    assert.notEqual(await store.callbacks.get('open'), null);
    assert.deepEqual(await store.documents.all('erasure', clock.now()), []);
  });

  it('are told to the files of other nodes by a seal, once each, which goes in time', async () => {
    const there = new Lines();
    const nodes = {} as NonNullable<Store['nodes']>;
    await open({ nodes }).erase(NUMBER, order('e1'));
    await assertForgotten('sealed');
    const other = open({ nodes }, [there]);
    await other.resume();
    assert.deepEqual(there.lines, ['caller=*', `caller=${BEA.e164}`, 'caller=*']);
    there.lines = [`caller=${NUMBER}`];
    await other.resume();
    assert.deepEqual(there.lines, [`caller=${NUMBER}`], 'what comes afterwards is of a new call');
    clock.advance(31 * 86_400_000);
    assert.deepEqual(await store.documents.all('erasure', clock.now()), []);
  });
});
