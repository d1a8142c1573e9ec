import { z } from 'zod';
import type { Flow, FlowComponent, InactiveComponent } from '../core/configuration.ts';
import { announce } from './components/announce.ts';
import { callback } from './components/callback.ts';
import { collect } from './components/collect.ts';
import { dial } from './components/dial.ts';
import { hangup } from './components/hangup.ts';
import { hours } from './components/hours.ts';
import { menu } from './components/menu.ts';
import { screen } from './components/screen.ts';
import { set } from './components/set.ts';
import { switchOn } from './components/switch.ts';
import { transfer } from './components/transfer.ts';
import { componentName, name } from './field.ts';
import { fields } from './mistake-list.ts';

/** Types of later stages: accepted with a warning, and a hangup until then. */
export const INACTIVE_TYPES = ['webhook', 'record', 'queue', 'voicemail', 'goto', 'wait'] as const;

const inactive = z
  .looseObject({ type: z.enum(INACTIVE_TYPES) })
  .transform((given): InactiveComponent => ({ type: 'inactive', was: given.type, raw: { ...given } }));

const component: z.ZodType<FlowComponent> = z.discriminatedUnion('type', [
  menu,
  dial,
  callback,
  announce,
  screen,
  transfer,
  collect,
  switchOn,
  set,
  hours,
  hangup,
  inactive,
]);

/** That names lead to something, and what components may be called, is checked with the whole (references.ts). */
export const flow: z.ZodType<Flow> = fields({
  name,
  start: componentName,
  components: z.record(z.string(), component),
});
