import { ActionIcon, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBan, IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Page as ListPage, Suppression } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { Instant } from '../parts/instant.tsx';
import { Page } from '../parts/page.tsx';
import { useRemoval } from '../parts/removal.ts';
import { SearchedList, useListView } from '../parts/searched-list.tsx';
import { SuppressionReason, SuppressionSource } from './suppression-words.tsx';

const KEY = ['suppressions'];

function AddSuppression({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({ number: '', reason: '' });
  const { number, reason } = form.values;
  const add = useMutation({
    mutationFn: () => api.post('/api/v1/suppressions', { body: { number, ...(reason === '' ? {} : { reason }) } }),
    onSuccess: async () => {
      notifications.show({ message: t('suppressions.added', { number }) });
      await client.invalidateQueries({ queryKey: KEY });
      onClose();
    },
    onError: (error) => void form.refuse(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('suppressions.add')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            data-autofocus
            withAsterisk
            label={t('suppressions.number')}
            placeholder="(48) 99199-6260"
            inputMode="tel"
            value={number}
            error={form.mistake('number')}
            onChange={({ currentTarget: { value } }) => form.set({ number: value })}
          />
          <TextInput
            label={t('suppressions.reason')}
            placeholder={t('suppressions.reasonPlaceholder')}
            maxLength={200}
            value={reason}
            error={form.mistake('reason')}
            onChange={({ currentTarget: { value } }) => form.set({ reason: value })}
          />
          {add.error === null ? null : <Failure error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t('action.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Removal({ item }: { item: Suppression }) {
  const { t } = useTranslation();
  const removal = useRemoval();
  const may = useMay('suppressions:write');
  const { number } = item;
  const parameters = { number };
  const remove = async () => {
    const isGone = await removal({
      shown: item,
      read: () => api.read('/api/v1/suppressions/{number}', { parameters }),
      question: {
        title: t('suppressions.removeTitle', { number }),
        text: t('suppressions.removeText'),
        confirm: t('suppressions.remove', { number }),
      },
      remove: (ifMatch) => api.delete('/api/v1/suppressions/{number}', { parameters, ifMatch }),
      queryKey: KEY,
    });
    if (isGone) notifications.show({ message: t('suppressions.removed', { number }) });
  };
  return may ? (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t('suppressions.remove', { number })}
      onClick={() => void remove()}
    >
      <IconTrash size={16} />
    </ActionIcon>
  ) : null;
}

function useColumns(): ReadonlyArray<Column<Suppression>> {
  const { t } = useTranslation();
  return [
    {
      key: 'number',
      title: t('suppressions.number'),
      sort: 'number',
      cell: ({ number }) => <span className="number">{number}</span>,
    },
    {
      key: 'reason',
      title: t('suppressions.reason'),
      cell: (item) => (
        <span style={{ overflowWrap: 'anywhere' }}>
          <SuppressionReason {...item} />
        </span>
      ),
    },
    { key: 'source', title: t('suppressions.source'), cell: (item) => <SuppressionSource {...item} /> },
    {
      key: 'createdAt',
      title: t('suppressions.createdAt'),
      sort: 'createdAt',
      cell: ({ createdAt }) => <Instant at={createdAt} />,
    },
    {
      key: 'expiresAt',
      title: t('suppressions.expiresAt'),
      cell: ({ expiresAt }) => (expiresAt === null ? t('suppressions.forever') : <Instant at={expiresAt} />),
    },
    {
      key: 'actions',
      title: t('action.actions'),
      align: 'right',
      width: 80,
      cell: (item) => <Removal item={item} />,
    },
  ];
}

export function SuppressionsPage() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const view = useListView();
  const q = view.searched.trim();
  const { page, sort, pageSize } = view;
  const may = useMay('suppressions:write');
  const columns = useColumns();
  const { data, error, refetch } = useQuery({
    queryKey: [...KEY, { q, page, sort, pageSize }],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/suppressions', {
        query: { q, page, sort, pageSize } as never,
        signal,
      })) as ListPage<Suppression>,
  });
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t('suppressions.add')}
    </Button>
  ) : null;
  const words = {
    title: t('suppressions.title'),
    search: t('suppressions.search'),
    empty: t('suppressions.empty'),
    emptyText: t('suppressions.emptyText'),
  };
  return (
    <Page title={words.title} lead={t('suppressions.lead')} actions={add}>
      <Stack gap="md">
        <SearchedList
          {...{ view, q, words, columns, add, data, error }}
          icon={<IconBan size={40} stroke={1.3} />}
          keyOf={({ number }) => number}
          onRetry={refetch}
        />
      </Stack>
      {opened ? <AddSuppression onClose={close} /> : null}
    </Page>
  );
}
