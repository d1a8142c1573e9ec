/** A flow laid out as a picture: columns by how many steps a component is away from the start. */

import type { Flow } from '../api/types.ts';

export type Component = Flow['components'][string];

export type Edge =
  | { on: 'choice'; keys: string; to: string }
  | { on: 'otherwise' | 'notReached' | 'next' | 'calledBack'; to: string };

export interface Place {
  name: string;
  component: Component;
  /** 0: the start; null: nothing leads to it. */
  depth: number | null;
  /** From the top of its column. */
  row: number;
  edges: Edge[];
}

const field = (component: Component, name: string): unknown => (component as Record<string, unknown>)[name];
const nameIn = (component: Component, name: string): string | null => {
  const value = field(component, name);
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Where a component leads, in the order in which a person would meet it. */
export function edgesOf(component: Component): Edge[] {
  const { type } = component;
  const edges: Edge[] = [];
  if (type === 'menu')
    for (const [keys, to] of Object.entries((field(component, 'choices') ?? {}) as Record<string, string>))
      edges.push({ on: 'choice', keys, to });
  const otherwise = nameIn(component, 'otherwise');
  if (otherwise !== null && (type === 'menu' || type === 'dial'))
    edges.push({ on: type === 'dial' ? 'notReached' : 'otherwise', to: otherwise });
  const next = nameIn(component, 'next');
  if (next !== null && (type === 'announce' || type === 'callback'))
    edges.push({ on: type === 'callback' ? 'calledBack' : 'next', to: next });
  return edges;
}

function depths({ start, components }: Flow): Map<string, number> {
  const depth = new Map<string, number>();
  let reached = [start ?? ''].filter((name) => Object.hasOwn(components, name));
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
export function planFlow(flow: Flow): Place[] {
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
