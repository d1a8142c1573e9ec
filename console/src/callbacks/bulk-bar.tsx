/** What can be done to all callbacks that are selected. */

import { Button, Group, Progress, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPhoneOutgoing, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { type Deed, doToAll } from './callback-queries.ts';

function useBulk(selected: ReadonlySet<string>, onDone: () => void) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  const [done, setDone] = useState<number | null>(null);
  const run = async (deed: Deed) => {
    const count = selected.size;
    const question =
      deed === 'cancel'
        ? {
            title: t('callbacks.bulk.cancelTitle', { count }),
            text: t('callbacks.bulk.cancelText'),
            confirm: t('callbacks.bulk.cancel'),
          }
        : {
            title: t('callbacks.bulk.retryTitle', { count }),
            text: t('callbacks.bulk.retryText'),
            confirm: t('callbacks.bulk.retry'),
            isHarmless: true,
          };
    if (!(await confirm(question))) return;
    setDone(0);
    try {
      const result = await doToAll([...selected], deed, setDone);
      notifications.show({ color: result.failed > 0 ? 'yellow' : 'teal', message: t('callbacks.bulk.done', result) });
      onDone();
    } catch (error) {
      sayFailed(t, error);
    }
    setDone(null);
    await client.invalidateQueries({ queryKey: ['callbacks'] });
  };
  return { done, run };
}

export function BulkBar({ selected, onDone }: { selected: ReadonlySet<string>; onDone: () => void }) {
  const { t } = useTranslation();
  const { done, run } = useBulk(selected, onDone);
  const may = useMay('callbacks:write');
  if (selected.size === 0 || !may) return null;
  const isBusy = done !== null;
  return (
    <Group
      className="panel"
      p="sm"
      gap="md"
      role="region"
      aria-label={t('callbacks.bulk.selected', { count: selected.size })}
    >
      <Text fw={600} size="sm" aria-live="polite">
        {isBusy
          ? t('callbacks.bulk.running', { done, total: selected.size })
          : t('callbacks.bulk.selected', { count: selected.size })}
      </Text>
      {isBusy ? <Progress value={(100 * done) / selected.size} w={160} aria-label={t('loading')} /> : null}
      <Button
        size="xs"
        variant="default"
        disabled={isBusy}
        leftSection={<IconPhoneOutgoing size={14} />}
        onClick={() => void run('retry')}
      >
        {t('callbacks.bulk.retry')}
      </Button>
      <Button
        size="xs"
        variant="light"
        color="red"
        disabled={isBusy}
        leftSection={<IconX size={14} />}
        onClick={() => void run('cancel')}
      >
        {t('callbacks.bulk.cancel')}
      </Button>
    </Group>
  );
}
