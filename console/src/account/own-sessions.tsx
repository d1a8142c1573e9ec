import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconLogout2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import type { OwnSession } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Dotted } from '../parts/dotted.tsx';
import { Failure, sayFailed } from '../parts/failure.tsx';
import { Instant } from '../parts/instant.tsx';
import { programText } from './program-text.ts';

function useColumns(): ReadonlyArray<Column<OwnSession>> {
  const { t } = useTranslation();
  return [
    {
      key: 'program',
      title: t('account.program'),
      cell: ({ userAgent, current }) => (
        <Group gap="xs">
          <Text size="sm" title={userAgent}>
            {programText(userAgent) || t('none')}
          </Text>
          {current ? <Dotted color="teal.6">{t('account.thisOne')}</Dotted> : null}
        </Group>
      ),
    },
    { key: 'address', title: t('account.address'), cell: ({ address }) => <span className="mono">{address}</span> },
    { key: 'startedAt', title: t('account.since'), cell: ({ startedAt }) => <Instant at={startedAt} /> },
    { key: 'seenAt', title: t('account.seen'), cell: ({ seenAt }) => <Instant at={seenAt} /> },
  ];
}

export function OwnSessions() {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const columns = useColumns();
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => api.get('/api/v1/sessions', { signal }),
  });
  const end = useWrite('sessions', async () => (await api.delete('/api/v1/sessions')).body);
  const others = (data?.items.length ?? 1) - 1;
  const endOthers = async () => {
    const question = { title: t('account.endTitle'), text: t('account.endText'), confirm: t('account.end') };
    if (!(await confirm(question))) return;
    end.mutate(undefined, {
      onSuccess: ({ ended }) => notifications.show({ message: t('account.ended', { count: ended }) }),
      onError: (failed) => sayFailed(t, failed),
    });
  };
  return (
    <Stack>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      <DataTable
        label={t('account.sessions')}
        columns={columns}
        items={data?.items}
        keyOf={({ id }) => id}
        minWidth={560}
        empty={null}
      />
      {others > 0 ? (
        <Group>
          <Button
            variant="default"
            leftSection={<IconLogout2 size={16} />}
            loading={end.isPending}
            onClick={() => void endOthers()}
          >
            {t('account.end')}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
