import { z } from 'zod';
import type { HangupComponent } from '../../core/configuration.ts';
import { anyText } from '../field.ts';
import { fields } from '../mistake-list.ts';

export const hangup = fields({ type: z.literal('hangup'), reason: anyText.optional() }).transform(
  (given): HangupComponent => ({ type: given.type, reason: given.reason ?? null }),
);
