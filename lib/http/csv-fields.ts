/** Cells of a CSV file as the fields of a resource: what a cell is, its schema says. */

import { type Fields, isFields } from '../schema/plain-data.ts';
import type { Json } from './openapi-parts.ts';

interface Kind {
  types: Set<string>;
  items: Json | null;
}

/** Every branch of a schema at a field. */
function branches(schema: Json): Json[] {
  const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((word) =>
    Array.isArray(schema[word]) ? (schema[word] as Json[]) : [],
  );
  return [schema, ...inner.flatMap(branches)];
}

function at(schema: Json, path: readonly string[]): Json[] {
  const [first, ...rest] = path;
  if (first === undefined) return branches(schema);
  return branches(schema).flatMap(({ properties }) => {
    const inner = isFields(properties) ? properties[first] : undefined;
    return isFields(inner) ? at(inner, rest) : [];
  });
}

/** Of each column once: a file has very many cells. */
const known = new WeakMap<Json, Map<string, Kind>>();

function kindOf(schema: Json, path: string): Kind {
  const kinds = known.get(schema) ?? new Map<string, Kind>();
  known.set(schema, kinds);
  const kind = kinds.get(path) ?? readKind(schema, path);
  kinds.set(path, kind);
  return kind;
}

function readKind(schema: Json, path: string): Kind {
  const found = at(schema, path.split('.'));
  const types = found.flatMap(({ type, enum: values }) => {
    if (Array.isArray(values)) return values.map((value) => typeof value);
    return [type].flat().filter((one): one is string => typeof one === 'string');
  });
  return { types: new Set(types), items: (found.find(({ items }) => isFields(items))?.['items'] as Json) ?? null };
}

function scalar(text: string, types: ReadonlySet<string>): unknown {
  const isNumber = types.has('number') || types.has('integer');
  if (isNumber && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (types.has('boolean') && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function cellValue(text: string, { types, items }: Kind): unknown {
  if (/^[[{]/.test(text) && (types.has('array') || types.has('object'))) return parsed(text);
  const isList = types.has('array') && (text.includes(';') || !types.has('string'));
  if (!isList) return scalar(text, types);
  const itemTypes = new Set(branches(items ?? {}).flatMap(({ type }) => [type].flat().map(String)));
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => scalar(part, itemTypes));
}

function setOwn(fields: Fields, key: string, value: unknown): void {
  Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Empty cells are left out: the default counts. */
export function fieldsOf(cells: Readonly<Record<string, string>>, schema: Json): Fields {
  const result: Fields = {};
  for (const [path, cell] of Object.entries(cells)) {
    const text = cell.trim();
    if (text === '') continue;
    const parts = path.split('.');
    const last = parts.pop()!;
    let place = result;
    for (const part of parts) {
      // an own field, also where it is called `__proto__`: the check of the whole refuses that
      const inner = Object.hasOwn(place, part) ? place[part] : undefined;
      const next = isFields(inner) ? inner : {};
      if (next !== inner) setOwn(place, part, next);
      place = next;
    }
    setOwn(place, last, cellValue(text, kindOf(schema, path)));
  }
  return result;
}
