import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import type { Callback, CallbackDetail, Page } from '../api/types.ts';
import { instantOfDay } from '../parts/reader-day.ts';

/** What the grid asks for; it stands in the address, so that a view can be sent to somebody. */
export interface GridQuestion {
  state?: string;
  outcome?: string;
  number?: string;
  inboundNumber?: string;
  rule?: string;
  /** A piece of the number, the rule's name or the id. */
  q?: string;
  from?: string;
  to?: string;
  sort?: string;
  page?: number;
  pageSize?: number;
}

export function apiQuery({ from, to, ...rest }: GridQuestion): Record<string, string | number | undefined> {
  return { ...rest, from: instantOfDay(from), to: instantOfDay(to, 1) };
}

export async function readCallbacks(question: GridQuestion, signal?: AbortSignal): Promise<Page<Callback>> {
  return (await api.get('/api/v1/callbacks', { query: apiQuery(question) as never, signal })) as Page<Callback>;
}

export function useCallbacks(question: GridQuestion) {
  return useQuery({
    queryKey: ['callbacks', question],
    queryFn: ({ signal }) => readCallbacks(question, signal),
    placeholderData: keepPreviousData,
  });
}

export function useCallback(id: string) {
  return useQuery({
    queryKey: ['callback', id],
    queryFn: ({ signal }) =>
      api.get('/api/v1/callbacks/{id}', { parameters: { id }, signal }) as Promise<CallbackDetail>,
  });
}

/** The texts behind the ladder; not of every message: the server remembers the latest ones alone. */
export function useMessageTexts(id: string) {
  return useQuery({
    queryKey: ['callback', id, 'messages'],
    // Who sees numbers masked is shown no messages: that is no fault.
    retry: false,
    queryFn: ({ signal }) => api.get('/api/v1/callbacks/{id}/messages', { parameters: { id }, signal }),
  });
}

export type Deed = 'cancel' | 'retry';

const PATHS = { cancel: '/api/v1/callbacks/{id}/cancel', retry: '/api/v1/callbacks/{id}/retry' } as const;

export function useDeed() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, deed }: { id: string; deed: Deed }) => api.post(PATHS[deed], { parameters: { id } }),
    onSettled: async (_answer, _error, { id }) => {
      await client.invalidateQueries({ queryKey: ['callback', id] });
      await client.invalidateQueries({ queryKey: ['callbacks'] });
    },
  });
}

export function useReschedule(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (dueAt: string) =>
      api.post('/api/v1/callbacks/{id}/reschedule', { parameters: { id }, body: { dueAt } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['callback', id] });
      await client.invalidateQueries({ queryKey: ['callbacks'] });
    },
  });
}
