import { z } from 'zod';
import type { HoursComponent } from '../../core/configuration.ts';
import { componentName, name } from '../field.ts';
import { fields } from '../mistake-list.ts';
import { stayFields, stayOf } from './stay.ts';

export const hours = fields({
  type: z.literal('hours'),
  hours: name,
  open: componentName.optional(),
  closed: componentName.optional(),
  holiday: componentName.optional(),
  ...stayFields,
}).transform(
  (given): HoursComponent => ({
    type: given.type,
    hours: given.hours,
    open: given.open ?? null,
    closed: given.closed ?? null,
    holiday: given.holiday ?? null,
    ...stayOf(given),
  }),
);
