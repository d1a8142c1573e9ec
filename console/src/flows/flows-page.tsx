/** The flows, what they do, and who uses them. */

import { Button, Text } from '@mantine/core';
import { IconGitBranch, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { Flow } from '../api/types.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { planFlow } from './flow-plan.ts';
import { useFlowUses } from './flow-uses.ts';
import { componentText } from './flow-words.ts';
import { UseList } from './use-list.tsx';

function Summary({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const places = planFlow(flow);
  return (
    <>
      <Text size="sm">{places[0] === undefined ? t('none') : componentText(t, places[0].component)}</Text>
      <Text size="xs" c="dimmed">
        {t('flows.steps', { count: places.length })}
      </Text>
    </>
  );
}

export function FlowsPage() {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const { data, error, refetch } = useResources('flows', { q, pageSize: 1000 });
  const usesOf = useFlowUses();
  const empty =
    q === '' ? (
      <Empty
        icon={<IconGitBranch size={40} stroke={1.3} />}
        title={t('flows.empty')}
        text={t('flows.emptyText')}
        action={
          <Button component={Link} to="/settings" variant="default">
            {t('flows.toSettings')}
          </Button>
        }
      />
    ) : (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFound', { q })} text="" />
    );
  return (
    <Page title={t('flows.title')} lead={t('flows.lead')}>
      <SearchField label={t('flows.search')} value={q} onChange={setQ} />
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      <DataTable
        label={t('flows.title')}
        items={data?.items}
        keyOf={({ name }) => name}
        empty={empty}
        columns={[
          {
            key: 'name',
            title: t('flows.column.name'),
            cell: ({ name }) => (
              <Link to="/flows/$name" params={{ name }} className="row-link">
                {name}
              </Link>
            ),
          },
          { key: 'does', title: t('flows.column.does'), cell: (flow) => <Summary flow={flow} /> },
          {
            key: 'usedBy',
            title: t('flows.column.usedBy'),
            cell: ({ name }) => (usesOf === undefined ? null : <UseList uses={usesOf(name)} />),
          },
        ]}
      />
    </Page>
  );
}
