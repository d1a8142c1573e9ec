/** One call as it goes on: state, time line, what the trunk said in words, and the ladder. */

import { Alert, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconInfoCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Attempts } from '../callbacks/attempts.tsx';
import { useCallback } from '../callbacks/callback-queries.ts';
import { Ladder } from '../callbacks/ladder.tsx';
import { reasonText, StateMark } from '../callbacks/state-words.tsx';
import { TimeLine } from '../callbacks/time-line.tsx';
import { Failure } from '../parts/failure.tsx';

export function WatchedCall({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: callback, error, refetch } = useCallback(id);
  if (callback === undefined)
    return error === null ? (
      <Text c="dimmed">{t('loading')}</Text>
    ) : (
      <Failure error={error} onRetry={() => void refetch()} />
    );
  const { state, reason, answeredAt } = callback;
  const isDone = state === 'done';
  return (
    <Stack gap="lg" data-testid="watched-call">
      <Group gap="sm" role="status">
        <StateMark callback={callback} />
        {state === 'queued' ? (
          <Text size="sm" c="dimmed">
            {t('testCall.waiting')}
          </Text>
        ) : null}
      </Group>
      {isDone ? (
        <Alert
          variant="light"
          color={answeredAt ? 'teal' : 'orange'}
          icon={answeredAt ? <IconCheck size={18} /> : <IconInfoCircle size={18} />}
          p="sm"
        >
          {answeredAt ? t('testCall.reachedText') : (reasonText(t, reason) ?? '')}
        </Alert>
      ) : null}
      <section aria-label={t('testCall.what')}>
        <Title order={3} mb="xs">
          {t('testCall.what')}
        </Title>
        <TimeLine callback={callback} />
      </section>
      <section aria-label={t('callbacks.one.attempts')}>
        <Title order={3} mb="xs">
          {t('callbacks.one.attempts')}
        </Title>
        <Attempts callback={callback} />
      </section>
      <section aria-label={t('callbacks.one.ladder')}>
        <Title order={3} mb="xs">
          {t('callbacks.one.ladder')}
        </Title>
        <Ladder callback={callback} />
      </section>
    </Stack>
  );
}
