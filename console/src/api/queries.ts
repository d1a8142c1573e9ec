/** What pages read, by the keys under which `live.ts` has it read again. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client.ts';
import { isLimited, useSession } from './session.ts';
import type {
  CallbackRule,
  Extension,
  Flow,
  Hours,
  InboundNumber,
  OutgoingRule,
  Page,
  Switches,
  Trunk,
  TrunkStatus,
} from './types.ts';

export interface ResourceItems {
  'callback-rules': CallbackRule;
  'inbound-numbers': InboundNumber;
  trunks: Trunk;
  'outgoing-rules': OutgoingRule;
  extensions: Extension;
  flows: Flow;
  hours: Hours;
}
export type ResourceName = keyof ResourceItems;

export interface ListQuestion {
  q?: string;
  page?: number;
  pageSize?: number;
  sort?: string;
}

const listPath = <R extends ResourceName>(resource: R) => `/api/v1/${resource}` as '/api/v1/trunks';
const itemPath = <R extends ResourceName>(resource: R) => `/api/v1/${resource}/{name}` as '/api/v1/trunks/{name}';

export function useResources<R extends ResourceName>(resource: R, question: ListQuestion = { pageSize: 1000 }) {
  return useQuery({
    queryKey: ['configuration', resource, question],
    queryFn: async ({ signal }) =>
      (await api.get(listPath(resource), { query: question as never, signal })) as unknown as Page<ResourceItems[R]>,
    placeholderData: keepPreviousData,
  });
}

/** As it is stored now, with its ETag. */
export async function readResource<R extends ResourceName>(resource: R, name: string, signal?: AbortSignal) {
  const asked = { parameters: { name }, ...(signal === undefined ? {} : { signal }) };
  const { body, etag } = await api.read(itemPath(resource), asked);
  return { body: body as unknown as ResourceItems[R], etag };
}

/** @param name null: none is read */
export function useResource<R extends ResourceName>(resource: R, name: string | null) {
  return useQuery({
    queryKey: ['configuration', resource, 'one', name],
    enabled: name !== null,
    // A form that is being filled in is not to change under its reader.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const { body: item, etag } = await readResource(resource, name ?? '', signal);
      return { item, etag };
    },
  });
}

export interface Saving<R extends ResourceName> {
  /** Null: it is new. */
  name: string | null;
  item: ResourceItems[R];
  etag?: string | null;
}

export function useSaveResource<R extends ResourceName>(resource: R) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, item, etag }: Saving<R>) => {
      if (name === null) return api.post(listPath(resource), { body: item as never });
      return (await api.put(itemPath(resource), { parameters: { name }, body: item as never, ifMatch: etag ?? null }))
        .body;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['configuration'] }),
  });
}

/** Of what is stored now, whatever the page shows: what somebody else has changed beside it stays. */
export function useChangeResource<R extends ResourceName>(resource: R) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, change }: { name: string; change: Partial<ResourceItems[R]> }) => {
      const { body, etag } = await readResource(resource, name);
      const asked = { parameters: { name }, body: { ...body, ...change } as never, ifMatch: etag };
      return (await api.put(itemPath(resource), asked)).body;
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['configuration'] }),
  });
}

/** @param ifMatch its ETag as it was read: what somebody has changed since stays */
export const deleteResource = <R extends ResourceName>(resource: R, name: string, ifMatch: string | null) =>
  api.delete(itemPath(resource), { parameters: { name }, ifMatch });

/** The whole, as the file has it; undefined for who looks after some numbers alone. */
export function useConfiguration() {
  const who = useSession();
  return useQuery({
    queryKey: ['configuration', 'whole'],
    enabled: who !== undefined && who !== null && !isLimited(who),
    queryFn: ({ signal }) => api.get('/api/v1/configuration', { signal }),
  });
}

export function useTrunkStatus() {
  return useQuery({
    queryKey: ['trunk-status'],
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/trunk-status', { query: { pageSize: 1000 } as never, signal })) as Page<TrunkStatus>,
    refetchInterval: 5_000,
  });
}

export function useSwitches() {
  return useQuery({
    queryKey: ['switches'],
    queryFn: ({ signal }) => api.get('/api/v1/switches', { signal }) as Promise<Switches>,
    refetchInterval: 30_000,
  });
}

export function useSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { accept?: boolean; dial?: boolean; trunk?: string }) =>
      api.patch('/api/v1/switches', { body: change }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['switches'] });
      await client.invalidateQueries({ queryKey: ['trunk-status'] });
    },
  });
}
