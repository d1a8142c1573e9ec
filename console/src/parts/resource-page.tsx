/** A page of configuration: a searched, sorted, paged table, and a drawer with the form of one item. */

import { Button, Drawer, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ResourceItems, type ResourceName, useResource, useResources, useSaveResource } from '../api/queries.ts';
import { useMay, writePermission } from '../api/session.ts';
import type { Column } from './data-table.tsx';
import { Failure } from './failure.tsx';
import { useFirstMistake } from './first-mistake.ts';
import { type Form, useForm } from './form.ts';
import { Page } from './page.tsx';
import { RowActions } from './row-actions.tsx';
import { SearchedList, useListView } from './searched-list.tsx';

export interface ResourcePageProps<R extends ResourceName> {
  resource: R;
  words: {
    title: string;
    lead: string;
    add: string;
    search: string;
    empty: string;
    emptyText: string;
    new: string;
    edit: string;
  };
  icon: ReactNode;
  columns: ReadonlyArray<Column<ResourceItems[R]>>;
  keyOf(item: ResourceItems[R]): string;
  deletion(key: string): { title: string; text: string };
  blank: ResourceItems[R];
  fields(form: Form<ResourceItems[R]>, isNew: boolean): ReactNode;
  beside?: ReactNode;
  /** Beside the button that adds one. */
  moreActions?: ReactNode;
  minWidth?: number;
}

interface EditorProps<R extends ResourceName> extends ResourcePageProps<R> {
  name: string | null;
  item: ResourceItems[R];
  etag: string | null;
  onClose(): void;
}

function Editor<R extends ResourceName>({ resource, fields, name, onClose, ...read }: EditorProps<R>) {
  const { t } = useTranslation();
  // As the fields were filled, whatever is read again meanwhile.
  const [{ item, etag }] = useState(read);
  const form = useForm<ResourceItems[R]>(item);
  const save = useSaveResource(resource);
  const ref = useFirstMistake(save.error);
  const may = useMay(writePermission(resource));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { name, item: form.values, etag },
      {
        onSuccess: () => {
          notifications.show({ color: 'teal', message: t('saved') });
          onClose();
        },
        onError: (error) => void form.refuse(error),
      },
    );
  };
  return (
    <form ref={ref} onSubmit={submit} noValidate>
      <Stack>
        {fields(form, name === null)}
        {/* Here rather than in a corner of the screen, where it would lie over the buttons. */}
        {save.error === null ? null : <Failure error={save.error} />}
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!may}>
            {t('action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Reads the item first, for its ETag: what somebody else changes meanwhile is not overwritten. */
function LoadedEditor<R extends ResourceName>(props: ResourcePageProps<R> & { name: string; onClose(): void }) {
  const { data, error } = useResource(props.resource, props.name);
  if (error !== null) return <Failure error={error} />;
  return data === undefined ? null : <Editor {...props} item={data.item} etag={data.etag} />;
}

type Edited = { name: string | null } | null;

function EditorDrawer<R extends ResourceName>({
  edited,
  onClose,
  ...props
}: ResourcePageProps<R> & { edited: Edited; onClose(): void }) {
  const { t } = useTranslation();
  const name = edited?.name ?? null;
  return (
    <Drawer
      opened={edited !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={name === null ? props.words.new : `${props.words.edit} ${name}`}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {edited === null ? null : name === null ? (
        <Editor {...props} name={null} item={props.blank} etag={null} onClose={onClose} />
      ) : (
        <LoadedEditor {...props} name={name} onClose={onClose} />
      )}
    </Drawer>
  );
}

export function ResourcePage<R extends ResourceName>(props: ResourcePageProps<R>) {
  const { resource, words, icon, columns, keyOf, deletion, beside, moreActions, minWidth } = props;
  const { t } = useTranslation();
  const may = useMay(writePermission(resource));
  const view = useListView();
  const q = view.searched;
  const [edited, setEdited] = useState<Edited>(null);
  const { data, error, refetch } = useResources(resource, {
    q,
    page: view.page,
    sort: view.sort,
    pageSize: view.pageSize,
  });
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited({ name: null })}>
      {words.add}
    </Button>
  ) : null;
  const actions: Column<ResourceItems[R]> = {
    key: 'actions',
    title: t('action.actions'),
    width: 96,
    align: 'right',
    cell: (item) => (
      <RowActions
        resource={resource}
        name={keyOf(item)}
        item={item}
        question={deletion(keyOf(item))}
        onEdit={() => setEdited({ name: keyOf(item) })}
      />
    ),
  };
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <>
          {moreActions}
          {add}
        </>
      }
    >
      <Stack gap="md">
        <SearchedList
          {...{ view, q, words, icon, keyOf, add, data, error, minWidth }}
          columns={[...columns, actions]}
          onRetry={refetch}
        />
        {beside}
      </Stack>
      <EditorDrawer {...props} edited={edited} onClose={() => setEdited(null)} />
    </Page>
  );
}
