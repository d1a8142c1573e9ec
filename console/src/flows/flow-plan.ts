/** A flow laid out as a picture: columns by how many steps a component is away from the start. */

import { type Draft, type Exit, exitsOf, type XY } from './flow-draft.ts';

export type { Component } from './flow-draft.ts';

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

const COLUMN = 330;
const GAP = 36;

/** Where each box goes, by its height: columns from left to right, each from the top. */
export function placesOf(flow: Draft, heightOf: (name: string) => number): Map<string, XY> {
  const plan = planFlow(flow);
  const last = Math.max(-1, ...plan.map(({ depth }) => depth ?? -1)) + 1;
  const next = new Map<number, number>();
  return new Map(
    plan.map(({ name, depth }) => {
      const column = depth ?? last;
      const y = next.get(column) ?? 0;
      next.set(column, y + heightOf(name) + GAP);
      return [name, [column * COLUMN, y] as XY];
    }),
  );
}
