/** A page of what is administered: searched, sorted, paged, with words for when nothing is there yet. */

import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { type KeptItems, type KeptKind, useKept } from '../api/administration.ts';
import type { Column } from './data-table.tsx';
import { Page } from './page.tsx';
import { SearchedList, useListView } from './searched-list.tsx';

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
  const view = useListView();
  const q = view.searched.trim();
  const { data, error, refetch } = useKept(
    kind,
    { q, page: view.page, sort: view.sort, pageSize: view.pageSize },
    everyMs,
  );
  return (
    <Page title={words.title} lead={words.lead} actions={add}>
      <Stack gap="md">
        <SearchedList {...{ view, q, words, icon, columns, keyOf, add, data, error, minWidth }} onRetry={refetch} />
      </Stack>
      {children}
    </Page>
  );
}
