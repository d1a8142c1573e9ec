import { Box, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Statistics } from '../api/types.ts';
import { reasonText } from '../callbacks/state-words.tsx';
import { BarChart } from '../parts/bar-chart.tsx';
import { Failure } from '../parts/failure.tsx';
import { Panel } from './dashboard-page.tsx';
import { startOfToday, useToday } from './now-queries.ts';
import { perHour } from './per-hour.ts';

const HOUR_MS = 3_600_000;
const MOST_REASONS = 6;
/** As many times of day have room beside each other on a telephone. */
const MOST_TICKS = 6;

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0);

function Sums({ today }: { today: Statistics }) {
  const { t, i18n } = useTranslation();
  const { accepted, outcomes } = today.totals;
  const done = sum(outcomes);
  const reached = outcomes['connected'] ?? 0;
  const number = new Intl.NumberFormat(i18n.language);
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(done === 0 ? 0 : reached / done);
  return (
    <Group gap={48} align="flex-start" style={{ rowGap: 20 }}>
      <div>
        <Text size="sm" c="dimmed" fw={550}>
          {t('dashboard.today.accepted')}
        </Text>
        <Text className="tile-value" data-testid="today-accepted">
          {number.format(accepted)}
        </Text>
      </div>
      <div>
        <Text size="sm" c="dimmed" fw={550}>
          {t('dashboard.today.reached')}
        </Text>
        <Text className="tile-value">{number.format(reached)}</Text>
        <Text size="xs" c="dimmed">
          {t('dashboard.today.rate', { percent })}
        </Text>
      </div>
      <div>
        <Text size="sm" c="dimmed" fw={550}>
          {t('dashboard.today.lateness')}
        </Text>
        <Text className="tile-value">
          {today.latenessMs === null ? '–' : `${number.format(today.latenessMs.p99)} ms`}
        </Text>
        <Text size="xs" c="dimmed">
          {today.latenessMs === null
            ? t('dashboard.today.latenessNone')
            : t('dashboard.today.latenessText', today.latenessMs)}
        </Text>
      </div>
    </Group>
  );
}

function Reasons({ today }: { today: Statistics }) {
  const { t } = useTranslation();
  const reasons = Object.entries(today.totals.reasons).sort(([, a], [, b]) => b - a);
  const most = reasons[0]?.[1] ?? 1;
  return (
    <div>
      <Title order={3} mb="sm">
        {t('dashboard.today.notReached')}
      </Title>
      {reasons.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('dashboard.today.everyReached')}
        </Text>
      ) : (
        <Stack gap={8}>
          {reasons.slice(0, MOST_REASONS).map(([reason, count]) => (
            <div key={reason} className="reason-row">
              <Text size="sm">{reasonText(t, reason)}</Text>
              <Progress
                value={(100 * count) / most}
                color="orange"
                size="sm"
                aria-label={reasonText(t, reason) ?? reason}
              />
              <Text size="sm" ta="right" className="number">
                {count}
              </Text>
            </div>
          ))}
        </Stack>
      )}
    </div>
  );
}

function Hours({ today }: { today: Statistics }) {
  const { t, i18n } = useTranslation();
  const midnight = startOfToday().getTime();
  const { accepted, reached } = perHour(today.slots, midnight, Date.now());
  const format = new Intl.DateTimeFormat(i18n.language, { hour: '2-digit', minute: '2-digit' });
  return (
    <Box>
      <Title order={3} mb="sm">
        {t('dashboard.today.perHour')}
      </Title>
      <BarChart
        label={t('dashboard.today.perHour')}
        ticks={accepted.map((_, hour) => format.format(midnight + hour * HOUR_MS))}
        tickEvery={Math.ceil(accepted.length / MOST_TICKS)}
        series={[
          { name: t('dashboard.today.accepted'), color: 'var(--chart-1)', values: accepted },
          { name: t('dashboard.today.reached'), color: 'var(--chart-3)', values: reached },
        ]}
      />
    </Box>
  );
}

export function TodayPanel() {
  const { t, i18n } = useTranslation();
  const { data: today, error, refetch } = useToday();
  if (error !== null && today === undefined) return <Failure error={error} onRetry={refetch} />;
  if (today === undefined) return <Panel title={t('dashboard.today.title')}>{t('loading')}</Panel>;
  const isPartial = Date.parse(today.knownSince) > startOfToday().getTime();
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short' }).format(new Date(today.knownSince));
  const isEmpty = today.totals.accepted === 0 && sum(today.totals.outcomes) === 0;
  return (
    <Panel
      title={t('dashboard.today.title')}
      {...(isPartial ? { lead: t('dashboard.today.knownSince', { time }) } : {})}
    >
      {isEmpty ? (
        <Text c="dimmed" py="xl" ta="center">
          {t('dashboard.today.empty')}
        </Text>
      ) : (
        <Stack gap="xl">
          <Sums today={today} />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
            <Hours today={today} />
            <Reasons today={today} />
          </SimpleGrid>
        </Stack>
      )}
    </Panel>
  );
}
