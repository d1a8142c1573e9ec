/** A searched, sorted, paged table, with words for when nothing is there yet: what every list is made of. */

import { Box, Group } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable, Pager } from './data-table.tsx';
import { Failure } from './failure.tsx';
import { Empty } from './page.tsx';
import { SearchField } from './search-field.tsx';

const PAGE_SIZE = 25;

/** What is looked for, as it is typed and chosen; `searched` follows `typed` when the typing pauses. */
/** @param asked what is looked for at first */
export function useListView(pageSize = PAGE_SIZE, asked = '') {
  const [typed, setTyped] = useState(asked);
  const [searched] = useDebouncedValue(typed, 200);
  const [sort, setSort] = useState('');
  const [page, setPage] = useState(1);
  return { typed, setTyped, searched, sort, setSort, page, setPage, pageSize };
}

export interface SearchedListProps<T> {
  view: ReturnType<typeof useListView>;
  /** What the items were asked for with. */
  q: string;
  words: { title: string; search: string; empty: string; emptyText: string };
  icon: ReactNode;
  columns: ReadonlyArray<Column<T>>;
  keyOf(item: T): string;
  /** The button that adds one; null: he may not. */
  add: ReactNode;
  data: { items: readonly T[]; total: number } | undefined;
  error: Error | null;
  onRetry(): void;
  minWidth?: number | undefined;
  /** Beside the field of the search. */
  filters?: ReactNode;
  /** Something is chosen in `filters`. */
  isFiltered?: boolean;
}

export function SearchedList<T>(props: SearchedListProps<T>) {
  const { view, q, words, icon, columns, keyOf, add, data, error, onRetry, minWidth, filters } = props;
  const { t } = useTranslation();
  const empty =
    props.isFiltered === true ? (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFits')} text={t('nothingFitsText')} />
    ) : q === '' ? (
      <Empty icon={icon} title={words.empty} text={words.emptyText} action={add} />
    ) : (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFound', { q })} text="" />
    );
  return (
    <>
      <Group gap="sm" align="flex-end">
        <Box flex="1 1 220px" maw={360}>
          <SearchField
            label={words.search}
            value={view.typed}
            onChange={(value) => {
              view.setTyped(value);
              view.setPage(1);
            }}
          />
        </Box>
        {filters}
      </Group>
      {error === null ? null : <Failure error={error} onRetry={onRetry} />}
      <DataTable
        label={words.title}
        columns={columns}
        items={data?.items}
        keyOf={keyOf}
        sort={view.sort}
        onSort={view.setSort}
        empty={empty}
        {...(minWidth === undefined ? {} : { minWidth })}
      />
      <Pager page={view.page} pageSize={view.pageSize} total={data?.total} onPage={view.setPage} />
    </>
  );
}
