import { Box, Button, Grid, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconCalendar, IconPhoneOutgoing, IconX } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import type { CallbackDetail } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { Failure, sayFailed } from '../parts/failure.tsx';
import { wholeTimeText } from '../parts/instant.tsx';
import { Loading } from '../parts/loading.tsx';
import { isoOf } from '../parts/moment.ts';
import { Page } from '../parts/page.tsx';
import { CallbackRecordings } from '../recordings/callback-recordings.tsx';
import { Attempts } from './attempts.tsx';
import { type Deed, useCallback, useDeed, useReschedule } from './callback-queries.ts';
import { Decision } from './decision.tsx';
import { EventTable } from './event-table.tsx';
import { Facts } from './facts.tsx';
import { Ladder } from './ladder.tsx';
import { reasonText, StateMark } from './state-words.tsx';
import { TimeLine } from './time-line.tsx';

const MomentField = lazy(async () => ({ default: (await import('../parts/moment-field.tsx')).MomentField }));

function Reschedule({ callback, onClose }: { callback: CallbackDetail; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const reschedule = useReschedule(callback.id);
  const [moment, setMoment] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const dueAt = isoOf(moment ?? '');
    reschedule.mutate(dueAt, {
      onSuccess: () => {
        notifications.show({
          color: 'teal',
          message: t('callbacks.one.rescheduled', { time: wholeTimeText(i18n.language, dueAt) }),
        });
        onClose();
      },
    });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('callbacks.one.rescheduleTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Suspense fallback={<Loading size="sm" />}>
            <MomentField label={t('callbacks.one.rescheduleLabel')} value={moment} onChange={setMoment} />
          </Suspense>
          {reschedule.error === null ? null : <Failure error={reschedule.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" disabled={moment === null} loading={reschedule.isPending}>
              {t('callbacks.one.reschedule')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Deeds({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const deed = useDeed();
  const [rescheduling, { open, close }] = useDisclosure(false);
  const { id, number, state, outcome } = callback;
  const run = async (what: Deed) => {
    const question = {
      title: t('callbacks.one.cancelTitle'),
      text: t('callbacks.one.cancelText', { number }),
      confirm: t('callbacks.one.cancelConfirm'),
      dismiss: t('callbacks.bulk.keep'),
    };
    if (what === 'cancel' && !(await confirm(question))) return;
    deed.mutate(
      { id, deed: what },
      {
        onSuccess: () =>
          notifications.show({
            color: 'teal',
            message: what === 'cancel' ? t('callbacks.one.cancelled') : t('callbacks.one.retried'),
          }),
        onError: (error) => sayFailed(t, error),
      },
    );
  };
  if (!useMay('callbacks:write')) return null;
  const isDone = state === 'done';
  const waits = state === 'scheduled' || state === 'queued';
  return (
    <>
      {waits || (isDone && outcome !== 'connected') ? (
        <Button
          variant="default"
          leftSection={<IconPhoneOutgoing size={16} />}
          loading={deed.isPending}
          onClick={() => void run('retry')}
        >
          {t('callbacks.one.retry')}
        </Button>
      ) : null}
      {waits ? (
        <Button variant="default" leftSection={<IconCalendar size={16} />} onClick={open}>
          {t('callbacks.one.reschedule')}
        </Button>
      ) : null}
      {isDone ? null : (
        <Button variant="light" color="red" leftSection={<IconX size={16} />} onClick={() => void run('cancel')}>
          {t('callbacks.one.cancel')}
        </Button>
      )}
      {rescheduling ? <Reschedule callback={callback} onClose={close} /> : null}
    </>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Box component="section" className="panel" p={{ base: 'md', sm: 'lg' }} aria-label={title}>
      <Title order={2} mb="md">
        {title}
      </Title>
      {children}
    </Box>
  );
}

function State({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const reason = callback.state === 'done' ? reasonText(t, callback.reason) : null;
  return (
    <Group gap="xs" component="span" role="status">
      <StateMark callback={callback} />
      {reason === null ? null : (
        <Text component="span" size="sm" c="dimmed">
          {reason}
        </Text>
      )}
    </Group>
  );
}

function Detail({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  return (
    <Page
      title={t('callbacks.one.title', { number: callback.number })}
      lead={<State callback={callback} />}
      actions={<Deeds callback={callback} />}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="lg">
            <Section title={t('callbacks.one.timeline')}>
              <TimeLine callback={callback} />
            </Section>
            <Section title={t('callbacks.one.attempts')}>
              <Attempts callback={callback} />
            </Section>
            {useMay('recordings:listen') ? (
              <Section title={t('recordings.title')}>
                <CallbackRecordings callbackId={callback.id} />
              </Section>
            ) : null}
            <Section title={t('callbacks.one.ladder')}>
              <Ladder callback={callback} />
            </Section>
            <Section title={t('callbacks.one.decision')}>
              <Decision callback={callback} />
            </Section>
            <Section title={t('callbacks.one.events')}>
              <EventTable events={callback.events} />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Section title={t('callbacks.one.facts')}>
            <Facts callback={callback} />
          </Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

export function CallbackPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error, refetch } = useCallback(id);
  if (error !== null && data === undefined) return <Failure error={error} onRetry={refetch} />;
  return data === undefined ? <Loading /> : <Detail callback={data} />;
}
