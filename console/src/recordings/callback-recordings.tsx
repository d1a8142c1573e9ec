import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Page as ListPage, Recording } from '../api/types.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { RECORDINGS, useRecordingColumns } from './recording-columns.tsx';

const MOST = 100;

/** What was recorded of one callback. */
export function CallbackRecordings({ callbackId }: { callbackId: string }) {
  const { t } = useTranslation();
  const columns = useRecordingColumns(true);
  const { data, error, refetch } = useQuery({
    queryKey: [...RECORDINGS, 'of', callbackId],
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/recordings', {
        query: { callback: callbackId, sort: 'startedAt', pageSize: MOST } as never,
        signal,
      })) as ListPage<Recording>,
  });
  if (error !== null) return <Failure error={error} onRetry={refetch} />;
  const empty = <Text c="dimmed">{t('recordings.none')}</Text>;
  return (
    <DataTable
      label={t('recordings.title')}
      columns={columns}
      items={data?.items}
      keyOf={({ id }) => id}
      empty={empty}
      minWidth={560}
    />
  );
}
