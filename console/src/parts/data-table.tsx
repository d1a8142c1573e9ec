/** A table as all pages have it: sorted by its heads, paged by the server, with something to say when it is empty. */

import { Box, Button, Group, Skeleton, Table, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

export interface Column<T> {
  key: string;
  title: ReactNode;
  cell(item: T): ReactNode;
  /** The field of the API's `sort`. */
  sort?: string;
  width?: number | string;
  align?: 'left' | 'right';
}

export interface DataTableProps<T> {
  label: string;
  columns: ReadonlyArray<Column<T>>;
  /** Left out: not there yet. */
  items: readonly T[] | undefined;
  /** What is shown is what was asked before: the answer is on its way. */
  isStale?: boolean;
  keyOf(item: T): string;
  sort?: string;
  onSort?: (sort: string) => void;
  empty: ReactNode;
  minWidth?: number;
}

/** For where there is no head above: on a telephone. Of a sign there is none. */
const labelOf = <T,>({ title }: Column<T>) => (typeof title === 'string' && title !== '' ? title : undefined);

/** More than these stand closer to each other. */
const MANY_COLUMNS = 7;
const LOADING_ROWS = ['a', 'b', 'c', 'd', 'e'];

function Head<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort: string;
  onSort?: ((sort: string) => void) | undefined;
}) {
  const field = column.sort;
  const direction = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : 'none';
  const style = { textAlign: column.align ?? 'left' } as const;
  if (field === undefined || onSort === undefined)
    return (
      <Table.Th w={column.width} style={style}>
        {column.title}
      </Table.Th>
    );
  return (
    <Table.Th w={column.width} aria-sort={direction} style={style}>
      <button type="button" className="sort" onClick={() => onSort(direction === 'ascending' ? `-${field}` : field)}>
        {column.title}
        {direction === 'ascending' ? <IconArrowUp size={12} aria-hidden /> : null}
        {direction === 'descending' ? <IconArrowDown size={12} aria-hidden /> : null}
      </button>
    </Table.Th>
  );
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, items, isStale = false, keyOf, sort = '', onSort, empty, minWidth = 560 } = props;
  if (items?.length === 0)
    return (
      <Box className="panel" data-grid aria-busy={isStale}>
        {empty}
      </Box>
    );
  return (
    <Box className="panel" style={{ overflow: 'hidden' }} data-grid>
      <Table.ScrollContainer
        className="as-cards"
        minWidth={minWidth}
        scrollAreaProps={{ offsetScrollbars: false, viewportProps: { tabIndex: 0, 'aria-label': label } as never }}
      >
        <Table
          className="data-table"
          aria-label={label}
          aria-busy={items === undefined || isStale}
          horizontalSpacing={columns.length > MANY_COLUMNS ? 'sm' : 'md'}
        >
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} sort={sort} onSort={onSort} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items === undefined
              ? LOADING_ROWS.map((row) => (
                  <Table.Tr key={row}>
                    {columns.map(({ key }) => (
                      <Table.Td key={key} data-column={key}>
                        <Skeleton height={14} my={4} radius="sm" />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))
              : items.map((item) => (
                  <Table.Tr key={keyOf(item)}>
                    {columns.map((column) => (
                      <Table.Td
                        key={column.key}
                        data-column={column.key}
                        data-label={labelOf(column)}
                        data-align={column.align}
                      >
                        {column.cell(item)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Box>
  );
}

export interface PagerProps {
  page: number;
  pageSize: number;
  total: number | undefined;
  /** The total is that of what was asked before. */
  isStale?: boolean;
  onPage(page: number): void;
}

export function Pager({ page, pageSize, total, isStale = false, onPage }: PagerProps) {
  const { t, i18n } = useTranslation();
  const pages = Math.max(1, Math.ceil((total ?? 0) / pageSize));
  const isBeyond = total !== undefined && !isStale && page > pages;
  // The last one of its page was deleted, or the address is an old one.
  useEffect(() => {
    if (isBeyond) onPage(pages);
  });
  if (total === undefined) return null;
  const numbers = (count: number) => new Intl.NumberFormat(i18n.language).format(count);
  return (
    <Group component="nav" justify="space-between" aria-label={t('pager.label')}>
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('pager.page', { page: numbers(page), pages: numbers(pages) })} ·{' '}
        {t('pager.total', { count: total, formatted: numbers(total) })}
      </Text>
      {pages > 1 ? (
        <Group gap={6}>
          <Button size="xs" variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)}>
            {t('pager.previous')}
          </Button>
          <Button size="xs" variant="light" aria-current="page" className="number">
            {numbers(page)}
          </Button>
          <Button size="xs" variant="default" disabled={page >= pages} onClick={() => onPage(page + 1)}>
            {t('pager.next')}
          </Button>
        </Group>
      ) : null}
    </Group>
  );
}
