/** A flow laid out as a picture: columns by how many steps a component is away from the start. */

import { type Draft, type Exit, exitsOf, type XY } from './flow-draft.ts';

export interface Edge extends Exit {
  to: string;
}

export interface Place {
  name: string;
  component: Draft['components'][string];
  /** 0: the start; null: nothing leads to it. */
  depth: number | null;
  /** From the top of its column. */
  row: number;
  edges: Edge[];
}

/** Where a component leads, in the order in which a person would meet it. */
export const edgesOf = (component: Draft['components'][string]): Edge[] =>
  exitsOf(component).filter((exit): exit is Edge => exit.to !== null);

function depths({ start, components }: Draft): Map<string, number> {
  const depth = new Map<string, number>();
  let reached = [start].filter((name) => Object.hasOwn(components, name));
  for (let far = 0; reached.length > 0; far += 1) {
    const further: string[] = [];
    for (const name of reached) {
      if (depth.has(name)) continue;
      depth.set(name, far);
      further.push(...edgesOf(components[name]!).map(({ to }) => to));
    }
    reached = further.filter((name) => Object.hasOwn(components, name) && !depth.has(name));
  }
  return depth;
}

/** From the start on, those that nothing leads to last. */
export function planFlow(flow: Draft): Place[] {
  const depth = depths(flow);
  const rows = new Map<number | null, number>();
  // In the order in which they are reached: the lines cross less.
  const names = [...depth.keys(), ...Object.keys(flow.components).filter((name) => !depth.has(name))];
  return names.map((name) => {
    const component = flow.components[name]!;
    const column = depth.get(name) ?? null;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { name, component, depth: column, row, edges: edgesOf(component) };
  });
}

const COLUMN = 300;
const GAP = 36;

/**
 * How far from the start each is by the longest way that does not go round: lines lead to the right wherever they can
 * (Sugiyama's layers, back edges aside). Those that nothing leads to come last.
 */
export function layersOf({ start, components }: Draft): Map<string, number> {
  const done = new Set<string>();
  const above = new Set<string>();
  const order: string[] = [];
  const forward = new Map<string, string[]>();
  const visit = (name: string) => {
    above.add(name);
    const next = edgesOf(components[name]!)
      .map(({ to }) => to)
      .filter((to) => Object.hasOwn(components, to) && !above.has(to));
    forward.set(name, next);
    for (const to of next) if (!done.has(to)) visit(to);
    above.delete(name);
    done.add(name);
    order.unshift(name);
  };
  if (Object.hasOwn(components, start)) visit(start);
  const layers = new Map(order.map((name) => [name, 0]));
  for (const name of order)
    for (const to of forward.get(name) ?? [])
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(name) ?? 0) + 1));
  const last = Math.max(-1, ...layers.values()) + 1;
  for (const name of Object.keys(components)) if (!layers.has(name)) layers.set(name, last);
  return layers;
}

/** Where each box goes, by its height: layers from left to right, in each by the middle of those that lead there. */
export function placesOf(flow: Draft, heightOf: (name: string) => number): Map<string, XY> {
  const layers = layersOf(flow);
  const places = new Map<string, XY>();
  const leading = new Map<string, string[]>();
  for (const [name, component] of Object.entries(flow.components))
    for (const { to } of edgesOf(component)) leading.set(to, [...(leading.get(to) ?? []), name]);
  const middleOf = (name: string): number => {
    const from = (leading.get(name) ?? []).flatMap((one) => places.get(one)?.[1] ?? []);
    return from.length === 0 ? Number.POSITIVE_INFINITY : from.reduce((sum, y) => sum + y, 0) / from.length;
  };
  const columns: Array<string[] | undefined> = [];
  for (const { name } of planFlow(flow)) {
    const layer = layers.get(name) ?? 0;
    columns[layer] = [...(columns[layer] ?? []), name];
  }
  for (const [layer, names = []] of columns.entries()) {
    const column = names
      .map((name) => ({ name, middle: middleOf(name) }))
      .toSorted((a, b) => (a.middle === b.middle ? 0 : a.middle - b.middle));
    let y = 0;
    for (const { name } of column) {
      places.set(name, [layer * COLUMN, y]);
      y += heightOf(name) + GAP;
    }
  }
  return places;
}
