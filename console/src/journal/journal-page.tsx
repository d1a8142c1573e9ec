/** Who changed what, and what went wrong: two lists of the same kind, by person, by day, from either end. */

import { Autocomplete, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHistory, IconMoodSmile } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Page as ListPage } from '../api/types.ts';
import { actorOf, actorText } from '../parts/actor-text.ts';
import type { Column } from '../parts/data-table.tsx';
import { Instant } from '../parts/instant.tsx';
import { Page } from '../parts/page.tsx';
import { instantOfDay } from '../parts/reader-day.ts';
import { SearchedList, useListView } from '../parts/searched-list.tsx';
import { deedText } from './deed-text.ts';
import { ErrorMessage } from './error-message.tsx';

const PAGE_SIZE = 50;

type Kind = 'audit' | 'errors';

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

interface Question {
  q: string;
  actor: string;
  from: string;
  to: string;
  page: number;
  pageSize: number;
  sort: string;
}

function useJournal(kind: Kind, { from, to, ...question }: Question) {
  return useQuery({
    queryKey: ['journal', kind, question, from, to],
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => {
      const query = { ...question, from: instantOfDay(from), to: instantOfDay(to, 1) };
      return (await api.get(`/api/v1/${kind}` as '/api/v1/audit', {
        query: query as never,
        signal,
      })) as ListPage<Entry>;
    },
  });
}

const valueText = (value: unknown) =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

/** Of what was made or deleted as a whole there is no field, and nothing before or after it. */
function changeText(field: string, before: unknown, after: unknown): string {
  if (field !== '') return `${field}: ${valueText(before)} → ${valueText(after)}`;
  const sign = before === undefined || before === null ? '+' : '−';
  const whole = sign === '+' ? after : before;
  if (typeof whole !== 'object' || whole === null) return `${sign} ${valueText(whole)}`;
  return `${sign} ${Object.entries(whole)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(' · ')}`;
}

function Changes({ changes }: { changes: Change[] }) {
  return (
    <Stack gap={2}>
      {changes.slice(0, 8).map(({ field, before, after }) => (
        <Text key={field} size="xs" className="mono" style={{ overflowWrap: 'anywhere' }}>
          {changeText(field, before, after)}
        </Text>
      ))}
      {changes.length > 8 ? <Text size="xs">…</Text> : null}
    </Stack>
  );
}

function useColumns(kind: Kind): ReadonlyArray<Column<Entry>> {
  const { t } = useTranslation();
  const words = (text: string | null | undefined) => (
    <Text size="sm" style={{ overflowWrap: 'break-word' }}>
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
    { key: 'at', title: t('journal.at'), sort: 'at', width: 130, cell: ({ at }) => <Instant at={at} /> },
    { key: 'actor', title: t('journal.actor'), cell: ({ actor }) => words(actor && actorText(t, actor)) },
    { key: 'subject', title: t('journal.subject'), cell: ({ subject }) => words(subject) },
    ...last,
  ];
}

/** Those who stand in what was shown so far, to choose from: who may read the audit need not see the users. */
function useSeen(entries: readonly Entry[] | undefined): string[] {
  const seen = useRef(new Set<string>());
  for (const { actor } of entries ?? []) if (actor !== null) seen.current.add(actor);
  return [...seen.current].sort();
}

function useFilters(view: ReturnType<typeof useListView>) {
  const { t } = useTranslation();
  const [person, setPerson] = useState('');
  const [actor] = useDebouncedValue(actorOf(t, person.trim()), 250);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  /** What is filtered anew begins at its first page. */
  const anew = (set: (value: string) => void) => (value: string) => {
    set(value);
    view.setPage(1);
  };
  return { person, actor, from, to, setPerson: anew(setPerson), setFrom: anew(setFrom), setTo: anew(setTo) };
}

function Filters({ filters, people }: { filters: ReturnType<typeof useFilters>; people: string[] }) {
  const { t } = useTranslation();
  const { person, from, to, setPerson, setFrom, setTo } = filters;
  return (
    <>
      <Autocomplete
        w={200}
        label={t('journal.person')}
        placeholder={t('journal.anybody')}
        data={people.map((one) => actorText(t, one))}
        value={person}
        onChange={setPerson}
      />
      <TextInput
        type="date"
        w={150}
        label={t('journal.from')}
        value={from}
        onChange={({ currentTarget: { value } }) => setFrom(value)}
      />
      <TextInput
        type="date"
        w={150}
        label={t('journal.to')}
        value={to}
        onChange={({ currentTarget: { value } }) => setTo(value)}
      />
    </>
  );
}

function useWords(kind: Kind) {
  const { t } = useTranslation();
  return kind === 'audit'
    ? {
        title: t('nav.audit'),
        lead: t('journal.auditLead'),
        search: t('journal.searchAudit'),
        empty: t('journal.auditEmpty'),
        emptyText: t('journal.auditEmptyText'),
      }
    : {
        title: t('nav.errors'),
        lead: t('journal.errorsLead'),
        search: t('journal.searchErrors'),
        empty: t('journal.errorsEmpty'),
        emptyText: t('journal.errorsEmptyText'),
      };
}

function Journal({ kind }: { kind: Kind }) {
  const view = useListView(PAGE_SIZE);
  const filters = useFilters(view);
  const { actor, from, to } = filters;
  const { page, pageSize, sort } = view;
  const q = view.searched.trim();
  const { data, error, refetch } = useJournal(kind, { q, actor, from, to, page, pageSize, sort });
  const people = useSeen(data?.items);
  const columns = useColumns(kind);
  const words = useWords(kind);
  const Icon = kind === 'audit' ? IconHistory : IconMoodSmile;
  return (
    <Page title={words.title} lead={words.lead}>
      <Stack gap="md">
        <SearchedList
          {...{ view, q, words, columns, data, error }}
          icon={<Icon size={40} stroke={1.3} />}
          keyOf={({ id }) => id}
          add={null}
          onRetry={refetch}
          minWidth={820}
          filters={<Filters filters={filters} people={people} />}
          isFiltered={actor !== '' || from !== '' || to !== ''}
        />
      </Stack>
    </Page>
  );
}

export const AuditPage = () => <Journal kind="audit" />;
export const ErrorsPage = () => <Journal kind="errors" />;
