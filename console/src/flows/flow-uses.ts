/** Who sends people into a flow. */

import { useResources } from '../api/queries.ts';
import type { CallbackRule, InboundNumber } from '../api/types.ts';

export type Use = { kind: 'rule'; name: string } | { kind: 'number' | 'anonymous'; number: string };

export function usesOf(
  flow: string,
  { rules, numbers }: { rules: readonly CallbackRule[]; numbers: readonly InboundNumber[] },
): Use[] {
  return [
    ...rules.filter(({ next }) => next === flow).map(({ name }): Use => ({ kind: 'rule', name })),
    ...numbers.flatMap(({ number, flow: own, anonymous }): Use[] => [
      ...(own === flow ? [{ kind: 'number' as const, number }] : []),
      ...(anonymous?.flow === flow ? [{ kind: 'anonymous' as const, number }] : []),
    ]),
  ];
}

/** Undefined: not known yet. */
export function useFlowUses(): ((flow: string) => Use[]) | undefined {
  const rules = useResources('callback-rules').data?.items;
  const numbers = useResources('inbound-numbers').data?.items;
  if (rules === undefined || numbers === undefined) return undefined;
  return (flow) => usesOf(flow, { rules, numbers });
}
