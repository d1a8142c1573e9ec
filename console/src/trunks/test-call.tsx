/** A call through a trunk to somebody's own phone, and what becomes of it while it does. */

import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPhoneOutgoing } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useResources } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { TrunkStatus } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { TrunkStateMark } from './trunk-state.tsx';

const WatchedCall = lazy(async () => ({ default: (await import('./watched-call.tsx')).WatchedCall }));

interface AskProps {
  name: string;
  status: TrunkStatus | undefined;
  onCalled(id: string): void;
}

function Ask({ name, status, onCalled }: AskProps) {
  const { t } = useTranslation();
  const flows = useResources('flows');
  const [number, setNumber] = useState('');
  const [flow, setFlow] = useState<string | null>(null);
  const call = useMutation({
    mutationFn: () => api.post('/api/v1/trunks/{name}/test-call', { parameters: { name }, body: { number, flow } }),
    onSuccess: ({ id }) => onCalled(id),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    call.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t('testCall.lead')}</Text>
        {status === undefined ? null : <TrunkStateMark status={status} />}
        <TextInput
          label={t('testCall.number')}
          description={t('testCall.numberText')}
          placeholder="(48) 99199-6260"
          inputMode="tel"
          withAsterisk
          data-autofocus
          value={number}
          onChange={({ currentTarget: { value } }) => setNumber(value)}
        />
        <Select
          label={t('testCall.flow')}
          description={t('testCall.flowText')}
          placeholder={t('testCall.flowNone')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={(flows.data?.items ?? []).map((one) => one.name)}
          value={flow}
          onChange={setFlow}
        />
        {call.error === null ? null : <Failure error={call.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            disabled={number.trim() === ''}
            loading={call.isPending}
            leftSection={<IconPhoneOutgoing size={16} />}
          >
            {t('testCall.call')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Dialog({ name, status, onClose }: { name: string; status: TrunkStatus | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const [id, setId] = useState<string | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      size={id === null ? 'md' : 'xl'}
      title={t('testCall.title', { name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {id === null ? (
        <Ask name={name} status={status} onCalled={setId} />
      ) : (
        <Stack>
          <Suspense fallback={<Text c="dimmed">{t('loading')}</Text>}>
            <WatchedCall id={id} />
          </Suspense>
          <Group justify="flex-end">
            <Button component={Link} to={`/callbacks/${id}`} variant="subtle">
              {t('testCall.open')}
            </Button>
            <Button variant="default" onClick={() => setId(null)}>
              {t('testCall.again')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

export function TestCall({ name, status }: { name: string; status: TrunkStatus | undefined }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (!useMay('configuration:write')) return null;
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={t('testCall.of', { name })} onClick={() => setOpen(true)}>
        {t('testCall.action')}
      </Button>
      {isOpen ? <Dialog name={name} status={status} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
