import assert from 'node:assert/strict';
import type { Configuration } from '../../lib/core/configuration.ts';
import { someone } from './access/people.ts';
import { type Bench, bench } from './fakes.ts';

const API = '/api/v1';
const RECEPTION = {
  name: 'reception',
  start: 'menu',
  components: {
    menu: { type: 'menu', prompt: 'tone:beep', choices: { '1': 'sales' }, otherwise: 'bye' },
    sales: { type: 'dial', extension: '200', otherwise: 'bye' },
    bye: { type: 'hangup' },
  },
};
type Flow = { name: string; start: string; components: Record<string, object>; layout?: unknown };
const without = (name: string): Flow => {
  const { [name]: _gone, ...components } = RECEPTION.components as Record<string, object>;
  return { ...RECEPTION, components };
};

/** What is wrong with each, at the least. */
const WRONG: Array<[what: string, flow: Flow, path: string]> = [
  ['leads to nothing', without('sales'), 'components.menu.choices["1"]'],
  ['begins with nothing', { ...RECEPTION, start: 'nobody' }, 'start'],
  [
    'has a field of no kind',
    { ...RECEPTION, components: { ...RECEPTION.components, bye: { type: 'hangup', x: 1 } } },
    'components.bye.x',
  ],
  [
    'is of no kind',
    { ...RECEPTION, components: { ...RECEPTION.components, bye: { type: 'hangin' } } },
    'components.bye',
  ],
  [
    'goes round',
    { name: 'reception', start: 'a', components: { a: { type: 'announce', prompt: 'x', next: 'a' } } },
    'components.a',
  ],
  [
    'dials nobody',
    { ...RECEPTION, components: { ...RECEPTION.components, sales: { type: 'dial' } } },
    'components.sales',
  ],
  [
    'rings who is not there',
    { ...RECEPTION, components: { ...RECEPTION.components, sales: { type: 'dial', extension: '999' } } },
    'components.sales.extension',
  ],
  ['has no name', { ...RECEPTION, name: '' }, 'name'],
  ['has a place that is none', { ...RECEPTION, layout: { menu: [1] } }, 'layout.menu'],
];

describe('HTTP: flows as they are written', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    assert.equal((await b.request('PUT', `${API}/flows/reception`, RECEPTION)).status, 200);
  });
  afterEach(() => b.http.close());
  const validate = async (flow: object, name: string | null = 'reception') =>
    (await b.request('POST', `${API}/flows/validate`, name === null ? { flow } : { flow, name })).json;

  for (const [what, flow, path] of WRONG)
    it(`a draft that ${what} is told what saving it is told, and nothing is stored`, async () => {
      const { revision } = b.configuration;
      const verdict = await validate(flow);
      assert.equal(b.configuration.revision, revision);
      const saved = await b.request('PUT', `${API}/flows/reception`, flow);
      assert.equal(saved.status, 400);
      const said = new Set(verdict.mistakes.map((one: object) => JSON.stringify(one)));
      for (const one of saved.json.error.mistakes) assert.ok(said.has(JSON.stringify(one)), JSON.stringify(one));
      const found = verdict.mistakes.filter((one: { path: string }) => one.path === path || one.path.startsWith(path));
      assert.ok(found.length > 0, JSON.stringify(verdict));
    });

  it('one that would be taken has no mistakes, and warnings as applying it has', async () => {
    assert.deepEqual(await validate(RECEPTION), { mistakes: [], elsewhere: [], warnings: [] });
    assert.deepEqual((await validate({ ...RECEPTION, name: 'another' }, null)).mistakes, []);
    const later = { ...RECEPTION.components, bye: { type: 'voicemail' } };
    const { mistakes, warnings } = await validate({ ...RECEPTION, components: later });
    assert.deepEqual(mistakes, []);
    assert.deepEqual(
      warnings.map(({ path, code }: { path: string; code: string }) => [path, code]),
      [['components.bye', 'not-active-yet']],
    );
  });

  it('one of a name that is taken, or whose name others need, is told so', async () => {
    const taken = await validate(RECEPTION, null);
    assert.deepEqual(
      taken.mistakes.map(({ path, code }: { path: string; code: string }) => [path, code]),
      [['name', 'already-exists']],
    );
    const renamed = await validate({ ...RECEPTION, name: 'other' });
    assert.deepEqual(renamed.mistakes, []);
    assert.ok(renamed.elsewhere.some(({ path }: { path: string }) => path === 'inboundNumbers[0].flow'));
  });

  it('has its places kept as they are, but of components that are not there, and calls know nothing of them', async () => {
    const layout = { menu: [0, 0], sales: [300, -20], gone: [1, 1] };
    const put = await b.request('PUT', `${API}/flows/reception`, { ...RECEPTION, layout });
    assert.deepEqual(put.json.layout, { menu: [0, 0], sales: [300, -20] });
    assert.deepEqual((await b.request('GET', `${API}/flows/reception`)).json.layout, {
      menu: [0, 0],
      sales: [300, -20],
    });
  });

  describe('a simulated call', () => {
    const play = (more: object) => b.request('POST', `${API}/flows/simulate`, { flow: RECEPTION, ...more });

    it('is told in seconds since it began, and is the same whenever it is asked for with the same events', async () => {
      const events = [{ type: 'promptEnded' }, { type: 'wait', seconds: 2.5 }, { type: 'key', key: '1' }];
      const asked = { caller: '48991996260', inboundNumber: '+554831210110', at: '2026-11-27T12:00:00Z', events };
      const { status, json } = await play(asked);
      assert.equal(status, 200);
      assert.deepEqual([json.startedAt, json.now, json.component], ['2026-11-27T12:00:00.000Z', 2.5, 'sales']);
      assert.deepEqual(json.target, { via: 'extension', user: '200', shows: '48991996260' });
      assert.deepEqual(json.timer, { kind: 'ring', at: 22.5 });
      assert.deepEqual(
        json.steps.map(({ entered }: { entered: string[] }) => entered),
        [['menu'], [], [], ['sales']],
      );
      assert.deepEqual((await play(asked)).json, json);
    });

    it('is of the draft, and of nothing that would be refused', async () => {
      const draft = {
        ...RECEPTION,
        components: { ...RECEPTION.components, menu: { type: 'hangup', reason: 'Até logo' } },
      };
      assert.deepEqual((await play({ flow: draft, caller: '1' })).json.end.text, 'Até logo');
      const refused = await play({ flow: without('sales') });
      assert.equal(refused.status, 400);
      assert.equal(refused.json.error.path, 'components.menu.choices["1"]');
      assert.equal((await b.request('GET', `${API}/flows/reception`)).json.components.menu.type, 'menu');
    });

    it('has an end, however much is asked for', async () => {
      assert.equal((await play({ events: Array.from({ length: 201 }, () => ({ type: 'timer' })) })).status, 400);
      assert.equal((await play({ events: [{ type: 'wait', seconds: 86_401 }] })).status, 400);
      assert.equal((await play({ events: [{ type: 'key', key: '12' }] })).status, 400);
      assert.equal((await play({ component: 'nobody' })).status, 400);
      const days = Array.from({ length: 199 }, () => ({ type: 'wait', seconds: 86_400 }));
      const long = await play({ events: [{ type: 'promptEnded' }, ...days] });
      assert.equal(long.status, 200);
      assert.notEqual(long.json.end, null);
    });
  });

  describe('versions', () => {
    const versions = async (name = 'reception') => (await b.request('GET', `${API}/flows/${name}/versions`)).json;

    it('are kept with who made each, and one is restored by putting it back', async () => {
      const ana = await someone(b, 'administrator', { name: 'Ana' });
      const changed = { ...RECEPTION, components: { ...RECEPTION.components, bye: { type: 'hangup', reason: 'x' } } };
      assert.equal((await ana.ask('PUT', `${API}/flows/reception`, changed)).status, 200);
      const { items, total } = await versions();
      assert.equal(total, 2);
      assert.deepEqual(
        items.map(({ version, components }: { version: number; components: number }) => [version, components]),
        [
          [2, 3],
          [1, 3],
        ],
      );
      assert.deepEqual([items[0].actor === items[1].actor, items[1].actor], [false, 'configured']);
      const first = (await b.request('GET', `${API}/flows/reception/versions/1`)).json;
      assert.equal(first.flow.components.bye.reason, null);
      assert.equal((await b.request('PUT', `${API}/flows/reception`, first.flow)).status, 200);
      assert.deepEqual((await b.request('GET', `${API}/flows/reception`)).json, first.flow);
      assert.equal((await versions()).total, 3);
    });

    it('that say the same are shown once, whichever version of the program wrote them', async () => {
      const [latest] = b.configuration.versions.get('reception')!;
      const components = { ...latest!.flow.components, bye: { type: 'hangup' } };
      const rewritten = { ...latest!.flow, components } as unknown as Configuration['flows'][number];
      b.configuration.versions.set('reception', [latest!, { version: 2, at: 5, actor: null, flow: rewritten }]);
      assert.deepEqual(
        (await versions()).items.map(({ version }: { version: number }) => version),
        [1],
      );
      assert.equal((await b.request('GET', `${API}/flows/reception/versions/2`)).status, 200);
    });

    it('are read one by one, so that nobody waits for all of them', async () => {
      const kept = Array.from({ length: 50 }, (_, index) => {
        const components = { ...RECEPTION.components, bye: { type: 'hangup', reason: String(index) } };
        const flow = { ...RECEPTION, components } as unknown as Configuration['flows'][number];
        return { version: 50 - index, at: index, actor: null, flow };
      });
      b.configuration.versions.set('reception', kept);
      let turns = 0;
      let isRunning = true;
      const turn = () => {
        turns += 1;
        if (isRunning) setImmediate(turn);
      };
      setImmediate(turn);
      assert.equal((await versions()).total, 50);
      isRunning = false;
      assert.ok(turns >= 50, `${turns} turns`);
    });

    it('of a flow that never was are not there', async () => {
      assert.equal((await b.request('GET', `${API}/flows/nobody/versions`)).status, 404);
      for (const number of ['3', '0', 'x', '1e9', '-1', '01'])
        assert.equal((await b.request('GET', `${API}/flows/reception/versions/${number}`)).status, 404, number);
    });
  });
});
