/** Every field of the configuration has its place in a form of the console, or in the list of those that only the file has. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { FILE_ONLY_FIELDS } from '../../console/src/parts/file-only-fields.ts';
import { jsonSchema } from '../../lib/http/openapi-parts.ts';
import { limitsOf } from '../../lib/schema/limits.ts';
import { isFields } from '../../lib/schema/plain-data.ts';
import { SECTIONS } from '../../lib/schema/sections.ts';
import { calls, registrar } from '../../lib/schema/settings.ts';
import { trustedProxies } from '../../lib/schema/trusted-proxies.ts';
import { ConsoleRig, INBOUND } from './console-rig.ts';

/** The paths at which a schema takes a value: groups are gone through, lists of groups too; a choice of texts is one value. */
function pathsOf(schema: unknown, path = ''): string[] {
  if (!isFields(schema)) return [path];
  const choices = [schema['anyOf'], schema['oneOf']].filter(Array.isArray).flat() as unknown[];
  const groups = choices.filter((choice) => isFields(choice) && isFields(choice['properties']));
  // `false`, or a group of fields.
  const isOptionalGroup = groups.length === 1 && choices.every((one) => one === groups[0] || isOff(one));
  if (isOptionalGroup) return pathsOf(groups[0], path);
  if (isFields(schema['properties']))
    return Object.entries(schema['properties']).flatMap(([name, field]) =>
      pathsOf(field, path === '' ? name : `${path}.${name}`),
    );
  const { items } = schema;
  return isFields(items) && isFields(items['properties']) ? pathsOf(items, path) : [path];
}

const isOff = (choice: unknown) => isFields(choice) && (choice['const'] === false || choice['type'] === 'null');

const FORMS = {
  trunks: { section: 'trunks', open: 'Add trunk' },
  'callback-rules': { section: 'callbackRules', open: null },
  'outgoing-rules': { section: 'outgoingRules', open: 'Add outgoing rule' },
  extensions: { section: 'extensions', open: 'Add extension' },
  'inbound-numbers': { section: 'inboundNumbers', open: 'Add number' },
} as const;

/** Of the limits page: each row of a list has its own labels, and no name. */
const LIMIT_ROWS = [
  'limits.perPrefix.prefix',
  'limits.perPrefix.digits',
  'limits.perPrefix.max',
  'limits.perPrefix.perSeconds',
];
/** One word alone, said on the page in a sentence. */
const LIMIT_WORDS = ['limits.duplicate'];

/** With what is folded opened. */
async function namesIn(page: Page, selector: string): Promise<Set<string>> {
  const folds = page.locator(`${selector} button[aria-expanded="false"]`);
  while ((await folds.count()) > 0) await folds.first().click();
  const names = await page
    .locator(`${selector} [name]`)
    .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('name') ?? ''));
  return new Set(names);
}

describe('the forms of the console', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  let page: Page;
  before(async () => {
    rig = await ConsoleRig.open({
      address: '127.0.84.10',
      phones: '127.0.84.11',
      configuration: { inboundNumbers: [{ number: INBOUND, callback: true }] },
    });
    page = await rig.signedIn();
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  for (const [resource, { section, open }] of Object.entries(FORMS))
    it(`have every field of ${resource}, or say that only the file has it`, async () => {
      await page.goto(`${rig.url}/${open === null ? 'new-callback-rule' : resource}`);
      if (open !== null) await page.getByRole('button', { name: open }).first().click();
      const form = open === null ? 'form' : '[role="dialog"] form';
      await page.locator(`${form} [name]`).first().waitFor({ state: 'attached' });
      const inForm = await namesIn(page, form);
      const wanted = pathsOf(jsonSchema(SECTIONS[section].schema));
      const fileOnly = FILE_ONLY_FIELDS[resource] ?? [];
      assert.deepEqual(
        wanted.filter((path) => !inForm.has(path) && !fileOnly.includes(path)),
        [],
        'neither in the form nor in FILE_ONLY_FIELDS',
      );
      assert.deepEqual(
        fileOnly.filter((path) => inForm.has(path) || !wanted.includes(path)),
        [],
        'in FILE_ONLY_FIELDS, but in the form too, or no field at all',
      );
      assert.deepEqual(
        [...inForm].filter((name) => !wanted.includes(name)),
        [],
        'in the form, but no field of the schema',
      );
    });

  it('have every field of the limits, and of calls, phones and proxies', async () => {
    await page.goto(`${rig.url}/limits`);
    // The tester beside it is a form too, and there before the limits have been read.
    await page.locator('form [name^="limits."]').first().waitFor({ state: 'attached' });
    const inForm = await namesIn(page, 'form');
    const wanted = Object.entries({ limits: limitsOf('BR'), registrar, calls, trustedProxies }).flatMap(
      ([name, schema]) => pathsOf(jsonSchema(schema), name),
    );
    const elsewhere = [...LIMIT_ROWS, ...LIMIT_WORDS];
    assert.deepEqual(
      wanted.filter((path) => !inForm.has(path) && !elsewhere.includes(path)),
      [],
    );
    await page.getByRole('button', { name: 'Add a limit by prefix' }).click();
    const row = page.getByRole('group', { name: 'Limit 1' });
    for (const label of ['Prefix', 'Callbacks at most', 'within (sec)'])
      await row.getByRole('textbox', { name: label, exact: true }).waitFor();
  });

  it('would be found out with a field that the schema has and no form', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { anyOf: [{ const: false }, { type: 'object', properties: { c: {} } }] },
      },
    };
    assert.deepEqual(pathsOf(schema), ['a', 'b.c']);
    assert.deepEqual(pathsOf({ type: 'array', items: { type: 'object', properties: { d: {} } } }, 'rows'), ['rows.d']);
  });
});
