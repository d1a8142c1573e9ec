/** What went wrong, and what to do about it. */

import { Alert, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/client.ts';
import { failureText } from './failure-text.ts';

export function sayFailed(t: TFunction, error: unknown): void {
  notifications.show({ color: 'red', title: t('error.title'), message: failureText(t, error), autoClose: 10_000 });
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const id = error instanceof ApiFailure ? error.correlationId : null;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={t('error.title')} role="alert">
      <Text size="md">{failureText(t, error)}</Text>
      {id === null ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          {t('error.correlation', { id })}
        </Text>
      )}
      {onRetry === undefined ? null : (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        </Group>
      )}
    </Alert>
  );
}
