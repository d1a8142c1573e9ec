/** The flows, what they do, and who uses them. */

import { Button, Menu, Text } from '@mantine/core';
import { IconGitBranch, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { Flow } from '../api/types.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { RowActions } from '../parts/row-actions.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { draftOf } from './flow-draft.ts';
import { planFlow } from './flow-plan.ts';
import { useFlowUses } from './flow-uses.ts';
import { componentText } from './flow-words.ts';
import { SAMPLE_NAMES } from './sample-names.ts';
import { UseList } from './use-list.tsx';

function Summary({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const places = planFlow(draftOf(flow));
  return (
    <>
      <Text size="sm">{places[0] === undefined ? t('none') : componentText(t, places[0].component)}</Text>
      <Text size="xs" c="dimmed">
        {t('flows.steps', { count: places.length })}
      </Text>
    </>
  );
}

function AddFlow() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!useMay('configuration:write')) return null;
  const begin = (sample?: string) => void navigate({ to: '/new-flow', search: sample === undefined ? {} : { sample } });
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} />}>{t('flows.add')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => begin()}>{t('flows.fromNothing')}</Menu.Item>
        <Menu.Label>{t('flows.fromSample')}</Menu.Label>
        {SAMPLE_NAMES.map((sample) => (
          <Menu.Item key={sample} onClick={() => begin(sample)}>
            {t(`flows.sample.${sample}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function useActions(): Column<Flow> {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return {
    key: 'actions',
    title: t('action.actions'),
    width: 96,
    align: 'right',
    cell: (flow) => (
      <RowActions
        resource="flows"
        name={flow.name}
        item={flow}
        question={{ title: t('flows.delete', { name: flow.name }), text: t('flows.deleteListText') }}
        onEdit={() => navigate({ to: '/flows/$name/edit', params: { name: flow.name } })}
        onDuplicate={() => navigate({ to: '/new-flow', search: { copy: flow.name } })}
      />
    ),
  };
}

export function FlowsPage() {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const { data, error, refetch } = useResources('flows', { q, pageSize: 1000 });
  const usesOf = useFlowUses();
  const actions = useActions();
  const empty =
    q === '' ? (
      <Empty
        icon={<IconGitBranch size={40} stroke={1.3} />}
        title={t('flows.empty')}
        text={t('flows.emptyText')}
        action={<AddFlow />}
      />
    ) : (
      <Empty icon={<IconSearch size={40} stroke={1.3} />} title={t('nothingFound', { q })} text="" />
    );
  return (
    <Page title={t('flows.title')} lead={t('flows.lead')} actions={<AddFlow />}>
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
          actions,
        ]}
      />
    </Page>
  );
}
