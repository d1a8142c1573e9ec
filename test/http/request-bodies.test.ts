/** What the description of the API says of a body, and what the server takes: bodies that succeed are bent, and both are asked. */

import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { openApi } from '../../lib/http/openapi.ts';
import { isFields } from '../../lib/schema/plain-data.ts';
import { type Browser, someone } from './access/people.ts';
import { type Bench, bench } from './fakes.ts';
import { OPERATIONS, type Operation, Trial } from './trial.ts';
import { WAYS } from './ways.ts';

const RUNS = 15;
const SEED = process.env['SEED'] === undefined ? { seed: 5 } : { seed: Number(process.env['SEED']) };
/** Of a body: what has the wrong kind, is missing or is unknown. What a text says, and whether names fit, no schema has to tell. */
const STRUCTURE = /^(?:expected |is missing$|unknown key |has to be one of |is read as the number )/;
/** These say nothing of the body: somebody else has it, or guesses too often. */
const NO_WORD = new Set([401, 403, 404, 429]);

type Path = ReadonlyArray<string | number>;
type Bend = { at: Path } & ({ how: 'replace'; by: unknown } | { how: 'add'; key: string } | { how: 'remove' });

const document = openApi('0') as { paths: Record<string, Record<string, { requestBody?: unknown }>> };
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'api');

const bodied = OPERATIONS.filter(({ name }) => WAYS[name]?.body !== undefined);
const described = ({ path, method }: Operation) =>
  document.paths[path]![method.toLowerCase()]!.requestBody !== undefined;

function schemaOf({ path, method }: Operation): ValidateFunction {
  const parts = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
  const pointer = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  return ajv.compile({ $ref: `api#/${pointer}` });
}

/** Every place in it, the whole too. */
function placesOf(value: unknown, at: Path = []): Path[] {
  const inner: Array<[string | number, unknown]> = Array.isArray(value)
    ? [...value.entries()]
    : isFields(value)
      ? Object.entries(value)
      : [];
  return [at, ...inner.flatMap(([key, one]) => placesOf(one, [...at, key]))];
}

const valueAt = (body: unknown, at: Path): unknown =>
  at.reduce((value, key) => (value as Record<string | number, unknown>)[key], body);

function bent(body: unknown, bend: Bend): unknown {
  const copy = structuredClone(body);
  const { at } = bend;
  const target = valueAt(copy, bend.how === 'add' ? at : at.slice(0, -1)) as Record<string | number, unknown>;
  const key = bend.how === 'add' ? bend.key : at.at(-1)!;
  if (bend.how === 'remove') delete target[key];
  else target[key] = bend.how === 'add' ? 1 : bend.by;
  return copy;
}

/** Of each kind that JSON has but nothing: what is null counts as left out. */
const anyKind = fc.oneof(
  fc.constantFrom<unknown>(true, false, 7, 0.5, 'text', [], [true], [7], ['text'], {}, { key: 'text' }),
  fc.array(fc.record({ key: fc.boolean() }), { minLength: 1, maxLength: 2 }),
);

function bends(body: unknown): fc.Arbitrary<Bend> {
  const places = placesOf(body);
  const inner = places.filter((at) => at.length > 0);
  const groups = places.filter((at) => isFields(valueAt(body, at)));
  const named = inner.filter((at) => typeof at.at(-1) === 'string');
  const unknown = fc.stringMatching(/^x[a-z]{3,9}$/);
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ at: fc.constantFrom(...inner), how: fc.constant('replace'), by: anyKind }) },
    { weight: 1, arbitrary: fc.record({ at: fc.constantFrom(...groups), how: fc.constant('add'), key: unknown }) },
    { weight: 1, arbitrary: fc.record({ at: fc.constantFrom(...named), how: fc.constant('remove') }) },
  ) as fc.Arbitrary<Bend>;
}

/** A telephone number may come as a JSON number, which the description does not recommend. */
const isTolerated = (bend: Bend) => bend.how === 'replace' && Number.isSafeInteger([bend.by].flat()[0]);

describe('HTTP: the body of a request', function () {
  this.timeout(60_000);

  it('is described wherever there is one; who cancels or calls now has nothing to say', () => {
    const silent = bodied.filter((operation) => !described(operation)).map(({ name }) => name);
    assert.deepEqual(silent, ['POST /api/v1/callbacks/{id}/cancel', 'POST /api/v1/callbacks/{id}/retry']);
  });

  for (const operation of bodied.filter(described))
    it(`${operation.name}: what the description refuses the server refuses, and the other way round`, async () => {
      const validate = schemaOf(operation);
      const { body, bySession = false } = WAYS[operation.name]!;
      assert.ok(validate(body), `as it succeeds: ${ajv.errorsText(validate.errors)}`);
      const b = await bench();
      const ana: Browser | null = bySession ? await someone(b, 'administrator') : null;
      const trial = new Trial(operation, b, ana?.ask ?? b.request);
      await trial.prepare();
      let judged = 0;
      await fc.assert(
        fc.asyncProperty(bends(body), async (bend) => {
          judged += await judge(b, trial, { validate, bend, given: bent(body, bend) });
        }),
        { numRuns: RUNS, ...SEED },
      );
      await b.http.close();
      assert.ok(judged > RUNS / 2, `only ${judged} of ${RUNS} bodies were looked at`);
    });
});

/** @returns 1: the server has said something about the body */
async function judge(
  b: Bench,
  trial: Trial,
  { validate, bend, given }: { validate: ValidateFunction; bend: Bend; given: unknown },
): Promise<number> {
  // what is asked too fast is another test's
  b.now.at += 60_000;
  const isDescribed = validate(given);
  const { status, json } = await trial.run({}, given);
  if (NO_WORD.has(status)) return 0;
  assert.ok(status < 500, `${status}: ${JSON.stringify(given)}`);
  const mistakes = ((json?.error?.mistakes ?? []) as Array<{ path: string; message: string }>).filter(({ message }) =>
    STRUCTURE.test(message),
  );
  const text = JSON.stringify(given);
  if (!isDescribed && !isTolerated(bend))
    assert.equal(
      status,
      400,
      `the server takes what the description refuses: ${ajv.errorsText(validate.errors)}\n${text}`,
    );
  if (isDescribed) assert.deepEqual(mistakes, [], `the description takes what the server refuses: ${text}`);
  return 1;
}
