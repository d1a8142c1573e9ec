import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EXTRA_CHECKS } from '../../lib/cli/initial-configuration.ts';
import { flow, INACTIVE_TYPES } from '../../lib/schema/flow.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/flows.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);
const blocksOf = (text: string) => [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml!);
/** The configuration in which all flows of the page stand. */
const base = blocksOf(page)[0]!;

/** Every kind that a flow may have and that is built. */
function kinds(): string[] {
  const shown = JSON.stringify(z.toJSONSchema(flow, { io: 'input', unrepresentable: 'any' }));
  const found = [...shown.matchAll(/"type":\{[^{}]*"const":"([a-z]+)"/g)].map(([, kind]) => kind!);
  return [...new Set(found)].filter((kind) => !(INACTIVE_TYPES as readonly string[]).includes(kind));
}

describe('docs/flows.md', () => {
  for (const section of sections)
    for (const [index, yaml] of blocksOf(section).entries())
      it(`has a flow that can be applied: ${section.split('\n')[0]}, ${index + 1}`, () => {
        const result = parseConfiguration(`${base}${yaml}`, { extraChecks: EXTRA_CHECKS });
        assert.ok(result.ok, JSON.stringify(result));
        assert.deepEqual(result.warnings, []);
      });

  it('has a worked flow for every kind of component', () => {
    assert.ok(kinds().includes('menu') && kinds().includes('hangup'));
    const missing = kinds().filter((kind) => {
      const section = sections.find((text) => text.startsWith(`\`${kind}\`\n`)) ?? '';
      return !blocksOf(section).some((yaml) => yaml.includes(`type: ${kind}`));
    });
    assert.deepEqual(missing, []);
  });
});
