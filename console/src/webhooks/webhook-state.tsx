import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/types.ts';
import { Dotted } from '../parts/dotted.tsx';
import { Instant } from '../parts/instant.tsx';

/** Paused, delivering, or since when nobody takes what is sent and when it is tried again. */
export function WebhookState({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const { enabled, failures, nextTryAt } = webhook;
  const isFailing = enabled && failures > 0;
  const state = !enabled ? 'paused' : isFailing ? 'failing' : 'delivering';
  const color = { paused: 'gray.5', failing: 'red.6', delivering: 'teal.6' }[state];
  return (
    <Stack gap={2} align="flex-start">
      <Dotted color={color}>{t(`webhooks.state.${state}`)}</Dotted>
      {isFailing ? (
        <Group gap={4}>
          <Text size="xs" c="dimmed">
            {t('webhooks.failures', { count: failures })}
          </Text>
          <Text size="xs" c="dimmed" component="span">
            <Instant at={nextTryAt} />
          </Text>
        </Group>
      ) : null}
    </Stack>
  );
}
