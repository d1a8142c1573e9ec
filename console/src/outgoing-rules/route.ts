import type { OutgoingRule } from '../api/types.ts';

export type Route = OutgoingRule['routes'][number];
type RouteTrunk = Route['trunks'][number];

export const trunkName = (trunk: RouteTrunk): string => (typeof trunk === 'string' ? trunk : (trunk.name ?? ''));
