import { ActionIcon, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBan, IconPlus, IconSearch, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Page as ListPage, Suppression } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { DataTable, Pager } from '../parts/data-table.tsx';
import { Failure, sayFailed } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { Instant } from '../parts/instant.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SuppressionReason, SuppressionSource } from './suppression-words.tsx';

const PAGE_SIZE = 25;
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

function Removal({ number }: { number: string }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  const may = useMay('suppressions:write');
  const remove = async () => {
    if (
      !(await confirm({
        title: t('suppressions.removeTitle', { number }),
        text: t('suppressions.removeText'),
        confirm: t('suppressions.remove', { number }),
      }))
    )
      return;
    try {
      await api.delete('/api/v1/suppressions/{number}', { parameters: { number } });
      notifications.show({ message: t('suppressions.removed', { number }) });
    } catch (error) {
      sayFailed(t, error);
    }
    await client.invalidateQueries({ queryKey: KEY });
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

export function SuppressionsPage() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const [typed, setTyped] = useState('');
  const [number] = useDebouncedValue(typed.trim(), 250);
  const [page, setPage] = useState(1);
  const may = useMay('suppressions:write');
  const list = useQuery({
    queryKey: [...KEY, number, page],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/suppressions', {
        query: { number, page, pageSize: PAGE_SIZE } as never,
        signal,
      })) as ListPage<Suppression>,
  });
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t('suppressions.add')}
    </Button>
  ) : null;
  return (
    <Page title={t('suppressions.title')} lead={t('suppressions.lead')} actions={add}>
      <Stack gap="md">
        <SearchField
          label={t('suppressions.search')}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setPage(1);
          }}
        />
        {list.error === null ? null : <Failure error={list.error} onRetry={list.refetch} />}
        <DataTable
          label={t('suppressions.title')}
          items={list.data?.items}
          keyOf={(item) => item.number}
          columns={[
            {
              key: 'number',
              title: t('suppressions.number'),
              cell: (item) => <span className="number">{item.number}</span>,
            },
            { key: 'reason', title: t('suppressions.reason'), cell: (item) => <SuppressionReason {...item} /> },
            { key: 'source', title: t('suppressions.source'), cell: (item) => <SuppressionSource {...item} /> },
            {
              key: 'createdAt',
              title: t('suppressions.createdAt'),
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
              cell: (item) => <Removal number={item.number} />,
            },
          ]}
          empty={
            number === '' ? (
              <Empty
                icon={<IconBan size={40} stroke={1.3} />}
                title={t('suppressions.empty')}
                text={t('suppressions.emptyText')}
                action={add}
              />
            ) : (
              <Empty
                icon={<IconSearch size={40} stroke={1.3} />}
                title={t('suppressions.notFound', { number })}
                text=""
              />
            )
          }
        />
        <Pager page={page} pageSize={PAGE_SIZE} total={list.data?.total} onPage={setPage} />
      </Stack>
      {opened ? <AddSuppression onClose={close} /> : null}
    </Page>
  );
}
