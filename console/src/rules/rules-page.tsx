import { Alert, Button, Group, Stack } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconInfoCircle, IconPhoneOff, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { CallbackRule } from '../api/types.ts';
import { type Column, DataTable, Pager } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { RowActions } from '../parts/row-actions.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SectionImportButton } from '../parts/section-import.tsx';
import { originText } from './rule-words.ts';

const PAGE_SIZE = 20;

function useColumns(): ReadonlyArray<Column<CallbackRule>> {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return [
    {
      key: 'origin',
      title: t('rules.column.origin'),
      sort: 'origin',
      cell: (rule) => (
        <Link to="/callback-rules/$name" params={{ name: rule.name }} className="row-link number">
          {originText(t, rule)}
        </Link>
      ),
    },
    { key: 'name', title: t('rules.column.name'), sort: 'name', cell: ({ name }) => name },
    { key: 'trunk', title: t('rules.column.trunk'), sort: 'trunk', cell: ({ trunk }) => trunk ?? '' },
    {
      key: 'outgoingRule',
      title: t('rules.column.outgoingRule'),
      sort: 'outgoingRule',
      cell: ({ outgoingRule }) => outgoingRule ?? '',
    },
    {
      key: 'actions',
      title: t('action.actions'),
      width: 96,
      align: 'right',
      cell: (rule) => (
        <RowActions
          resource="callback-rules"
          name={rule.name}
          item={rule}
          question={{ title: t('rules.delete', { name: rule.name }), text: t('rules.deleteText') }}
          onEdit={() => navigate({ to: '/callback-rules/$name', params: { name: rule.name } })}
          onDuplicate={() => navigate({ to: '/new-callback-rule', search: { copy: rule.name } })}
        />
      ),
    },
  ];
}

/** Seed of many questions: the rules are there, and no call is called back. */
function NoInboundNumber() {
  const { t } = useTranslation();
  const numbers = useResources('inbound-numbers');
  if (numbers.data === undefined || numbers.data.items.some(({ callback }) => callback === true)) return null;
  return (
    <Alert color="yellow" icon={<IconInfoCircle size={18} />}>
      <Group justify="space-between">
        {t('rules.noInbound')}
        <Button component={Link} to="/inbound-numbers" size="xs" variant="default">
          {t('rules.noInboundAction')}
        </Button>
      </Group>
    </Alert>
  );
}

function AddRule() {
  const { t } = useTranslation();
  return useMay('numbers:write') ? (
    <Button component={Link} to="/new-callback-rule" leftSection={<IconPlus size={16} />}>
      {t('rules.add')}
    </Button>
  ) : null;
}

export function RulesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; page?: number; sort?: string };
  const question = {
    q: String(search.q ?? ''),
    page: Number(search.page ?? 1),
    pageSize: PAGE_SIZE,
    sort: search.sort,
  };
  const rules = useResources('callback-rules', question);
  const [typed, setTyped] = useState(question.q);
  const ask = (change: Record<string, string | number | undefined>) =>
    navigate({ to: '/callback-rules', search: { ...search, ...change }, replace: true });
  const askLater = useDebouncedCallback((q: string) => ask({ q: q === '' ? undefined : q, page: undefined }), 200);
  const columns = useColumns();
  const empty =
    question.q === '' ? (
      <Empty
        icon={<IconPhoneOff size={40} stroke={1.3} />}
        title={t('rules.empty')}
        text={t('rules.emptyText')}
        action={<AddRule />}
      />
    ) : (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('rules.nothingFound', { q: question.q })} text="" />
    );
  return (
    <Page
      title={t('rules.title')}
      lead={t('rules.lead')}
      actions={
        <>
          <SectionImportButton resource="callback-rules" />
          <AddRule />
        </>
      }
    >
      <Stack gap="md">
        <NoInboundNumber />
        <SearchField
          label={t('rules.search')}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            askLater(value);
          }}
        />
        {rules.error === null ? null : <Failure error={rules.error} onRetry={rules.refetch} />}
        <DataTable
          label={t('rules.title')}
          columns={columns}
          items={rules.data?.items}
          keyOf={({ name }) => name}
          sort={search.sort ?? ''}
          onSort={(sort) => ask({ sort })}
          empty={empty}
        />
        <Pager
          page={question.page}
          pageSize={PAGE_SIZE}
          total={rules.data?.total}
          isStale={rules.isPlaceholderData}
          onPage={(page) => ask({ page })}
        />
      </Stack>
    </Page>
  );
}
