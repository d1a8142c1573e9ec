import type { z } from 'zod';
import { flaw } from '../../core/mistake.ts';
import { codedFlaw } from '../mistake-list.ts';

/** A group whose keys are checked like a field; what is wrong with one is said at its path. */
export function keysOf<T>(group: z.ZodRecord<z.ZodString, z.ZodType<T>>, key: z.ZodType) {
  return group.superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const wrong = key.safeParse(name);
      if (wrong.success) continue;
      const message = wrong.error.issues[0]?.message ?? codedFlaw(flaw('not-right'));
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });
}
