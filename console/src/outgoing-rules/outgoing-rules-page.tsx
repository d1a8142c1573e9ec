import { Text } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { OutgoingRule } from '../api/types.ts';
import { ResourcePage } from '../parts/resource-page.tsx';
import { NEW_ROUTE, OutgoingRuleFields } from './route-fields.tsx';
import { RuleTester } from './rule-tester.tsx';

const trunksOf = ({ routes }: OutgoingRule): string[] => [
  ...new Set(
    routes.flatMap(({ trunks }) => trunks.map((trunk) => (typeof trunk === 'string' ? trunk : (trunk.name ?? '')))),
  ),
];

export function OutgoingRulesPage() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource="outgoing-rules"
      words={{
        title: t('outgoing.title'),
        lead: t('outgoing.lead'),
        add: t('outgoing.add'),
        search: t('outgoing.search'),
        empty: t('outgoing.empty'),
        emptyText: t('outgoing.emptyText'),
        new: t('outgoing.new'),
        edit: t('outgoing.edit'),
      }}
      icon={<IconRoute size={40} stroke={1.3} />}
      keyOf={({ name }) => name}
      columns={[
        {
          key: 'name',
          title: t('outgoing.column.name'),
          sort: 'name',
          cell: ({ name }) => (
            <Text size="sm" fw={500}>
              {name}
            </Text>
          ),
        },
        {
          key: 'routes',
          title: t('outgoing.column.routes'),
          cell: ({ routes }) =>
            routes.map(({ match, rewrite }) => (
              <div key={match} className="mono">
                {match}
                {rewrite ? ` → ${rewrite}` : ''}
              </div>
            )),
        },
        { key: 'trunks', title: t('outgoing.column.trunks'), cell: (rule) => trunksOf(rule).join(', ') },
      ]}
      deletion={(name) => ({ title: t('outgoing.delete', { name }), text: t('outgoing.deleteText') })}
      blank={{ name: '', routes: [NEW_ROUTE] }}
      fields={(form) => <OutgoingRuleFields form={form} />}
      beside={<RuleTester />}
    />
  );
}
