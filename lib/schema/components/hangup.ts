import { z } from 'zod';
import type { HangupComponent } from '../../core/configuration.ts';
import { anyText, whole } from '../field.ts';
import { fields } from '../mistake-list.ts';

export const hangup = fields({
  type: z.literal('hangup'),
  reason: anyText.optional(),
  cause: whole(1, 127).optional(),
  status: whole(400, 699).optional(),
}).transform(
  (given): HangupComponent => ({
    type: given.type,
    reason: given.reason ?? null,
    cause: given.cause ?? null,
    status: given.status ?? null,
  }),
);
