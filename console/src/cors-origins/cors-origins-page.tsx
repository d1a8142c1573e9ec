import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconPlus, IconTrash, IconWorld } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeptOne, useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { CorsOrigin } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { FormDrawer } from '../parts/form-drawer.tsx';
import { Instant } from '../parts/instant.tsx';
import { useKeptRemoval } from '../parts/kept-removal.ts';
import { ListPage } from '../parts/list-page.tsx';

interface Values {
  origin: string;
  note: string;
}

/** @param etag of the one that is changed */
function save({ isNew, etag, origin, note }: Values & { isNew: boolean; etag: string | null }): Promise<unknown> {
  const body = { origin: origin.trim(), note: note.trim() === '' ? null : note.trim() };
  if (isNew) return api.post('/api/v1/cors-origins', { body });
  return api.put('/api/v1/cors-origins/{name}', { parameters: { name: origin }, body, ifMatch: etag });
}

interface OriginFormProps {
  item: CorsOrigin | null;
  etag: string | null;
  onClose(): void;
}

/** Reads it first, for its ETag. */
function EditOrigin({ origin, onClose }: { origin: string; onClose: () => void }) {
  const { data, error } = useKeptOne('cors-origins', origin, { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 });
  if (error !== null) return <Failure error={error} />;
  return data === undefined ? null : <OriginForm {...data} onClose={onClose} />;
}

function OriginForm({ onClose, ...read }: OriginFormProps) {
  const { t } = useTranslation();
  // As the fields were filled, whatever is read again meanwhile.
  const [{ item, etag }] = useState(read);
  const isNew = item === null;
  const form = useForm<Values>({ origin: item?.origin ?? '', note: item?.note ?? '' });
  const write = useWrite('cors-origins', save);
  const submit = () =>
    write.mutate(
      { ...form.values, isNew, etag },
      {
        onSuccess: () => {
          notifications.show({ color: 'teal', message: t('saved') });
          onClose();
        },
        onError: (error) => void form.refuse(error),
      },
    );
  return (
    <FormDrawer
      title={isNew ? t('origins.add') : item.origin}
      submit={isNew ? t('action.add') : t('action.save')}
      isSaving={write.isPending}
      error={write.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        withAsterisk
        label={t('origins.origin')}
        description={t('origins.originText')}
        placeholder="https://intranet.example"
        inputMode="url"
        disabled={!isNew}
        value={form.values.origin}
        error={form.mistake('origin')}
        onChange={({ currentTarget: { value } }) => form.set({ origin: value })}
      />
      <TextInput
        label={t('origins.note')}
        description={t('origins.noteText')}
        maxLength={200}
        value={form.values.note}
        error={form.mistake('note')}
        onChange={({ currentTarget: { value } }) => form.set({ note: value })}
      />
    </FormDrawer>
  );
}

function OriginActions({ item, onEdit }: { item: CorsOrigin; onEdit: () => void }) {
  const { t } = useTranslation();
  const remove = useKeptRemoval();
  const { origin } = item;
  const ask = () =>
    remove({
      kind: 'cors-origins',
      name: origin,
      shown: item,
      question: {
        title: t('origins.removeTitle', { origin }),
        text: t('origins.removeText'),
        confirm: t('action.delete'),
      },
      done: t('deleted', { name: origin }),
    });
  return (
    <Group gap={2} justify="flex-end" wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" aria-label={`${t('action.edit')}: ${origin}`} onClick={onEdit}>
        <IconPencil size={16} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${t('action.delete')}: ${origin}`}
        onClick={() => void ask()}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}

export function CorsOriginsPage() {
  const { t } = useTranslation();
  const may = useMay('origins:write');
  const [edited, setEdited] = useState<{ origin: string | null } | null>(null);
  const close = () => setEdited(null);
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited({ origin: null })}>
      {t('origins.add')}
    </Button>
  ) : null;
  const columns: ReadonlyArray<Column<CorsOrigin>> = [
    {
      key: 'origin',
      title: t('origins.origin'),
      sort: 'origin',
      cell: ({ origin }) => <span className="mono">{origin}</span>,
    },
    {
      key: 'note',
      title: t('origins.note'),
      sort: 'note',
      cell: ({ note }) => (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {note ?? t('none')}
        </Text>
      ),
    },
    {
      key: 'createdAt',
      title: t('origins.since'),
      sort: 'createdAt',
      cell: ({ createdAt }) => <Instant at={createdAt} />,
    },
    {
      key: 'actions',
      title: t('action.actions'),
      align: 'right',
      width: 96,
      cell: (item) => (may ? <OriginActions item={item} onEdit={() => setEdited({ origin: item.origin })} /> : null),
    },
  ];
  return (
    <ListPage
      kind="cors-origins"
      words={{
        title: t('origins.title'),
        lead: t('origins.lead'),
        search: t('origins.search'),
        empty: t('origins.empty'),
        emptyText: t('origins.emptyText'),
      }}
      icon={<IconWorld size={40} stroke={1.3} />}
      columns={columns}
      keyOf={({ origin }) => origin}
      add={add}
      minWidth={620}
    >
      {edited === null ? null : edited.origin === null ? (
        <OriginForm item={null} etag={null} onClose={close} />
      ) : (
        <EditOrigin origin={edited.origin} onClose={close} />
      )}
    </ListPage>
  );
}
