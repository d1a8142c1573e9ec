import { Button, Group, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSwitch, useTrunkStatus } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { Trunk, TrunkStatus } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { ResourcePage } from '../parts/resource-page.tsx';
import { TestCall } from './test-call.tsx';
import { TrunkFields } from './trunk-fields.tsx';
import { TrunkStateMark } from './trunk-state.tsx';

const NEW_TRUNK: Trunk = { name: '', proxy: '' };

function RegistrationText({ status }: { status: TrunkStatus | undefined }) {
  const { t } = useTranslation();
  const registration = status?.registration;
  if (status === undefined) return null;
  const state = registration?.state;
  return (
    <Text
      size="sm"
      span
      c={state === 'failed' ? 'var(--mantine-color-error)' : state === undefined ? 'dimmed' : undefined}
    >
      {state === undefined
        ? t('trunks.notRegistering')
        : t(`trunks.registered.${state}`, { error: registration?.lastError ?? '' })}
    </Text>
  );
}

function DialSwitch({ status }: { status: TrunkStatus | undefined }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const turn = useSwitch();
  const may = useMay('switches:write');
  if (status === undefined || !may) return null;
  const { name } = status;
  const isOn = status.switches.dial !== false;
  const click = async () => {
    const question = { title: t('trunks.stopTitle', { name }), text: t('trunks.stopText'), confirm: t('trunks.stop') };
    if (isOn && !(await confirm(question))) return;
    turn.mutate({ trunk: name, dial: !isOn }, { onError: (error) => sayFailed(t, error) });
  };
  return (
    <Button
      size="compact-sm"
      variant={isOn ? 'default' : 'light'}
      color={isOn ? undefined : 'teal'}
      onClick={() => void click()}
      loading={turn.isPending}
    >
      {isOn ? t('trunks.stop') : t('trunks.start')}
    </Button>
  );
}

export function TrunksPage() {
  const { t } = useTranslation();
  const states = new Map((useTrunkStatus().data?.items ?? []).map((status) => [status.name, status]));
  return (
    <ResourcePage
      resource="trunks"
      words={{
        title: t('trunks.title'),
        lead: t('trunks.lead'),
        add: t('trunks.add'),
        search: t('trunks.search'),
        empty: t('trunks.empty'),
        emptyText: t('trunks.emptyText'),
        new: t('trunks.new'),
        edit: t('trunks.edit'),
      }}
      icon={<IconPlugConnected size={40} stroke={1.3} />}
      keyOf={({ name }) => name}
      minWidth={1080}
      columns={[
        {
          key: 'name',
          title: t('trunks.column.name'),
          sort: 'name',
          cell: ({ name }) => (
            <Text fw={500} size="sm" style={{ whiteSpace: 'nowrap' }}>
              {name}
            </Text>
          ),
        },
        {
          key: 'state',
          title: t('trunks.column.state'),
          cell: ({ name }) => {
            const status = states.get(name);
            return status === undefined ? null : <TrunkStateMark status={status} />;
          },
        },
        {
          key: 'proxy',
          title: t('trunks.column.proxy'),
          sort: 'proxy',
          cell: ({ proxy }) => <span className="mono">{proxy}</span>,
        },
        {
          key: 'registration',
          title: t('trunks.column.registration'),
          cell: ({ name }) => <RegistrationText status={states.get(name)} />,
        },
        {
          key: 'calls',
          title: t('trunks.column.calls'),
          align: 'right',
          cell: ({ name }) => <span className="number">{states.get(name)?.calls.active ?? ''}</span>,
        },
        {
          key: 'ping',
          title: t('trunks.column.ping'),
          align: 'right',
          cell: ({ name }) => {
            const ms = states.get(name)?.ping?.roundTripMs;
            return <span className="number">{typeof ms === 'number' ? `${Math.round(ms)} ms` : t('none')}</span>;
          },
        },
        {
          key: 'switch',
          title: '',
          cell: ({ name }) => (
            <Group gap="xs" wrap="nowrap">
              <TestCall name={name} status={states.get(name)} />
              <DialSwitch status={states.get(name)} />
            </Group>
          ),
        },
      ]}
      deletion={(name) => ({ title: t('trunks.delete', { name }), text: t('trunks.deleteText') })}
      blank={NEW_TRUNK}
      fields={(form) => <TrunkFields form={form} />}
    />
  );
}
