import { Box, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconLock, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKept, useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Hold } from '../api/types.ts';
import { actorText } from '../parts/actor-text.ts';
import { type Column, DataTable, Pager } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { FormDrawer } from '../parts/form-drawer.tsx';
import { Instant } from '../parts/instant.tsx';
import { useKeptRemoval } from '../parts/kept-removal.ts';
import { Empty } from '../parts/page.tsx';

const PAGE_SIZE = 10;

function NewHold({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ number: '', reason: '' });
  const add = useWrite('holds', (body: { number: string; reason: string }) => api.post('/api/v1/holds', { body }));
  const submit = () =>
    add.mutate(form.values, {
      onSuccess: ({ number }) => {
        notifications.show({ color: 'teal', message: t('retention.held', { number }) });
        onClose();
      },
      onError: (error) => void form.refuse(error),
    });
  return (
    <FormDrawer
      title={t('retention.addHold')}
      submit={t('retention.hold')}
      isSaving={add.isPending}
      error={add.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        withAsterisk
        label={t('retention.number')}
        placeholder="(48) 99199-6260"
        inputMode="tel"
        value={form.values.number}
        error={form.mistake('number')}
        onChange={({ currentTarget: { value } }) => form.set({ number: value })}
      />
      <TextInput
        withAsterisk
        label={t('retention.reason')}
        placeholder={t('retention.holdReason')}
        maxLength={200}
        value={form.values.reason}
        error={form.mistake('reason')}
        onChange={({ currentTarget: { value } }) => form.set({ reason: value })}
      />
    </FormDrawer>
  );
}

function Release({ item }: { item: Hold }) {
  const { t } = useTranslation();
  const remove = useKeptRemoval();
  const { number } = item;
  const release = () =>
    remove({
      kind: 'holds',
      name: number,
      shown: item,
      question: {
        title: t('retention.releaseTitle', { number }),
        text: t('retention.releaseText'),
        confirm: t('retention.release'),
      },
      done: t('retention.released', { number }),
    });
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={`${t('retention.release')}: ${number}`}
      onClick={() => void release()}
    >
      {t('retention.release')}
    </Button>
  );
}

function useColumns(): ReadonlyArray<Column<Hold>> {
  const { t } = useTranslation();
  const may = useMay('retention:write');
  return [
    {
      key: 'number',
      title: t('retention.number'),
      sort: 'number',
      cell: ({ number }) => <span className="number">{number}</span>,
    },
    {
      key: 'reason',
      title: t('retention.reason'),
      cell: ({ reason }) => (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {reason ?? t('none')}
        </Text>
      ),
    },
    { key: 'by', title: t('journal.actor'), cell: ({ by }) => (by === null ? t('none') : actorText(t, by)) },
    {
      key: 'createdAt',
      title: t('retention.since'),
      sort: 'createdAt',
      cell: ({ createdAt }) => <Instant at={createdAt} />,
    },
    {
      key: 'actions',
      title: t('action.actions'),
      align: 'right',
      cell: (item) => (may ? <Release item={item} /> : null),
    },
  ];
}

export function HoldsPanel() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const [page, setPage] = useState(1);
  const [sort, setSort] = useState('');
  const may = useMay('retention:write');
  const columns = useColumns();
  const { data, error, refetch } = useKept('holds', { page, sort, pageSize: PAGE_SIZE });
  const add = may ? (
    <Button variant="default" leftSection={<IconPlus size={16} />} onClick={open}>
      {t('retention.addHold')}
    </Button>
  ) : null;
  return (
    <Box component="section" aria-labelledby="retention-holds">
      <Group justify="space-between" align="flex-start" mb="md">
        <Box maw={760}>
          <Title order={2} id="retention-holds">
            {t('retention.holdsTitle')}
          </Title>
          <Text size="sm" c="dimmed">
            {t('retention.holdsText')}
          </Text>
        </Box>
        {data?.total === 0 ? null : add}
      </Group>
      <Stack gap="md">
        {error === null ? null : <Failure error={error} onRetry={refetch} />}
        <DataTable
          label={t('retention.holdsTitle')}
          columns={columns}
          items={data?.items}
          keyOf={({ number }) => number}
          sort={sort}
          onSort={setSort}
          minWidth={680}
          empty={
            <Empty
              icon={<IconLock size={40} stroke={1.3} />}
              title={t('retention.noHolds')}
              text={t('retention.noHoldsText')}
              action={add}
            />
          }
        />
        {data !== undefined && data.total > PAGE_SIZE ? (
          <Pager page={page} pageSize={PAGE_SIZE} total={data.total} onPage={setPage} />
        ) : null}
      </Stack>
      {opened ? <NewHold onClose={close} /> : null}
    </Box>
  );
}
