import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { tiesIn } from '../../lib/core/rules/choose-rule.ts';
import { cdr } from '../../lib/schema/cdr.ts';
import { limitsOf } from '../../lib/schema/limits.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { SECTIONS } from '../../lib/schema/sections.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

/** The names of all fields in a JSON schema. */
function fieldNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: Record<string, unknown> };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(fieldNames)];
}

describe('docs/configuration.md', () => {
  it('has examples that are one valid configuration, with a warning for what is not built alone', () => {
    const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, example]) => example!);
    assert.ok(examples.length >= 9);
    const result = parseConfiguration(examples.join('\n'), { extraChecks: [tiesIn] });
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(
      result.warnings.map(({ path, message }) => `${path}: ${message}`),
      [],
    );
  });

  for (const page of ['opensips.md']) {
    it(`docs/${page} has a configuration that is right, without a warning`, () => {
      const whole = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
      const examples = [...whole.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, example]) => example!);
      const result = parseConfiguration(examples.join('\n'), { extraChecks: [tiesIn] });
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(result.warnings, []);
    });
  }

  it('names every field that a configuration may have', () => {
    const schemas = [...Object.values(SECTIONS).map(({ schema }) => schema), limitsOf('BR'), cdr];
    const names = schemas.flatMap((schema) => {
      const shown = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' });
      return [shown, ...Object.values(shown.$defs ?? {})].flatMap(fieldNames);
    });
    const missing = [...new Set(names)].filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
    assert.ok(names.includes('onInterDigitTimeout') && names.includes('maxCallsPerSecond'));
    assert.deepEqual(missing, []);
  });
});
