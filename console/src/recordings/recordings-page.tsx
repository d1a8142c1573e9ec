import { Stack } from '@mantine/core';
import { IconMicrophone } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Page as ListPage, Recording } from '../api/types.ts';
import { Page } from '../parts/page.tsx';
import { SearchedList, useListView } from '../parts/searched-list.tsx';
import { RECORDINGS, useRecordingColumns } from './recording-columns.tsx';

export function RecordingsPage() {
  const { t } = useTranslation();
  const view = useListView();
  const q = view.searched.trim();
  const { page, sort, pageSize } = view;
  const columns = useRecordingColumns();
  const { data, error, refetch } = useQuery({
    queryKey: [...RECORDINGS, { q, page, sort, pageSize }],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/recordings', {
        query: { q, page, sort, pageSize } as never,
        signal,
      })) as ListPage<Recording>,
  });
  const words = {
    title: t('recordings.title'),
    search: t('recordings.search'),
    empty: t('recordings.empty'),
    emptyText: t('recordings.emptyText'),
  };
  return (
    <Page title={words.title} lead={t('recordings.lead')}>
      <Stack gap="md">
        <SearchedList
          {...{ view, q, words, columns, data, error }}
          add={null}
          icon={<IconMicrophone size={40} stroke={1.3} />}
          keyOf={({ id }) => id}
          onRetry={refetch}
          minWidth={860}
        />
      </Stack>
    </Page>
  );
}
