import type { Stay } from '../../core/configuration.ts';
import { componentName, seconds, whole } from '../field.ts';

/** Fields of every component that a person stays in or passes through. */
export const stayFields = {
  otherwise: componentName.optional(),
  maxSeconds: seconds(1, 86_400).optional(),
  maxEntries: whole(1, 500).default(20),
};

interface Given {
  otherwise?: string | undefined;
  maxSeconds?: number | undefined;
  maxEntries: number;
}

export function stayOf({ otherwise, maxSeconds, maxEntries }: Given): Stay {
  return { otherwise: otherwise ?? null, maxSeconds: maxSeconds ?? null, maxEntries };
}
