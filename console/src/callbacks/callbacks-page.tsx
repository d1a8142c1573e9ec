import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPhoneOff, IconPhonePlus, IconSearch } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import { DataTable, Pager } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { type GridQuestion, useCallbacks } from './callback-queries.ts';
import { ExportButton } from './export-button.tsx';
import { useGridColumns } from './grid-columns.tsx';
import { ClearFilters, Columns, Filters, Views } from './grid-toolbar.tsx';
import { ImportButton } from './import-button.tsx';
import { useColumnChoice } from './views.ts';

const NewCallback = lazy(() => import('./new-callback.tsx'));
const PAGE_SIZE = 50;

const FILTERS = ['state', 'outcome', 'number', 'inboundNumber', 'rule', 'q', 'from', 'to'] as const;
/** What reads as a number in the address is a text all the same. */
const TEXTS = ['number', 'inboundNumber', 'rule', 'q'] as const;

/** What is left out is left out of the address too. */
const given = (question: GridQuestion): Record<string, string | number> =>
  Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined)) as Record<string, string>;

function useQuestion() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string | number>;
  const question: GridQuestion = { ...search };
  for (const name of TEXTS) if (search[name] !== undefined) question[name] = String(search[name]);
  const show = (next: GridQuestion) => navigate({ to: '/callbacks', search: given(next), replace: true });
  const ask = (change: GridQuestion) => show({ ...question, page: undefined, ...change });
  return { question, ask, show };
}

function GridEmpty({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  return isFiltered ? (
    <Empty
      icon={<IconSearch size={40} stroke={1.3} />}
      title={t('callbacks.nothingFound')}
      text={t('callbacks.nothingFoundText')}
    />
  ) : (
    <Empty
      icon={<IconPhoneOff size={40} stroke={1.3} />}
      title={t('callbacks.empty')}
      text={t('callbacks.emptyText')}
    />
  );
}

function CreateButton() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  if (!useMay('callbacks:write')) return null;
  return (
    <>
      <Button leftSection={<IconPhonePlus size={16} />} onClick={open}>
        {t('callbacks.create')}
      </Button>
      {opened ? (
        <Suspense>
          <NewCallback onClose={close} />
        </Suspense>
      ) : null}
    </>
  );
}

export function CallbacksPage() {
  const { t } = useTranslation();
  const { question, ask, show } = useQuestion();
  const page = question.page ?? 1;
  const callbacks = useCallbacks({ ...question, page, pageSize: PAGE_SIZE });
  const choice = useColumnChoice();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const items = callbacks.data?.items;
  const columns = useGridColumns({ chosen: choice.chosen, items: items ?? [], selected, onSelect: setSelected });
  const isFiltered = FILTERS.some((name) => question[name] !== undefined);
  return (
    <Page title={t('callbacks.title')} lead={t('callbacks.lead')} actions={<CreateButton />}>
      <Stack gap="md">
        <Filters question={question} onAsk={ask} />
        <Group gap="xs">
          <Views question={question} onView={show} />
          <Columns {...choice} />
          <ExportButton question={question} total={callbacks.data?.total} />
          <ImportButton />
          {isFiltered ? <ClearFilters onView={show} /> : null}
        </Group>
        {callbacks.error === null ? null : <Failure error={callbacks.error} onRetry={callbacks.refetch} />}
        <BulkBar
          selected={selected}
          question={question}
          total={callbacks.data?.total}
          onDone={() => setSelected(new Set())}
        />
        <DataTable
          label={t('callbacks.title')}
          columns={columns}
          items={items}
          isStale={callbacks.isPlaceholderData}
          keyOf={({ id }) => id}
          sort={question.sort ?? '-acceptedAt'}
          onSort={(sort) => ask({ sort })}
          empty={<GridEmpty isFiltered={isFiltered} />}
          minWidth={760}
        />
        <Pager
          page={page}
          pageSize={PAGE_SIZE}
          total={callbacks.data?.total}
          isStale={callbacks.isPlaceholderData}
          onPage={(next) => ask({ page: next })}
        />
      </Stack>
    </Page>
  );
}
