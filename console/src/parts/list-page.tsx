/** A page of what is administered: searched, sorted, paged, with words for when nothing is there yet. */

import { Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type KeptItems, type KeptKind, useKept } from '../api/administration.ts';
import { type Column, DataTable, Pager } from './data-table.tsx';
import { Failure } from './failure.tsx';
import { Empty, Page } from './page.tsx';
import { SearchField } from './search-field.tsx';

const PAGE_SIZE = 25;

export interface ListPageProps<K extends KeptKind> {
  kind: K;
  words: { title: string; lead: string; search: string; empty: string; emptyText: string };
  icon: ReactNode;
  columns: ReadonlyArray<Column<KeptItems[K]>>;
  keyOf(item: KeptItems[K]): string;
  /** The button that adds one; null: he may not. */
  add: ReactNode;
  minWidth?: number;
  /** Read again so often. */
  everyMs?: number;
  children?: ReactNode;
}

export function ListPage<K extends KeptKind>(props: ListPageProps<K>) {
  const { kind, words, icon, columns, keyOf, add, minWidth = 760, everyMs, children } = props;
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 200);
  const [sort, setSort] = useState('');
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useKept(kind, { q, page, sort, pageSize: PAGE_SIZE }, everyMs);
  const empty =
    q === '' ? (
      <Empty icon={icon} title={words.empty} text={words.emptyText} action={add} />
    ) : (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFound', { q })} text="" />
    );
  return (
    <Page title={words.title} lead={words.lead} actions={add}>
      <Stack gap="md">
        <SearchField
          label={words.search}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setPage(1);
          }}
        />
        {error === null ? null : <Failure error={error} onRetry={refetch} />}
        <DataTable
          label={words.title}
          columns={columns}
          items={data?.items}
          keyOf={keyOf}
          sort={sort}
          onSort={setSort}
          empty={empty}
          minWidth={minWidth}
        />
        <Pager page={page} pageSize={PAGE_SIZE} total={data?.total} onPage={setPage} />
      </Stack>
      {children}
    </Page>
  );
}
