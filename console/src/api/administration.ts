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

const keptPath = (kind: KeptKind) =>
  (kind === 'api-keys' ? '/api/v1/api-keys/{id}' : `/api/v1/${kind}/{name}`) as '/api/v1/users/{name}';

/** Users and the like have names, keys have ids. */
const named = (name: string) => ({ name, id: name });

/** As it is stored now, with its ETag. */
export async function readKept<K extends KeptKind>(kind: K, name: string, signal?: AbortSignal) {
  const asked = { parameters: named(name), ...(signal === undefined ? {} : { signal }) };
  const { body, etag } = await api.read(keptPath(kind), asked);
  return { body: body as unknown as KeptItems[K], etag };
}

/** @param ifMatch its ETag as it was read: what somebody has changed since stays */
export const deleteKept = (kind: KeptKind, name: string, ifMatch: string | null) =>
  api.delete(keptPath(kind), { parameters: named(name), ifMatch });

/** With the ETag: what somebody else changes meanwhile is not overwritten. */
export function useKeptOne<K extends 'users' | 'webhooks' | 'cors-origins'>(
  kind: K,
  name: string,
  options: { refetchInterval?: number; staleTime?: number; gcTime?: number } = {},
) {
  return useQuery({
    queryKey: [kind, 'one', name],
    ...options,
    queryFn: async ({ signal }) => {
      const { body: item, etag } = await readKept(kind, name, signal);
      return { item, etag };
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
