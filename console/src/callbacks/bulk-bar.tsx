/** What can be done to all callbacks that are selected, or to all that the filters find. */

import { Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar, IconPhoneOutgoing, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { Loading } from '../parts/loading.tsx';
import { isoOf } from '../parts/moment.ts';
import { type BulkAction, type BulkResult, runBulk } from './bulk.ts';
import { BulkResultView } from './bulk-result.tsx';
import type { GridQuestion } from './callback-queries.ts';

const MomentField = lazy(async () => ({ default: (await import('../parts/moment-field.tsx')).MomentField }));

export interface BulkBarProps {
  selected: ReadonlySet<string>;
  question: GridQuestion;
  /** How many the filters find; undefined: not known yet. */
  total: number | undefined;
  onDone: () => void;
}

function useBulk({ selected, question, total = 0, onDone }: BulkBarProps, isAll: boolean) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [done, setDone] = useState<number | null>(null);
  const [result, setResult] = useState<BulkResult | null>(null);
  const [isStopping, setStopping] = useState(false);
  const stop = useRef<AbortController | null>(null);
  const count = isAll ? total : selected.size;
  const run = async (action: BulkAction, dueAt?: string) => {
    const abort = new AbortController();
    stop.current = abort;
    setDone(0);
    try {
      const order = { action, ids: isAll ? null : [...selected], question, ...(dueAt === undefined ? {} : { dueAt }) };
      setResult(await runBulk(order, { total: count, signal: abort.signal, onProgress: setDone }));
      onDone();
    } catch (error) {
      sayFailed(t, error);
    }
    setDone(null);
    setStopping(false);
    await client.invalidateQueries({ queryKey: ['callbacks'] });
  };
  const halt = () => {
    stop.current?.abort();
    setStopping(true);
  };
  return { done, count, result, run, halt, isStopping, forget: () => setResult(null) };
}

function RescheduleAll({ count, onClose, onRun }: { count: number; onClose(): void; onRun(dueAt: string): void }) {
  const { t } = useTranslation();
  const [moment, setMoment] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRun(isoOf(moment ?? ''));
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('callbacks.bulk.rescheduleTitle', { count })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text size="md">{t('callbacks.bulk.rescheduleText')}</Text>
          <Suspense fallback={<Loading size="sm" />}>
            <MomentField label={t('callbacks.one.rescheduleLabel')} value={moment} onChange={setMoment} />
          </Suspense>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" disabled={moment === null}>
              {t('callbacks.bulk.reschedule')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface DeedsProps {
  count: number;
  isBusy: boolean;
  run(action: BulkAction, dueAt?: string): Promise<void>;
}

function BulkDeeds({ count, isBusy, run }: DeedsProps) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const [rescheduling, { open, close }] = useDisclosure(false);
  const ask = async (action: 'cancel' | 'retry') => {
    const question = {
      title: t(`callbacks.bulk.${action}Title`, { count }),
      text: t(`callbacks.bulk.${action}Text`),
      confirm: t(`callbacks.bulk.${action}`),
      ...(action === 'retry' ? { isHarmless: true } : { dismiss: t('callbacks.bulk.keep') }),
    };
    if (await confirm(question)) await run(action);
  };
  const common = { size: 'xs', disabled: isBusy } as const;
  return (
    <>
      <Button
        {...common}
        variant="default"
        leftSection={<IconPhoneOutgoing size={14} />}
        onClick={() => void ask('retry')}
      >
        {t('callbacks.bulk.retry')}
      </Button>
      <Button {...common} variant="default" leftSection={<IconCalendar size={14} />} onClick={open}>
        {t('callbacks.bulk.reschedule')}
      </Button>
      <Button
        {...common}
        variant="light"
        color="red"
        leftSection={<IconX size={14} />}
        onClick={() => void ask('cancel')}
      >
        {t('callbacks.bulk.cancel')}
      </Button>
      {rescheduling ? (
        <RescheduleAll count={count} onClose={close} onRun={(dueAt) => void run('reschedule', dueAt)} />
      ) : null}
    </>
  );
}

export function BulkBar(props: BulkBarProps) {
  const { selected, total = 0 } = props;
  const { t } = useTranslation();
  const [isAll, setAll] = useState(false);
  const { done, count, result, run, halt, isStopping, forget } = useBulk(props, isAll);
  const may = useMay('callbacks:write');
  const shown = <BulkResultView result={result} onClose={forget} />;
  if (selected.size === 0 && isAll && done === null) setAll(false);
  if ((selected.size === 0 && done === null) || !may) return shown;
  const isBusy = done !== null;
  const text = isAll ? t('callbacks.bulk.all', { count }) : t('callbacks.bulk.selected', { count });
  return (
    <Group className="panel" p="sm" gap="md" role="region" aria-label={text}>
      <Text fw={600} size="sm" aria-live="polite">
        {isBusy ? t('callbacks.bulk.running', { done, total: count }) : text}
      </Text>
      {isBusy ? (
        <>
          <Progress value={(100 * done) / Math.max(count, 1)} w={160} aria-label={t('loading')} />
          <Button size="xs" variant="default" onClick={halt} loading={isStopping}>
            {t('callbacks.bulk.stop')}
          </Button>
        </>
      ) : null}
      {!isBusy && total > selected.size ? (
        <Button size="xs" variant="subtle" onClick={() => setAll(!isAll)}>
          {isAll ? t('callbacks.bulk.onlySelected') : t('callbacks.bulk.takeAll', { count: total })}
        </Button>
      ) : null}
      <BulkDeeds count={count} isBusy={isBusy} run={run} />
      {shown}
    </Group>
  );
}
