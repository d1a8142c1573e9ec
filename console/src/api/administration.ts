/** What is administered beside the configuration: users, keys, origins, webhooks, holds. Each is a list of small things. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client.ts';
import type { ListQuestion } from './queries.ts';
import type { ApiKey, CorsOrigin, Hold, Page, User, Webhook } from './types.ts';

export interface KeptItems {
  users: User;
  'api-keys': ApiKey;
  'cors-origins': CorsOrigin;
  webhooks: Webhook;
  holds: Hold;
}
export type KeptKind = keyof KeptItems;

export function useKept<K extends KeptKind>(kind: K, question: ListQuestion, refetchInterval: number | false = false) {
  return useQuery({
    queryKey: [kind, 'list', question],
    placeholderData: keepPreviousData,
    refetchInterval,
    queryFn: async ({ signal }) =>
      (await api.get(`/api/v1/${kind}` as '/api/v1/users', { query: question as never, signal })) as unknown as Page<
        KeptItems[K]
      >,
  });
}

/** With the ETag: what somebody else changes meanwhile is not overwritten. */
export function useKeptOne<K extends 'users' | 'webhooks'>(
  kind: K,
  name: string,
  options: { refetchInterval?: number; staleTime?: number; gcTime?: number } = {},
) {
  return useQuery({
    queryKey: [kind, 'one', name],
    ...options,
    queryFn: async ({ signal }) => {
      const path = `/api/v1/${kind}/{name}` as '/api/v1/users/{name}';
      const { body, etag } = await api.read(path, { parameters: { name }, signal });
      return { item: body as unknown as KeptItems[K], etag };
    },
  });
}

/** A change; what is shown of its kind is read again afterwards. */
export function useWrite<Asked, Told>(
  kind: KeptKind | 'retention' | 'sessions',
  write: (asked: Asked) => Promise<Told>,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () => client.invalidateQueries({ queryKey: [kind] }),
  });
}
