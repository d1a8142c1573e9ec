import type { Role } from '../api/types.ts';

/** From the one who may everything to the one who may least. */
export const ROLE_NAMES = [
  'administrator',
  'developer',
  'supervisor',
  'manager',
  'monitor',
  'agent',
] as const satisfies readonly Role[];
