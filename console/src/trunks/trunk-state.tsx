import { Group, Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TrunkStatus } from '../api/types.ts';

const COLORS = {
  up: 'teal.6',
  down: 'red.6',
  probing: 'yellow.6',
  parked: 'orange.6',
  'switched-off': 'gray.5',
} as const;

export function TrunkStateMark({ status }: { status: Pick<TrunkStatus, 'state' | 'down'> }) {
  const { t } = useTranslation();
  const { state, down } = status;
  const cause = down?.cause === undefined ? null : t(`trunks.cause.${down.cause}`);
  const text = t(`trunks.state.${state}`);
  return (
    <Tooltip label={cause ?? text} disabled={cause === null}>
      <Group gap={8} wrap="nowrap" component="span">
        <Text component="span" c={COLORS[state]} lh={0}>
          <span
            className="state-dot"
            style={{ display: 'inline-block' }}
            data-moving={state === 'probing' || undefined}
          />
        </Text>
        <Text component="span" size="sm" style={{ whiteSpace: 'nowrap' }}>
          {text}
          {cause === null ? '' : `: ${cause}`}
        </Text>
      </Group>
    </Tooltip>
  );
}
