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

function TrunkLine({ status, most }: { status: TrunkStatus; most: number }) {
  const { t, i18n } = useTranslation();
  const { active = 0, waiting = 0 } = status.calls;
  const share = Math.min(100, (100 * active) / most);
  const rate = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(callRate(status.name));
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
          {t('dashboard.trunks.rate', { rate })}
        </Text>
      </Group>
      <Progress
        mt={6}
        size="sm"
        value={share}
        color={share >= 90 ? 'red' : share >= 70 ? 'yellow' : 'accent'}
        aria-label={t('dashboard.trunks.lines', { active, most })}
      />
    </div>
  );
}

export function TrunkPanel() {
  const { t } = useTranslation();
  const status = useTrunkStatus();
  const trunks = useResources('trunks');
  // The rate falls with time alone.
  useLiveSlots();
  const most = new Map((trunks.data?.items ?? []).map((trunk) => [trunk.name, trunk.maxConcurrentCalls ?? 30]));
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
            <TrunkLine key={one.name} status={one} most={most.get(one.name) ?? 30} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}
