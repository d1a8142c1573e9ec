/** The phones that are registered as an extension now: where they are, what they are, until when. */

import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Page, Registration } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { timeText } from '../parts/instant.tsx';

/** No event tells of them. */
const READ_AGAIN_MS = 5_000;

export function useRegistrations() {
  return useQuery({
    queryKey: ['registrations'],
    refetchInterval: READ_AGAIN_MS,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/registrations', { query: { pageSize: 1000 } as never, signal })) as Page<Registration>,
  });
}

function ForgetButton({ number }: { number: string }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: () => api.delete('/api/v1/extensions/{name}/registrations', { parameters: { name: number } }),
    onSuccess: async () => {
      notifications.show({ message: t('phones.forgotten', { number }) });
      await client.invalidateQueries({ queryKey: ['registrations'] });
    },
    onError: (error) => sayFailed(t, error),
  });
  if (!useMay('switches:write')) return null;
  const click = async () => {
    const question = { title: t('phones.forgetTitle', { number }), text: t('phones.forgetText') };
    if (await confirm({ ...question, confirm: t('phones.forget') })) forget.mutate();
  };
  return (
    <Group>
      <Button size="compact-xs" variant="subtle" color="gray" loading={forget.isPending} onClick={() => void click()}>
        {t('phones.forget')}
      </Button>
    </Group>
  );
}

export function Phones({ number, registrations }: { number: string; registrations: readonly Registration[] }) {
  const { t, i18n } = useTranslation();
  const own = registrations.filter(({ extension }) => extension === number);
  if (own.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('extensions.notRegistered')}
      </Text>
    );
  return (
    <Stack gap={6} data-testid={`phones-${number}`}>
      {own.map(({ contact, userAgent, reachedAt, expiresAt }) => (
        <div key={contact}>
          <Text size="sm" fw={500}>
            {userAgent ?? t('none')}
          </Text>
          <Text size="xs" className="mono" style={{ overflowWrap: 'anywhere' }}>
            {contact}
          </Text>
          <Text size="xs" c="dimmed">
            {reachedAt ? t('phones.from', { address: reachedAt }) : ''}
            {reachedAt && expiresAt ? ' · ' : ''}
            {expiresAt ? t('phones.until', { time: timeText(i18n.language, expiresAt, Date.now()) }) : ''}
          </Text>
        </div>
      ))}
      <ForgetButton number={number} />
    </Stack>
  );
}
