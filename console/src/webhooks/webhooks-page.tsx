import { Button, Switch, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import type { Webhook } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { ListPage } from '../parts/list-page.tsx';
import { eventText } from './event-types.ts';
import { useWebhookDeeds } from './webhook-deeds.ts';
import { NewWebhook } from './webhook-form.tsx';
import { WebhookState } from './webhook-state.tsx';

const READ_AGAIN_MS = 10_000;
const MOST_SHOWN = 3;

function EnabledSwitch({ name, enabled }: Pick<Webhook, 'name' | 'enabled'>) {
  const { t } = useTranslation();
  const { turn, isBusy } = useWebhookDeeds(name);
  const may = useMay('webhooks:write');
  return (
    <Switch
      checked={enabled}
      disabled={!may || isBusy}
      aria-label={t('webhooks.enabledOf', { name })}
      onChange={({ currentTarget: { checked } }) => turn(checked)}
    />
  );
}

function Events({ events }: Pick<Webhook, 'events'>) {
  const { t } = useTranslation();
  if (events.length === 0) return t('webhooks.allEvents');
  const shown = events.slice(0, MOST_SHOWN).map((type) => eventText(t, type));
  const rest = events.length - shown.length;
  return (
    <Text size="sm">
      {shown.join(', ')}
      {rest > 0 ? ` ${t('webhooks.more', { count: rest })}` : ''}
    </Text>
  );
}

export function WebhooksPage() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const may = useMay('webhooks:write');
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t('webhooks.add')}
    </Button>
  ) : null;
  const columns: ReadonlyArray<Column<Webhook>> = [
    {
      key: 'enabled',
      title: t('webhooks.enabled'),
      width: 90,
      sort: 'enabled',
      cell: ({ name, enabled }) => <EnabledSwitch name={name} enabled={enabled} />,
    },
    {
      key: 'name',
      title: t('webhooks.name'),
      sort: 'name',
      cell: ({ name }) => (
        <Link to="/webhooks/$name" params={{ name }} className="row-link">
          {name}
        </Link>
      ),
    },
    {
      key: 'url',
      title: t('webhooks.url'),
      sort: 'url',
      cell: ({ url }) => (
        <span className="mono" style={{ overflowWrap: 'anywhere' }}>
          {url}
        </span>
      ),
    },
    { key: 'events', title: t('webhooks.events'), cell: ({ events }) => <Events events={events} /> },
    { key: 'state', title: t('webhooks.column.state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
  ];
  return (
    <ListPage
      kind="webhooks"
      words={{
        title: t('webhooks.title'),
        lead: t('webhooks.lead'),
        search: t('webhooks.search'),
        empty: t('webhooks.empty'),
        emptyText: t('webhooks.emptyText'),
      }}
      icon={<IconWebhook size={40} stroke={1.3} />}
      columns={columns}
      keyOf={({ name }) => name}
      add={add}
      minWidth={860}
      everyMs={READ_AGAIN_MS}
    >
      {opened ? <NewWebhook onClose={close} /> : null}
    </ListPage>
  );
}
