/** One webhook: what it is told, how that went, and what can be done about it. */

import { Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArrowLeft,
  IconMailForward,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSend,
  IconTrash,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeptOne } from '../api/administration.ts';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { LoggedDelivery, Webhook } from '../api/types.ts';
import { type Column, DataTable, Pager } from '../parts/data-table.tsx';
import { Dotted } from '../parts/dotted.tsx';
import { Failure } from '../parts/failure.tsx';
import { durationText, Instant } from '../parts/instant.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { eventText } from './event-types.ts';
import { failureText } from './failure-text.ts';
import { useWebhookDeeds } from './webhook-deeds.ts';
import { EditWebhook } from './webhook-form.tsx';
import { WebhookState } from './webhook-state.tsx';

const READ_AGAIN_MS = 5_000;
const PAGE_SIZE = 25;

function Facts({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const { url, events, timeoutSeconds, failingSince, createdAt } = webhook;
  const facts: Array<[string, React.ReactNode]> = [
    [t('webhooks.column.state'), <WebhookState key="state" webhook={webhook} />],
    [
      t('webhooks.url'),
      <span key="url" className="mono">
        {url}
      </span>,
    ],
    [
      t('webhooks.events'),
      events.length === 0 ? t('webhooks.allEvents') : events.map((type) => eventText(t, type)).join(', '),
    ],
    [t('webhooks.timeout'), `${timeoutSeconds} ${t('unit.seconds')}`],
    [t('webhooks.since'), <Instant key="since" at={createdAt} />],
    ...(failingSince === null
      ? []
      : ([[t('webhooks.failingSince'), <Instant key="failing" at={failingSince} />]] as Array<
          [string, React.ReactNode]
        >)),
  ];
  return (
    <Box className="panel" p="lg">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm">
              {value}
            </Text>
          </div>
        ))}
      </dl>
    </Box>
  );
}

function useDeliveryColumns(resend: (id: string) => void, isBusy: boolean): ReadonlyArray<Column<LoggedDelivery>> {
  const { t } = useTranslation();
  const may = useMay('webhooks:write');
  return [
    { key: 'at', title: t('journal.at'), sort: 'at', width: 130, cell: ({ at }) => <Instant at={at} /> },
    {
      key: 'ok',
      title: t('webhooks.result'),
      cell: ({ ok, status, failure }) => {
        const why = failureText(t, { status, failure });
        return (
          <Stack gap={2} align="flex-start">
            <Dotted color={ok ? 'teal.6' : 'red.6'}>{status ?? t('webhooks.noAnswer')}</Dotted>
            {why === null ? null : (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {why}
              </Text>
            )}
          </Stack>
        );
      },
    },
    {
      key: 'events',
      title: t('webhooks.column.events'),
      cell: ({ events, first, last }) =>
        first === null ? (
          t('webhooks.aTest')
        ) : (
          <span className="number">{t('webhooks.someEvents', { count: events, span: `${first}–${last}` })}</span>
        ),
    },
    {
      key: 'attempt',
      title: t('webhooks.attempt'),
      align: 'right',
      cell: ({ attempt }) => <span className="number">{attempt}</span>,
    },
    {
      key: 'durationMs',
      title: t('webhooks.duration'),
      align: 'right',
      cell: ({ durationMs }) => <span className="number">{durationText(durationMs)}</span>,
    },
    {
      key: 'actions',
      title: t('action.actions'),
      align: 'right',
      cell: ({ id, first }) =>
        may && first !== null ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconMailForward size={14} />}
            disabled={isBusy}
            onClick={() => resend(id)}
          >
            {t('webhooks.resend')}
          </Button>
        ) : null,
    },
  ];
}

function Deliveries({ name }: { name: string }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const [sort, setSort] = useState('');
  const { resend, isBusy } = useWebhookDeeds(name);
  const columns = useDeliveryColumns(resend, isBusy);
  const { data, error, refetch } = useQuery({
    queryKey: ['webhooks', 'deliveries', name, page, sort],
    placeholderData: keepPreviousData,
    refetchInterval: READ_AGAIN_MS,
    queryFn: ({ signal }) =>
      api.get('/api/v1/webhooks/{name}/deliveries', {
        parameters: { name },
        query: { page, pageSize: PAGE_SIZE, sort } as never,
        signal,
      }),
  });
  return (
    <Stack gap="md">
      <Title order={2}>{t('webhooks.deliveries')}</Title>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      <DataTable
        label={t('webhooks.deliveries')}
        columns={columns}
        items={data?.items}
        keyOf={({ id }) => id}
        sort={sort}
        onSort={setSort}
        minWidth={760}
        empty={
          <Empty
            icon={<IconSend size={40} stroke={1.3} />}
            title={t('webhooks.noDeliveries')}
            text={t('webhooks.noDeliveriesText')}
          />
        }
      />
      <Pager page={page} pageSize={PAGE_SIZE} total={data?.total} onPage={setPage} />
    </Stack>
  );
}

function Actions({ webhook, onEdit }: { webhook: Webhook; onEdit: () => void }) {
  const { name, enabled } = webhook;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { turn, test, remove, isBusy } = useWebhookDeeds(name);
  if (!useMay('webhooks:write')) return null;
  const leave = async () => {
    if (await remove(webhook)) await navigate({ to: '/webhooks' });
  };
  return (
    <>
      <Button leftSection={<IconSend size={16} />} disabled={isBusy} onClick={test}>
        {t('webhooks.test')}
      </Button>
      <Button
        variant="default"
        leftSection={enabled ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
        disabled={isBusy}
        onClick={() => turn(!enabled)}
      >
        {t(enabled ? 'webhooks.pause' : 'webhooks.resume')}
      </Button>
      <Button variant="default" leftSection={<IconPencil size={16} />} onClick={onEdit}>
        {t('action.edit')}
      </Button>
      <Button
        variant="default"
        c="var(--mantine-color-error)"
        leftSection={<IconTrash size={16} />}
        onClick={() => void leave()}
      >
        {t('action.delete')}
      </Button>
    </>
  );
}

export function WebhookPage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false }) as { name: string };
  const [opened, { open, close }] = useDisclosure(false);
  const { data, error, refetch } = useKeptOne('webhooks', name, { refetchInterval: READ_AGAIN_MS });
  const back = (
    <Link to="/webhooks" className="text-link">
      <Group gap={4} component="span">
        <IconArrowLeft size={14} aria-hidden />
        {t('webhooks.title')}
      </Group>
    </Link>
  );
  return (
    <Page title={name} lead={back} actions={data === undefined ? null : <Actions webhook={data.item} onEdit={open} />}>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      {data === undefined ? null : (
        <>
          <Facts webhook={data.item} />
          <Deliveries name={name} />
        </>
      )}
      {opened ? <EditWebhook name={name} onClose={close} /> : null}
    </Page>
  );
}
