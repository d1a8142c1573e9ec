/** What the dashboard reads. */

import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { CALLBACK_STATES } from '../callbacks/states.ts';

/** How many callbacks are in each state: totals that the store keeps, so that asking is cheap. */
export function useStateCounts() {
  return useQuery({
    queryKey: ['callbacks', 'counts'],
    refetchInterval: 5_000,
    queryFn: async ({ signal }) => {
      const open = CALLBACK_STATES.filter((state) => state !== 'done');
      const pages = await Promise.all(
        open.map((state) => api.get('/api/v1/callbacks', { query: { state, pageSize: 1 } as never, signal })),
      );
      return Object.fromEntries(open.map((state, index) => [state, pages[index]!.total])) as Record<
        Exclude<(typeof CALLBACK_STATES)[number], 'done'>,
        number
      >;
    },
  });
}

export function startOfToday(): Date {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}

export function useToday() {
  return useQuery({
    queryKey: ['callbacks', 'today'],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => api.get('/api/v1/statistics', { query: { from: startOfToday().toISOString() }, signal }),
  });
}
