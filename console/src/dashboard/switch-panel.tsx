/** The two switches of the whole system. Turning one off is a big red button, and asks. */

import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSwitch, useSwitches } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { Failure, sayFailed } from '../parts/failure.tsx';
import { Panel } from './dashboard-page.tsx';

const WORDS = {
  accept: {
    name: 'accept',
    on: 'acceptOn',
    off: 'acceptOff',
    stop: 'stopAccept',
    start: 'startAccept',
    ask: 'askAccept',
    askText: 'askAcceptText',
  },
  dial: {
    name: 'dial',
    on: 'dialOn',
    off: 'dialOff',
    stop: 'stopDial',
    start: 'startDial',
    ask: 'askDial',
    askText: 'askDialText',
  },
} as const;

function SystemSwitch({ name, isOn }: { name: 'accept' | 'dial'; isOn: boolean }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const turn = useSwitch();
  const may = useMay('switches:write');
  const words = WORDS[name];
  const click = async () => {
    const question = {
      title: t(`dashboard.switches.${words.ask}`),
      text: t(`dashboard.switches.${words.askText}`),
      confirm: t(`dashboard.switches.${words.stop}`),
    };
    if (isOn && !(await confirm(question))) return;
    turn.mutate({ [name]: !isOn }, { onError: (error) => sayFailed(t, error) });
  };
  return (
    <Group justify="space-between" gap="md" align="flex-start">
      <Group gap="sm" wrap="nowrap" align="flex-start" flex="1 1 150px">
        <Text component="span" c={isOn ? 'teal.6' : 'red.6'} mt={6} lh={0}>
          <span className="state-dot" style={{ display: 'inline-block' }} />
        </Text>
        <div>
          <Text fw={600}>{t(`dashboard.switches.${words.name}`)}</Text>
          <Text size="sm" c={isOn ? 'dimmed' : 'var(--mantine-color-error)'} fw={isOn ? 400 : 600} role="status">
            {t(`dashboard.switches.${isOn ? words.on : words.off}`)}
          </Text>
        </div>
      </Group>
      <Button
        size="md"
        color={isOn ? 'red.8' : 'teal.8'}
        miw={{ base: '100%', xs: 212 }}
        disabled={!may}
        loading={turn.isPending}
        leftSection={isOn ? <IconPlayerStop size={16} /> : <IconPlayerPlay size={16} />}
        onClick={() => void click()}
      >
        {t(`dashboard.switches.${isOn ? words.stop : words.start}`)}
      </Button>
    </Group>
  );
}

export function SwitchPanel() {
  const { t } = useTranslation();
  const { data, error, refetch } = useSwitches();
  return (
    <Panel title={t('dashboard.switches.title')}>
      {error === null || data !== undefined ? null : <Failure error={error} onRetry={refetch} />}
      {data === undefined ? null : (
        <Stack gap="lg">
          <SystemSwitch name="accept" isOn={data.accept} />
          <SystemSwitch name="dial" isOn={data.dial} />
        </Stack>
      )}
    </Panel>
  );
}
