import assert from 'node:assert/strict';
import type { Callback, CallbackState } from '../../lib/core/callback/callback.ts';
import type { CallbackQuery } from '../../lib/ports/store.ts';
import { acceptance, callbackSample, change, NOW } from './callback-sample.ts';
import type { StoreUnderTest } from './contract.ts';

const STATES: CallbackState[] = ['scheduled', 'queued', 'dialing', 'answered', 'connecting', 'connected', 'done'];
const ALL: CallbackQuery = { page: 1, pageSize: 100, sort: { field: 'acceptedAt', descending: false } };

const idsOf = (callbacks: readonly Callback[]) => callbacks.map(({ id }) => id);

function scheduleContract(under: StoreUnderTest): void {
  const insert = (over: Partial<Callback> & { id: string }) =>
    under.store.callbacks.insert(acceptance(callbackSample(over)), null);
  const dueIds = async (before: number, limit = 10, except: string[] = []) =>
    idsOf(await under.store.callbacks.due(before, limit, new Set(except)));

  it('gives the scheduled ones due before an instant, earliest first, and not those held already', async () => {
    for (const [id, dueAt] of Object.entries({ late: 300, b: 200, first: 100, a: 200 })) await insert({ id, dueAt });
    assert.deepEqual(await dueIds(301), ['first', 'a', 'b', 'late']);
    assert.deepEqual(await dueIds(300), ['first', 'a', 'b']);
    assert.deepEqual(await dueIds(301, 2), ['first', 'a']);
    assert.deepEqual(await dueIds(301, 2, ['first', 'b']), ['a', 'late']);
    assert.deepEqual(await dueIds(301, 0), []);
    assert.equal(await under.store.callbacks.earliestDue(), 100);
  });

  it('leaves out what is under way or done, and takes back what is scheduled again, at its new time', async () => {
    const { callbacks } = under.store;
    const first = callbackSample({ id: 'a', dueAt: 100 });
    await callbacks.insert(acceptance(first), null);
    const dialing = change(first, { state: 'dialing' });
    await callbacks.save(dialing);
    assert.deepEqual(await dueIds(1000), []);
    assert.equal(await callbacks.earliestDue(), null);
    const moved = change(dialing.callback, { dueAt: 400 });
    await callbacks.save(moved);
    assert.deepEqual(await dueIds(1000), []);
    const again = change(moved.callback, { state: 'scheduled', dueAt: 500 });
    await callbacks.save(again);
    assert.deepEqual(await dueIds(500), []);
    assert.deepEqual(await dueIds(501), ['a']);
    const sooner = change(again.callback, { dueAt: 50 });
    await callbacks.save(sooner);
    assert.equal(await callbacks.earliestDue(), 50);
    await callbacks.save(change(sooner.callback, { state: 'done' }));
    assert.deepEqual(await dueIds(1000), []);
  });

  it('gives what is in flight: all but scheduled and done', async () => {
    for (const state of STATES) await insert({ id: state, state });
    const ids = idsOf(await under.store.callbacks.inFlight(new Set()));
    assert.deepEqual(ids.toSorted(), ['answered', 'connected', 'connecting', 'dialing', 'queued']);
  });

  it('counts each state', async () => {
    for (const state of [...STATES, 'done' as const]) await insert({ id: `${state}-${Math.random()}`, state });
    assert.deepEqual(await under.store.callbacks.counts(), {
      scheduled: 1,
      queued: 1,
      dialing: 1,
      answered: 1,
      connecting: 1,
      connected: 1,
      done: 2,
    });
  });

  it('counts what was accepted for a number since an instant, in either form, whatever became of it', async () => {
    const { callbacks } = under.store;
    await insert({ id: 'early', acceptedAt: 99 });
    await insert({ id: 'exact', acceptedAt: 100 });
    await insert({ id: 'done', acceptedAt: 200, state: 'done' });
    await insert({ id: 'other', acceptedAt: 200, caller: { received: '77', e164: null } });
    await insert({ id: 'same', acceptedAt: 200, caller: { received: '+551', e164: '+551' } });
    assert.equal(await callbacks.countAccepted('+5548991996260', 100), 2);
    assert.equal(await callbacks.countAccepted('048991996260', 100), 2);
    assert.equal(await callbacks.countAccepted('77', 100), 1);
    assert.equal(await callbacks.countAccepted('+551', 100), 1);
    assert.equal(await callbacks.countAccepted('', 0), 0);
  });
}

function filterContract(under: StoreUnderTest): void {
  const list = async (over: Partial<CallbackQuery>) => under.store.callbacks.list({ ...ALL, ...over });
  const idsFor = async (over: Partial<CallbackQuery>) => {
    const { items, total } = await list(over);
    assert.equal(total, items.length);
    return idsOf(items).join(' ');
  };

  beforeEach(async () => {
    const plan = callbackSample({ id: '' }).plan;
    const samples = [
      callbackSample({ id: 'a', acceptedAt: NOW, dueAt: 30 }),
      callbackSample({ id: 'b', acceptedAt: NOW + 1, dueAt: 20, state: 'done', outcome: 'busy' }),
      callbackSample({ id: 'c', acceptedAt: NOW + 2, dueAt: 10, caller: { received: 'x', e164: null } }),
      callbackSample({ id: 'd', acceptedAt: NOW + 3, dueAt: 40, plan: { ...plan, origin: 'api:Callback geral' } }),
      callbackSample({ id: 'e', acceptedAt: NOW + 4, dueAt: 50, plan: { ...plan, origin: 'flow:offer/back' } }),
    ];
    for (const sample of samples) await under.store.callbacks.insert(acceptance(sample), null);
  });

  it('filters by state, number, rule and time, alone and together', async () => {
    assert.equal(await idsFor({}), 'a b c d e');
    assert.equal(await idsFor({ state: 'done' }), 'b');
    assert.equal(await idsFor({ state: 'queued' }), '');
    assert.equal(await idsFor({ number: '+5548991996260' }), 'a b d e');
    assert.equal(await idsFor({ number: '048991996260' }), 'a b d e');
    assert.equal(await idsFor({ number: 'x' }), 'c');
    assert.equal(await idsFor({ rule: 'Callback geral' }), 'a b c d');
    assert.equal(await idsFor({ rule: 'flow:offer/back' }), 'e');
    assert.equal(await idsFor({ from: NOW + 1, to: NOW + 3 }), 'b c');
    assert.equal(await idsFor({ after: { acceptedAt: NOW + 1, id: 'b' }, to: NOW + 3 }), 'c');
    assert.equal(await idsFor({ after: { acceptedAt: NOW + 1, id: 'a' }, to: NOW + 3 }), 'b c');
    assert.equal(
      await idsFor({ state: 'scheduled', rule: 'Callback geral', number: 'x', from: NOW, to: NOW + 9 }),
      'c',
    );
    assert.equal(await idsFor({ number: `' or 1=1 --` }), '');
  });

  it('sorts by acceptance, due time and state, both ways', async () => {
    const sorted = (field: CallbackQuery['sort']['field'], descending: boolean) =>
      idsFor({ sort: { field, descending } });
    assert.equal(await sorted('acceptedAt', true), 'e d c b a');
    assert.equal(await sorted('dueAt', false), 'c b a d e');
    assert.equal(await sorted('dueAt', true), 'e d a b c');
    assert.equal(await sorted('state', false), 'b a c d e');
    assert.equal(await sorted('state', true), 'e d c a b');
    assert.equal(await idsFor({ state: 'scheduled', sort: { field: 'dueAt', descending: true } }), 'e d a c');
    assert.equal(await idsFor({ state: 'done', sort: { field: 'dueAt', descending: true } }), 'b');
  });

  it('bounds the page size and takes odd pages as the nearest sensible one', async () => {
    assert.equal((await list({ pageSize: 1e9 })).pageSize, 500);
    assert.deepEqual(idsOf((await list({ pageSize: -3, page: -1 })).items), ['a']);
    assert.deepEqual(idsOf((await list({ pageSize: Number.NaN, page: Number.NaN })).items), ['a']);
    assert.deepEqual(await list({ pageSize: 5, page: 1e300 }), { items: [], total: 5, page: 2 ** 31, pageSize: 5 });
    assert.deepEqual(await list({ pageSize: 5, page: 2 }), { items: [], total: 5, page: 2, pageSize: 5 });
  });
}

function pageContract(under: StoreUnderTest): void {
  it('shows every callback on exactly one page, in order, for every order and also among equals', async () => {
    const { callbacks } = under.store;
    for (let index = 0; index < 23; index += 1) {
      const state = STATES[index % 3]!;
      const sample = callbackSample({ id: `c${index}`, acceptedAt: NOW + (index % 4), dueAt: index % 5, state });
      await callbacks.insert(acceptance(sample), null);
    }
    for (const field of ['acceptedAt', 'dueAt', 'state'] as const) {
      for (const descending of [false, true]) {
        const whole = await callbacks.list({ ...ALL, sort: { field, descending } });
        const paged: string[] = [];
        for (let page = 1; page <= 5; page += 1) {
          const part = await callbacks.list({ page, pageSize: 5, sort: { field, descending } });
          assert.equal(part.total, 23);
          paged.push(...idsOf(part.items));
        }
        assert.equal(new Set(paged).size, 23);
        assert.deepEqual(paged, idsOf(whole.items));
        // States are in order of acceptance within; what is equal even so, by id.
        const before = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
        const sorted = whole.items.toSorted(
          (a, b) =>
            before(a[field], b[field]) ||
            (field === 'state' ? before(a.acceptedAt, b.acceptedAt) : 0) ||
            before(a.id, b.id),
        );
        assert.deepEqual(idsOf(whole.items), idsOf(descending ? sorted.toReversed() : sorted));
      }
    }
  });
}

export function listContract(under: StoreUnderTest): void {
  describe('schedule and counts', () => scheduleContract(under));
  describe('list: filters', () => filterContract(under));
  describe('list: pages', () => pageContract(under));
}
