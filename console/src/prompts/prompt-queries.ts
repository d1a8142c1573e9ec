/** The recordings, as the API has them: read, heard, uploaded, deleted. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, request } from '../api/client.ts';
import type { ListQuestion } from '../api/queries.ts';
import type { Page, Prompt } from '../api/types.ts';

const KEY = ['prompts'];

export function usePrompts(question: ListQuestion & { language?: string }) {
  return useQuery({
    queryKey: [...KEY, question],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/prompts', { query: question as never, signal })) as Page<Prompt>,
  });
}

type Named = Pick<Prompt, 'language' | 'name'>;

const addressOf = ({ language, name }: Named) =>
  `/api/v1/prompts/${encodeURIComponent(language)}/${encodeURIComponent(name)}`;

/** With the session's credentials, which an address in a page has not always. */
export async function soundOf(prompt: Named): Promise<Blob> {
  return (await request(addressOf(prompt))).blob();
}

export interface Upload extends Named {
  file: File;
  replace: boolean;
}

export function useUpload() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ file, language, name, replace }: Upload): Promise<Prompt> => {
      const query = new URLSearchParams({ language, name, ...(replace ? { replace: 'true' } : {}) });
      const headers = { 'content-type': 'audio/wav' };
      const answer = await request(`/api/v1/prompts?${query}`, { method: 'POST', headers, body: file });
      return (await answer.json()) as Prompt;
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Asked for beforehand: it goes, whoever names it. */
export function useRemovePrompt() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ language, name }: Named) =>
      api.delete('/api/v1/prompts/{language}/{name}', { parameters: { language, name }, query: { force: 'true' } }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
