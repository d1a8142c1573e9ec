/** What the flow editor knows of flows, without a browser: its table against the server's, and what each change does to a draft. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { CALLBACK_FIELDS } from '../../console/src/flows/callback-field-names.ts';
import { type FieldSpec, KIND_NAMES, KINDS } from '../../console/src/flows/component-kinds.ts';
import { kindsOf } from '../../console/src/flows/described-kinds.ts';
import { begun, stepped } from '../../console/src/flows/draft-history.ts';
import {
  added,
  connected,
  type Draft,
  duplicated,
  exitOfId,
  exitsOf,
  freeName,
  rekeyed,
  removed,
  renamed,
  targetKeys,
} from '../../console/src/flows/flow-draft.ts';
import { layersOf, placesOf } from '../../console/src/flows/flow-plan.ts';
import { draftText } from '../../console/src/flows/flow-text.ts';
import { pathParts } from '../../console/src/flows/mistake-path.ts';
import { SAMPLE_NAMES } from '../../console/src/flows/sample-names.ts';
import { saysTheSame, steadied } from '../../console/src/flows/steady.ts';
import { freeVariable, linesOf, valuesOf } from '../../console/src/flows/variable-lines.ts';
import { flowEditor as words } from '../../console/src/i18n/en/flow-editor.ts';
import { EXITS } from '../../lib/core/flow/exits.ts';
import { openApi } from '../../lib/http/openapi.ts';
import { DEMO_CONFIGURATION } from '../../lib/schema/demo.ts';
import { parseConfiguration, pathParts as serverParts } from '../../lib/schema/parse-configuration.ts';
import { SECTIONS } from '../../lib/schema/sections.ts';

const known = kindsOf(openApi('0'));
const ofForms = (fields: readonly FieldSpec[]): string[] =>
  fields.flatMap(({ path, fields: inner }) => [path, ...ofForms(inner ?? [])]);

describe('the kinds of components in the editor', () => {
  it('are all that the server knows', () => {
    assert.ok(known.size >= 5, 'nothing was found in the description');
    assert.deepEqual(
      [...known.keys()].filter((kind) => !KIND_NAMES.includes(kind)),
      [],
    );
  });

  for (const [kind, fields] of known)
    it(`have a place for every field of ${kind}`, () => {
      const { fields: specs, exits, many } = KINDS[kind]!;
      const shown = [
        'type',
        ...ofForms(specs).map((path) => path.split('.')[0]),
        ...exits,
        ...(many === undefined ? [] : [many.field]),
        ...(kind === 'callback' ? CALLBACK_FIELDS : []),
      ];
      assert.deepEqual(
        [...fields].filter((field) => !shown.includes(field)),
        [],
      );
    });

  it('have the exits that the server has', () => {
    for (const [kind, { one, many }] of Object.entries(EXITS)) {
      const spec = KINDS[kind];
      assert.ok(spec !== undefined, kind);
      assert.deepEqual(
        spec.exits.filter((field) => known.get(kind)?.has(field)).toSorted(),
        one.filter((field) => known.get(kind)?.has(field)).toSorted(),
        kind,
      );
      assert.deepEqual(spec.many === undefined ? [] : [spec.many.field], many, kind);
    }
  });

  it('say of each field what it is where nothing is said, as the server has it', () => {
    for (const [kind, fields] of known) {
      const least =
        {
          announce: { prompt: 'x' },
          dial: { extension: '0' },
          hours: { hours: 'x' },
          switch: { on: 'caller' },
          webhook: { url: 'https://a.example' },
          transfer: { extension: '0' },
        }[kind as 'dial'] ?? {};
      const parsed = SECTIONS.flows.schema.safeParse({
        name: 'f',
        start: 'x',
        components: { x: { type: kind, ...least } },
      });
      assert.ok(parsed.success, kind);
      const component = parsed.data.components['x'] as unknown as Record<string, unknown>;
      for (const { path, standard } of KINDS[kind]!.fields)
        if (standard !== undefined && fields.has(path) && component[path] !== null)
          assert.equal(component[path], standard, `${kind}.${path}`);
    }
  });

  it('have words for every field, exit and kind', () => {
    const paths = Object.values(KINDS).flatMap(({ fields }) => ofForms(fields));
    const unworded = paths
      .map((path) => path.replaceAll('.', '_'))
      .filter((key) => key !== 'rule' && !Object.hasOwn(words.field, key));
    assert.deepEqual(unworded, []);
    assert.deepEqual(
      Object.values(KINDS)
        .flatMap(({ exits }) => exits)
        .filter((exit) => !Object.hasOwn(words.exit, exit)),
      [],
    );
    assert.deepEqual(
      KIND_NAMES.filter((kind) => !Object.hasOwn(words.kind, kind)),
      [],
    );
  });
});

describe('samples of flows', () => {
  const directory = join(import.meta.dirname, '../../console/src/flows/samples');
  it('are those that are offered', () => {
    assert.deepEqual(
      readdirSync(directory)
        .map((file) => file.replace('.yaml', ''))
        .toSorted(),
      [...SAMPLE_NAMES].toSorted(),
    );
  });
  for (const name of SAMPLE_NAMES)
    it(`can be applied: ${name}`, () => {
      const flow = parse(readFileSync(join(directory, `${name}.yaml`), 'utf8'));
      const base = parse(DEMO_CONFIGURATION);
      const result = parseConfiguration(stringify({ ...base, flows: [...base.flows, flow] }));
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(flow.name, name);
    });
});

describe('a draft of a flow', () => {
  const nothing: Draft = { name: 'f', start: '', components: {} };
  const targets = (draft: Draft) => Object.values(draft.components).flatMap((one) => exitsOf(one).map(({ to }) => to));

  it('never leads to what is not there, whatever is added, connected, renamed, duplicated and removed', () => {
    const deed = fc.record({
      what: fc.constantFrom('add', 'connect', 'rename', 'duplicate', 'remove', 'rekey'),
      kind: fc.constantFrom(...KIND_NAMES),
      a: fc.nat(20),
      b: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        let draft = nothing;
        for (const { what, kind, a, b } of deeds) {
          const names = Object.keys(draft.components);
          const [one, other] = [names[a % (names.length || 1)], names[b % (names.length || 1)]];
          if (what === 'add' || one === undefined || other === undefined) draft = added(draft, kind).draft;
          else if (what === 'rename') draft = renamed(draft, one, freeName(draft.components, `r${b}`));
          else if (what === 'duplicate') draft = duplicated(draft, one).draft;
          else if (what === 'remove') draft = removed(draft, one);
          else {
            const many = KINDS[draft.components[one]!.type]!.many;
            const exit =
              many === undefined ? exitsOf(draft.components[one]!)[b % 3] : { field: many.field, key: String(b) };
            if (exit === undefined) continue;
            draft =
              what === 'rekey'
                ? many === undefined
                  ? draft
                  : rekeyed(draft, one, exit, `k${a}`)
                : connected(draft, one, exit, other);
          }
          const present = Object.keys(draft.components);
          assert.ok(present.length === 0 ? draft.start === '' : present.includes(draft.start), draft.start);
          for (const to of targets(draft)) assert.ok(to === null || present.includes(to), String(to));
          assert.deepEqual([...layersOf(draft).keys()].toSorted(), present.toSorted());
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('is as it was when each change is taken back, and as it is when each is done again', () => {
    const drafts = [nothing, added(nothing, 'menu').draft, added(added(nothing, 'menu').draft, 'hangup').draft];
    let history = begun(drafts[0]!);
    for (const draft of drafts.slice(1)) history = stepped(history, { type: 'change', draft });
    for (let at = 1; at >= 0; at -= 1) {
      history = stepped(history, { type: 'undo' });
      assert.equal(history.present, drafts[at]);
    }
    assert.equal(stepped(history, { type: 'undo' }), history);
    for (let at = 1; at <= 2; at += 1) {
      history = stepped(history, { type: 'redo' });
      assert.equal(history.present, drafts[at]);
    }
    history = stepped(stepped(history, { type: 'undo' }), { type: 'change', draft: nothing });
    assert.deepEqual(history.future, []);
  });

  it('has its boxes from left to right along the lines, none upon another', () => {
    const flow = parse(
      readFileSync(join(import.meta.dirname, '../../console/src/flows/samples/demo-menu.yaml'), 'utf8'),
    ) as Draft;
    const layers = layersOf(flow);
    assert.deepEqual(Object.fromEntries(layers), { menu: 0, first: 1, second: 1, goodbye: 2, bye: 3 });
    const places = placesOf(flow, () => 100);
    assert.equal(new Set([...places.values()].map(String)).size, 5);
    const round: Draft = {
      name: 'f',
      start: 'a',
      components: { a: { type: 'announce', next: 'b' }, b: { type: 'announce', next: 'a' }, c: { type: 'hangup' } },
    };
    assert.deepEqual(Object.fromEntries(layersOf(round)), { a: 0, b: 1, c: 2 });
  });

  it('is text without what is so anyway, which says the same to the server', () => {
    const text = DEMO_CONFIGURATION;
    const read = parseConfiguration(text);
    assert.ok(read.ok);
    for (const flow of read.configuration.flows) {
      const { flows } = parse(text) as { flows: Draft[] };
      const written = flows.find(({ name }) => name === flow.name)!;
      const again = SECTIONS.flows.schema.parse(parse(draftText(written)));
      assert.deepEqual(again, JSON.parse(JSON.stringify(flow)));
    }
  });

  it('is text that keeps a `false` which is not what the callback rule says', () => {
    const dial = { type: 'dial', extension: '200', record: false, releaseMedia: false, consent: false };
    const text = draftText({ name: 'f', start: 'd', components: { d: dial } });
    assert.deepEqual(parse(text).components.d, { type: 'dial', extension: '200', record: false, releaseMedia: false });
  });

  it('is laid out in a few looks at each component, however long the chain of them is', () => {
    const length = 500;
    let looks = 0;
    const step = (next: string | null) => ({
      get type() {
        looks += 1;
        return 'announce';
      },
      next,
    });
    const names = Array.from({ length }, (_, index) => `c${index}`);
    const components = Object.fromEntries(names.map((name, index) => [name, step(names[index + 1] ?? null)]));
    const places = placesOf({ name: 'f', start: 'c0', components }, () => 100);
    assert.equal(new Set([...places.values()].map(([x]) => x)).size, length);
    assert.ok(looks < 20 * length, `${looks} looks at ${length} components`);
  });

  it('is drawn anew where it has changed alone', () => {
    const node = (id: string, x: number, exits: string[]) => ({ id, position: { x, y: 0 }, data: { exits } });
    const before = [node('a', 0, ['b']), node('b', 1, []), node('c', 2, ['a', 'b'])];
    const known = new Map(before.map((one) => [one.id, one]));
    const after = [node('c', 2, ['a']), node('a', 0, ['b']), node('b', 5, []), node('d', 0, [])];
    assert.deepEqual(steadied(known, after), after);
    assert.deepEqual(
      steadied(known, after).map((one) => before.includes(one)),
      [false, true, false, false],
    );
    assert.deepEqual(
      [saysTheSame([1], { 0: 1 }), saysTheSame(null, {}), saysTheSame({ a: undefined }, {})],
      [false, false, false],
    );
  });

  it('says which key takes the call where whoever is rung is asked', () => {
    assert.deepEqual(targetKeys({ type: 'screen', key: '7' }), ['7', '2']);
    assert.deepEqual(targetKeys({ type: 'dial', extension: '200', confirm: { key: '2' } }), ['2', '1']);
    for (const other of [{ type: 'screen' }, { type: 'dial', confirm: {} }, undefined])
      assert.deepEqual(targetKeys(other), ['1', '2']);
  });

  it('has variables as lines, of which none is lost while a name is typed that is another one on its way', () => {
    const given = { queue: 'sales', name3: 'x' };
    const lines = linesOf(given);
    assert.deepEqual(valuesOf(lines), given);
    assert.equal(freeVariable(lines), 'name4');
    const typing = [...lines, ['queue', 'new'] as const];
    assert.deepEqual(valuesOf(typing), given);
    assert.deepEqual(valuesOf([...lines, ['queue2', 'new']]), { ...given, queue2: 'new' });
  });

  it('finds where a mistake is by its path, as the server writes it', () => {
    for (const path of [
      'components.menu.choices["1"]',
      'components["a b"].next',
      'flows[0].start',
      'components["é\\"x"].otherwise',
      'name',
    ])
      assert.deepEqual(pathParts(path), serverParts(path), path);
    assert.deepEqual(exitOfId('choices/*'), { field: 'choices', key: '*' });
    assert.deepEqual(exitOfId('exits/a/b'), { field: 'exits', key: 'a/b' });
  });
});
