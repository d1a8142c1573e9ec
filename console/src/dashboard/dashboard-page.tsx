import { Box, Grid, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isLimited, useSession } from '../api/session.ts';
import { BarChart } from '../parts/bar-chart.tsx';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { useLiveSlots } from './live-counts.ts';
import { useStateCounts } from './now-queries.ts';
import { SwitchPanel } from './switch-panel.tsx';
import { TodayPanel } from './today-panel.tsx';
import { TrunkPanel } from './trunk-panel.tsx';

export function Panel({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <Box component="section" className="panel" p="lg" aria-label={title} h="100%">
      <Title order={2}>{title}</Title>
      {lead === undefined ? null : (
        <Text size="sm" c="dimmed">
          {lead}
        </Text>
      )}
      <Box mt="md">{children}</Box>
    </Box>
  );
}

interface TileProps {
  title: string;
  text: string;
  value: number | undefined;
  search: Record<string, string>;
}

function Tile({ title, text, value, search }: TileProps) {
  const { i18n } = useTranslation();
  return (
    <Link to="/callbacks" search={search} className="panel tile">
      <Text size="sm" c="dimmed" fw={550}>
        {title}
      </Text>
      <Text className="tile-value" data-testid={`tile-${search['state']}`}>
        {value === undefined ? '·' : new Intl.NumberFormat(i18n.language).format(value)}
      </Text>
      <Text size="xs" c="dimmed">
        {text}
      </Text>
    </Link>
  );
}

function Tiles() {
  const { t } = useTranslation();
  const { data, error, refetch } = useStateCounts();
  if (error !== null && data === undefined) return <Failure error={error} onRetry={refetch} />;
  const talking = data && data.answered + data.connecting + data.connected;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} component="section" aria-label={t('dashboard.now')}>
      <Tile
        title={t('dashboard.waiting')}
        text={t('dashboard.waitingText')}
        value={data?.scheduled}
        search={{ state: 'scheduled', sort: 'dueAt' }}
      />
      <Tile
        title={t('dashboard.late')}
        text={t('dashboard.lateText')}
        value={data?.queued}
        search={{ state: 'queued' }}
      />
      <Tile
        title={t('dashboard.ringing')}
        text={t('dashboard.ringingText')}
        value={data?.dialing}
        search={{ state: 'dialing' }}
      />
      <Tile
        title={t('dashboard.talking')}
        text={t('dashboard.talkingText')}
        value={talking}
        search={{ state: 'connected' }}
      />
    </SimpleGrid>
  );
}

function LivePanel() {
  const { t, i18n } = useTranslation();
  const slots = useLiveSlots();
  const format = new Intl.DateTimeFormat(i18n.language, { hour: '2-digit', minute: '2-digit' });
  const isQuiet = slots.every(({ accepted, dialled, answered }) => accepted + dialled + answered === 0);
  return (
    <Panel title={t('dashboard.live.title')} lead={t('dashboard.live.lead')}>
      {isQuiet ? (
        <Text c="dimmed" py="xl" ta="center">
          {t('dashboard.live.empty')}
        </Text>
      ) : (
        <BarChart
          label={t('dashboard.live.label')}
          ticks={slots.map(({ at }) => format.format(at))}
          tickEvery={12}
          series={[
            {
              name: t('dashboard.live.accepted'),
              color: 'var(--chart-1)',
              values: slots.map(({ accepted }) => accepted),
            },
            { name: t('dashboard.live.dialled'), color: 'var(--chart-2)', values: slots.map(({ dialled }) => dialled) },
            {
              name: t('dashboard.live.answered'),
              color: 'var(--chart-3)',
              values: slots.map(({ answered }) => answered),
            },
          ]}
        />
      )}
    </Panel>
  );
}

export function DashboardPage() {
  const { t } = useTranslation();
  const session = useSession();
  // Counted over all inbound numbers, which is not for who looks after some.
  const isOfAll = session ? !isLimited(session) : false;
  return (
    <Page title={t('dashboard.title')} lead={t('dashboard.lead')}>
      <Stack gap="lg">
        <Tiles />
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <SwitchPanel />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <TrunkPanel />
          </Grid.Col>
          {isOfAll ? (
            <Grid.Col span={12}>
              <TodayPanel />
            </Grid.Col>
          ) : null}
          <Grid.Col span={12}>
            <LivePanel />
          </Grid.Col>
        </Grid>
      </Stack>
    </Page>
  );
}
