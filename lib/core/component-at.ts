import type { Configuration, FlowComponent } from './configuration.ts';

/** @returns null: there is no such component, or it went with a new configuration */
export function componentAt(
  { flows }: Pick<Configuration, 'flows'>,
  place: { flow: string; component: string },
): FlowComponent | null {
  const flow = flows.find(({ name }) => name === place.flow);
  if (flow === undefined || !Object.hasOwn(flow.components, place.component)) return null;
  return flow.components[place.component] ?? null;
}
