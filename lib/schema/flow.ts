import { z } from 'zod';
import type { Flow, FlowComponent, InactiveComponent } from '../core/configuration.ts';
import { announce } from './components/announce.ts';
import { callback } from './components/callback.ts';
import { collect } from './components/collect.ts';
import { dial } from './components/dial.ts';
import { hangup } from './components/hangup.ts';
import { hours } from './components/hours.ts';
import { menu } from './components/menu.ts';
import { record } from './components/record.ts';
import { screen } from './components/screen.ts';
import { set } from './components/set.ts';
import { switchOn } from './components/switch.ts';
import { transfer } from './components/transfer.ts';
import { webhook } from './components/webhook.ts';
import { componentName, name, whole } from './field.ts';
import { fields } from './mistake-list.ts';

/** Types of later stages: accepted with a warning, and until then a call that reaches one ends. */
export const INACTIVE_TYPES = ['queue', 'voicemail', 'goto', 'wait'] as const;

const inactive = z
  .looseObject({ type: z.enum(INACTIVE_TYPES) })
  .transform((given): InactiveComponent => ({ type: 'inactive', was: given.type, raw: { ...given } }));

const component: z.ZodType<FlowComponent> = z.discriminatedUnion('type', [
  menu,
  dial,
  callback,
  announce,
  webhook,
  record,
  collect,
  switchOn,
  set,
  hours,
  screen,
  transfer,
  hangup,
  inactive,
]);

const FARTHEST = 100_000;
const coordinate = whole(-FARTHEST, FARTHEST);
/** Where the editor shows a component. */
const place = z
  .array(coordinate)
  .length(2)
  .transform(([x = 0, y = 0]): [number, number] => [x, y]);

/** That names lead to something, and what components may be called, is checked with the whole (references.ts). */
export const flow: z.ZodType<Flow> = fields({
  name,
  start: componentName,
  components: z.record(z.string(), component),
  layout: z.record(z.string(), place).optional(),
}).transform(({ layout, ...given }): Flow => {
  // what was removed or renamed in a file has no place any more
  const places = Object.entries(layout ?? {}).filter(([word]) => Object.hasOwn(given.components, word));
  return places.length === 0 ? given : { ...given, layout: Object.fromEntries(places) };
});
