import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WAITING_KINDS } from '../../lib/core/flow/exits.ts';
import { cycleMistakes } from '../../lib/schema/flow-cycles.ts';
import type { Written } from '../../lib/schema/references.ts';

type Components = Record<string, Record<string, unknown>>;

function written(flows: Components[], rules: Array<{ name: string; next: string }> = []): Written {
  const items = {
    flows: flows.map((components, index) => ({ name: `f${index}`, start: 'c0', components })),
    callbackRules: rules,
  };
  return { items, names: {}, defaultOutgoingRule: null, calls: null } as unknown as Written;
}

function found(flows: Components[], rules: Array<{ name: string; next: string }> = []): string[] {
  return cycleMistakes(written(flows, rules)).map(({ path, message }) => `${path}: ${message.replace(/;.*$/, '')}`);
}

const set = (next: string) => ({ type: 'set', next });

describe('ways round that nobody can leave', () => {
  it('are found whatever exit they take', () => {
    const exits: Components[] = [
      { a: { type: 'announce', otherwise: 'a' } },
      { a: { type: 'switch', cases: { x: 'b', y: 'a' } }, b: { type: 'hangup' } },
      { a: { type: 'hours', open: 'b', holiday: 'a' }, b: { type: 'menu' } },
      { a: set('a') },
      { a: { type: 'callback', otherwise: 'a' } },
    ];
    for (const components of exits)
      assert.deepEqual(found([components]), ['flows[0].components.a: goes round without any input: `a` -> `a`']);
  });

  it('are no such ways where somebody is waited for in them', () => {
    for (const type of WAITING_KINDS)
      assert.deepEqual(found([{ a: set('b'), b: { type, next: 'a', otherwise: 'a', choices: { 1: 'a' } } }]), [], type);
  });

  it('are said once each, by the shortest way, and apart from each other', () => {
    const flow: Components = {
      a: { type: 'switch', cases: { x: 'b', y: 'c' }, otherwise: 'd' },
      b: set('c'),
      c: set('a'),
      d: { type: 'hours', open: 'd', closed: 'e' },
      e: { type: 'hangup' },
    };
    assert.deepEqual(found([flow]), [
      'flows[0].components.a: goes round without any input: `a` -> `c` -> `a`',
      'flows[0].components.d: goes round without any input: `d` -> `d`',
    ]);
  });

  it('lead through rules and flows', () => {
    const flows: Components[] = [
      { c0: set('c1'), c1: { type: 'callback', rule: 'r' } },
      { c0: { type: 'callback', rule: 's' } },
    ];
    const rules = [
      { name: 'r', next: 'f1' },
      { name: 's', next: 'f0' },
    ];
    assert.deepEqual(found(flows, rules), [
      'flows[0].components.c0: goes round without any input: `c0` -> `c1` -> `c0` -> `c0`',
    ]);
    assert.deepEqual(found(flows, [{ name: 'r', next: 'f1' }]), []);
  });

  it('do not lead through a rule where the component says where the call goes on', () => {
    const flows: Components[] = [{ c0: { type: 'callback', rule: 'r', next: 'c1' }, c1: { type: 'menu' } }];
    assert.deepEqual(found(flows, [{ name: 'r', next: 'f0' }]), []);
  });

  it('are shown shortened where they are long', () => {
    const ring = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, set(`c${(i + 1) % 30}`)]));
    assert.deepEqual(found([ring]), [
      'flows[0].components.c0: goes round without any input: `c0` -> `c1` -> `c2` -> `c3` -> `c4` -> ... -> `c0`',
    ]);
  });

  it('are looked for no longer than the flows are, however many exits they have', () => {
    const cases = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}*`, `c${i}`]));
    const one = (i: number) => ({ type: 'switch', cases, otherwise: `c${(i + 1) % 500}` });
    const flow = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`c${i}`, one(i)]));
    const before = performance.now();
    assert.equal(found(Array.from({ length: 10 }, () => flow)).length, 10);
    // A way that is looked at again and again takes hours.
    assert.ok(performance.now() - before < 10_000);
  });

  it('are those that walking every way finds', () => {
    const kind = fc.constantFrom('set', 'set', 'switch', 'switch', 'hours', 'announce', 'callback', 'menu', 'hangup');
    const word = fc.nat({ max: 5 }).map((i) => `c${i}`);
    const one = fc.record({
      type: kind,
      exits: fc.array(word, { maxLength: 3 }),
      rule: fc.constantFrom('r0', 'r1', 'no'),
    });
    const flow = fc.array(one, { minLength: 1, maxLength: 5 });
    const rules = fc.array(fc.constantFrom('f0', 'f1', 'f2', 'no'), { maxLength: 2 });
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 3 }), rules, (given, nexts) => {
        const flows = given.map((list) => Object.fromEntries(list.map((each, i) => [`c${i}`, componentOf(each)])));
        const all = nexts.map((next, i) => ({ name: `r${i}`, next }));
        const mistakes = cycleMistakes(written(flows, all));
        const oracle = roundaboutsOf(flows, all);
        assert.deepEqual(mistakes.map(({ path }) => path).sort(), oracle.map(([first]) => pathOf(first!)).sort());
      }),
      { numRuns: 2000 },
    );
  });
});

function componentOf({ type, exits, rule }: { type: string; exits: string[]; rule: string }): Record<string, unknown> {
  const [first, second, third] = exits;
  switch (type) {
    case 'switch':
      return { type, cases: Object.fromEntries(exits.map((exit, i) => [`${i}`, exit])) };
    case 'hours':
      return { type, open: first, closed: second, holiday: third };
    case 'callback':
      return { type, rule, next: first, otherwise: second };
    case 'menu':
      return { type, choices: { '1': first }, noInput: second };
    default:
      return { type, next: first, otherwise: second };
  }
}

const pathOf = (place: string) => `flows[${place.split('/')[0]}].components.${place.split('/')[1]}`;

/** Who reaches whom, by walking from everybody until nothing is new; whoever reach each other are one piece. */
function roundaboutsOf(flows: Components[], rules: Array<{ name: string; next: string }>): string[][] {
  const places = flows.flatMap((components, i) => Object.keys(components).map((word) => `${i}/${word}`));
  const stepsFrom = (place: string): string[] => {
    const [flow, word] = place.split('/') as [string, string];
    const component = flows[Number(flow)]![word]!;
    const { type, cases = {}, rule } = component;
    if (type === 'menu' || type === 'hangup') return [];
    const named = [
      ...Object.values(cases as object),
      ...['next', 'otherwise', 'open', 'closed', 'holiday'].map((f) => component[f]),
    ];
    const steps = named.flatMap((to) => (typeof to === 'string' ? [`${flow}/${to}`] : []));
    const next =
      type === 'callback' && component['next'] === undefined
        ? rules.find(({ name }) => name === rule)?.next
        : undefined;
    return [...steps, ...(next === undefined ? [] : [`${next.slice(1)}/c0`])].filter((to) => places.includes(to));
  };
  const reachedFrom = (place: string): Set<string> => {
    const reached = new Set<string>();
    const grow = (from: string) => {
      for (const to of stepsFrom(from)) if (!reached.has(to)) grow(reached.add(to) && to);
    };
    grow(place);
    return reached;
  };
  const reaches = new Map(places.map((place) => [place, reachedFrom(place)]));
  const inRound = places.filter((place) => reaches.get(place)!.has(place));
  const pieces: string[][] = [];
  for (const place of inRound) {
    const piece = pieces.find(([first]) => reaches.get(first!)!.has(place) && reaches.get(place)!.has(first!));
    if (piece === undefined) pieces.push([place]);
    else piece.push(place);
  }
  return pieces;
}
