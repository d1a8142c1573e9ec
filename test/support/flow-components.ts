import type { FlowComponent } from '../../lib/core/configuration.ts';
import { flow } from '../../lib/schema/flow.ts';

type Kind = FlowComponent['type'];
type Of<K extends Kind> = Extract<FlowComponent, { type: K }>;

/** What has to be written for the schema to take a component of the kind. */
const LEAST: Partial<Record<Kind, object>> = {
  announce: { prompt: 'x' },
  callback: { rule: 'x' },
  dial: { extension: '0' },
  webhook: { url: 'http://127.0.0.1/' },
  hours: { hours: 'x' },
  switch: { on: 'caller' },
  transfer: { extension: '0' },
};
/** Of those fields, what a component has that does not say them. */
const NOT_SAID: Partial<Record<Kind, object>> = {
  callback: { rule: null },
  dial: { extension: null },
  transfer: { extension: null },
};

/** A component with the defaults of the schema, and what the test says. */
export function component<K extends Kind>(type: K, said: Partial<Of<K>> = {}): Of<K> {
  const written = { name: 'f', start: 'x', components: { x: { type, ...LEAST[type] } } };
  return { ...(flow.parse(written).components['x'] as Of<K>), ...NOT_SAID[type], ...said };
}
