/** Who changed what, and what went wrong: two lists of the same kind, the latest entry first. */

import { Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHistory, IconMoodSmile, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import type { Page as ListPage } from '../api/types.ts';
import { actorText } from '../parts/actor-text.ts';
import { type Column, DataTable, Pager } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { Instant } from '../parts/instant.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { deedText } from './deed-text.ts';
import { ErrorMessage } from './error-message.tsx';

const PAGE_SIZE = 50;

interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

interface Entry {
  id: string;
  at: string;
  actor: string | null;
  subject: string | null;
  correlationId: string | null;
  action?: string;
  changes?: Change[];
  code?: string;
  status?: number;
  message?: string;
}

function useJournal(kind: 'audit' | 'errors', q: string, page: number) {
  return useQuery({
    queryKey: ['journal', kind, q, page],
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => {
      const search = new URLSearchParams({
        page: String(page),
        pageSize: String(PAGE_SIZE),
        ...(q === '' ? {} : { q }),
      });
      return (await (await request(`/api/v1/${kind}?${search}`, { signal })).json()) as ListPage<Entry>;
    },
  });
}

const valueText = (value: unknown) =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

function Changes({ changes }: { changes: Change[] }) {
  return (
    <Stack gap={2}>
      {changes.slice(0, 8).map(({ field, before, after }) => (
        <Text key={field} size="xs" className="mono" style={{ overflowWrap: 'anywhere' }}>
          {field}: {valueText(before)} → {valueText(after)}
        </Text>
      ))}
      {changes.length > 8 ? <Text size="xs">…</Text> : null}
    </Stack>
  );
}

function useColumns(kind: 'audit' | 'errors'): ReadonlyArray<Column<Entry>> {
  const { t } = useTranslation();
  const words = (text: string | null | undefined) => (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      {text ?? t('none')}
    </Text>
  );
  const last: Array<Column<Entry>> =
    kind === 'audit'
      ? [
          { key: 'action', title: t('journal.action'), cell: ({ action }) => words(deedText(t, action ?? '')) },
          { key: 'changes', title: t('journal.changes'), cell: ({ changes }) => <Changes changes={changes ?? []} /> },
        ]
      : [
          {
            key: 'code',
            title: t('journal.code'),
            cell: ({ code, status }) => <span className="mono">{[status, code].filter(Boolean).join(' ')}</span>,
          },
          { key: 'message', title: t('journal.message'), cell: (entry) => <ErrorMessage {...entry} /> },
          {
            key: 'correlationId',
            title: t('journal.correlationId'),
            cell: ({ correlationId }) => <span className="mono">{correlationId}</span>,
          },
        ];
  return [
    { key: 'at', title: t('journal.at'), width: 130, cell: ({ at }) => <Instant at={at} /> },
    { key: 'actor', title: t('journal.actor'), cell: ({ actor }) => words(actor && actorText(t, actor)) },
    { key: 'subject', title: t('journal.subject'), cell: ({ subject }) => words(subject) },
    ...last,
  ];
}

function Journal({ kind }: { kind: 'audit' | 'errors' }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 250);
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useJournal(kind, q, page);
  const columns = useColumns(kind);
  const Icon = kind === 'audit' ? IconHistory : IconMoodSmile;
  const search = t(kind === 'audit' ? 'journal.searchAudit' : 'journal.searchErrors');
  return (
    <Page
      title={t(kind === 'audit' ? 'nav.audit' : 'nav.errors')}
      lead={t(kind === 'audit' ? 'journal.auditLead' : 'journal.errorsLead')}
    >
      <Stack gap="md">
        <SearchField
          label={search}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setPage(1);
          }}
        />
        {error === null ? null : <Failure error={error} onRetry={refetch} />}
        <DataTable
          label={t(kind === 'audit' ? 'nav.audit' : 'nav.errors')}
          columns={columns}
          items={data?.items}
          keyOf={({ id }) => id}
          minWidth={820}
          empty={
            q === '' ? (
              <Empty
                icon={<Icon size={40} stroke={1.3} />}
                title={t(kind === 'audit' ? 'journal.auditEmpty' : 'journal.errorsEmpty')}
                text={t(kind === 'audit' ? 'journal.auditEmptyText' : 'journal.errorsEmptyText')}
              />
            ) : (
              <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFound', { q })} text="" />
            )
          }
        />
        <Pager page={page} pageSize={PAGE_SIZE} total={data?.total} onPage={setPage} />
      </Stack>
    </Page>
  );
}

export const AuditPage = () => <Journal kind="audit" />;
export const ErrorsPage = () => <Journal kind="errors" />;
