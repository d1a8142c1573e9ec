/** The configuration as text: the same form for what is stored and for what is to come, so that they can be compared. */

import { parse, stringify } from 'yaml';

/** A line with nothing on it says that a field has no value; leaving it out says the same, in fewer lines. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}

export const yamlOf = (configuration: unknown): string => stringify(withoutNulls(configuration), { lineWidth: 120 });

/** YAML or JSON, which is YAML too. Throws what `yaml` throws. */
export const readText = (text: string): unknown => parse(text, { maxAliasCount: 100 });
