import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useResources, useTrunkStatus } from '../api/queries.ts';
import type { TrunkStatus } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { Empty } from '../parts/page.tsx';
import { TrunkStateMark } from '../trunks/trunk-state.tsx';
import { Panel } from './dashboard-page.tsx';
import { callRate, useLiveSlots } from './live-counts.ts';

interface TrunkLineProps {
  status: TrunkStatus;
  most: number;
  mostPerSecond: number;
}

function TrunkLine({ status, most, mostPerSecond }: TrunkLineProps) {
  const { t, i18n } = useTranslation();
  const { active = 0, waiting = 0 } = status.calls;
  const share = Math.min(100, (100 * active) / most);
  const format = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const rate = format.format(callRate(status.name));
  const registration = status.registration?.state;
  const trouble =
    status.alarm === 'credentials'
      ? t('trunks.cause.credentials')
      : registration === 'failed'
        ? t('trunks.registered.failed', { error: status.registration?.lastError ?? '' })
        : null;
  return (
    <div>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <TrunkStateMark status={status} />
          <Link to="/trunks" className="row-link">
            {status.name}
          </Link>
        </Group>
        <Text size="sm" c="dimmed" className="number">
          {t('dashboard.trunks.lines', { active, most })}
          {waiting > 0 ? ` · ${t('dashboard.trunks.waiting', { count: waiting })}` : ''} ·{' '}
          {t('dashboard.trunks.rateOf', { rate, most: format.format(mostPerSecond) })}
        </Text>
      </Group>
      <Progress
        mt={6}
        size="sm"
        value={share}
        color={share >= 90 ? 'red' : share >= 70 ? 'yellow' : 'accent'}
        aria-label={t('dashboard.trunks.lines', { active, most })}
      />
      {trouble === null ? null : (
        <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert">
          {trouble}
        </Text>
      )}
    </div>
  );
}

export function TrunkPanel() {
  const { t } = useTranslation();
  const status = useTrunkStatus();
  const trunks = useResources('trunks');
  // The rate falls with time alone.
  useLiveSlots();
  const limits = new Map((trunks.data?.items ?? []).map((trunk) => [trunk.name, trunk]));
  const items = status.data?.items;
  return (
    <Panel title={t('dashboard.trunks.title')}>
      {status.error === null || items !== undefined ? null : <Failure error={status.error} onRetry={status.refetch} />}
      {items?.length === 0 ? (
        <Empty
          icon={<IconPlugConnected size={36} stroke={1.3} />}
          title={t('dashboard.trunks.none')}
          text={t('dashboard.trunks.noneText')}
          action={
            <Button component={Link} to="/trunks" size="sm">
              {t('dashboard.trunks.add')}
            </Button>
          }
        />
      ) : (
        <Stack gap="md">
          {(items ?? []).map((one) => (
            <TrunkLine
              key={one.name}
              status={one}
              most={limits.get(one.name)?.maxConcurrentCalls ?? 30}
              mostPerSecond={limits.get(one.name)?.maxCallsPerSecond ?? 5}
            />
          ))}
        </Stack>
      )}
    </Panel>
  );
}
