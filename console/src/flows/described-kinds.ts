/** Which kinds of components the description of an API has, and which fields each has. */

export type KnownKinds = ReadonlyMap<string, ReadonlySet<string>>;

type Json = Record<string, unknown>;
const isFields = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), value);

/** Every schema below this one that says which type it is of. */
function typed(schema: unknown): Array<[type: string, fields: ReadonlySet<string>]> {
  if (!isFields(schema)) return [];
  const type = at(schema, 'properties', 'type', 'const');
  if (typeof type === 'string') return [[type, new Set(Object.keys(schema['properties'] as Json))]];
  const choices = [schema['anyOf'], schema['oneOf'], schema['allOf']].filter(Array.isArray).flat();
  return choices.flatMap(typed);
}

export function kindsOf(description: unknown): KnownKinds {
  const flow = at(description, 'components', 'schemas', 'Flow');
  return new Map(typed(at(flow, 'properties', 'components', 'additionalProperties')));
}
