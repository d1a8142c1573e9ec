/** A call played through step by step: what is heard, which timer runs, and what may happen now. */

import {
  Alert,
  Badge,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconArrowBackUp, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { SimulatedCall } from '../api/types.ts';
import { callbacks as words } from '../i18n/en/callbacks.ts';
import { flowEditor as own } from '../i18n/en/flow-editor.ts';
import { Failure } from '../parts/failure.tsx';
import type { Setting, SimulatedEvent, Simulation } from './simulation.ts';

const KEYS = [...'123456789*0#'];
const USUAL_WAIT = 10;
/** They say more than that they happen. */
const WITH_VALUE = ['key', 'wait', 'targetKey'];

type Note = SimulatedCall['steps'][number]['notes'][number];
type EventWord = keyof typeof own.play.event;

function eventText(t: TFunction, event: SimulatedEvent | null): string {
  if (event === null) return t('flowEditor.play.begins');
  if (event.type === 'key') return t('flowEditor.play.keyOf', { key: event.key ?? '' });
  if (event.type === 'targetKey') return t('flowEditor.play.targetKeyOf', { key: event.key ?? '' });
  if (event.type === 'wait') return t('flowEditor.play.waitOf', { seconds: event.seconds ?? 0 });
  if (event.exit !== undefined) return t('flowEditor.play.answersWith', { exit: event.exit });
  return Object.hasOwn(own.play.event, event.type) ? t(`flowEditor.play.event.${event.type as EventWord}`) : event.type;
}

const isWorded = (type: string): type is keyof typeof words.event => Object.hasOwn(words.event, type);

function noteText(t: TFunction, { type, detail }: Note): string {
  const said = isWorded(type) ? t(`callbacks.event.${type}`, { type }) : type.replaceAll('-', ' ');
  const about = ['component', 'choice', 'via', 'user', 'status', 'reason', 'next']
    .map((name) => (detail as Record<string, unknown>)[name])
    .filter((value) => value !== null && value !== undefined && value !== '' && value !== 0);
  return about.length === 0 ? said : `${said}: ${about.join(', ')}`;
}

function endText(t: TFunction, end: NonNullable<SimulatedCall['end']>): string {
  if (end.type === 'over')
    return t('flowEditor.play.over', {
      outcome: t(`callbacks.outcome.${end.outcome ?? 'connected'}`),
      text: end.text ?? '',
    });
  if (end.dueAt === null || end.dueAt === undefined) return t('flowEditor.play.noRule');
  return t('flowEditor.play.promised', { seconds: end.dueAt, method: t(`rules.method.${end.method ?? 'caller'}`) });
}

function Now({ call }: { call: SimulatedCall }) {
  const { t } = useTranslation();
  const { now, component, heard, timer, target, talking, digits, end } = call;
  const lines = [
    ...heard.map(({ who, prompt }) => t(`flowEditor.play.hears.${who}`, { prompt })),
    ...(digits === '' ? [] : [t('flowEditor.play.digits', { digits })]),
    ...(target === null ? [] : [t(talking ? 'flowEditor.play.talks' : 'flowEditor.play.rings', { ...target })]),
    ...(timer === null ? [] : [t(`flowEditor.play.timer.${timer.kind}`, { seconds: timer.at })]),
    ...(end === null ? [] : [endText(t, end)]),
  ];
  return (
    <Stack gap={4} aria-live="polite" data-testid="simulated-now">
      <Group gap="xs">
        <Badge variant="light" tt="none">
          {t('flowEditor.play.at', { seconds: now })}
        </Badge>
        <Text fw={600}>{component}</Text>
      </Group>
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </Stack>
  );
}

function KeyPad({ simulation }: { simulation: Simulation }) {
  const { t } = useTranslation();
  return (
    <fieldset className="key-pad plain-fieldset" aria-label={t('flowEditor.play.keys')}>
      {KEYS.map((key) => (
        <Button
          key={key}
          variant="default"
          size="sm"
          px={0}
          aria-label={t('flowEditor.play.keyOf', { key })}
          onClick={() => simulation.happen({ type: 'key', key })}
        >
          {key}
        </Button>
      ))}
    </fieldset>
  );
}

interface HappeningsProps {
  simulation: Simulation;
  call: SimulatedCall;
  /** Which the other system may name, of the component where the call is. */
  exits: readonly string[];
  /** Of whoever is asked whether he takes the call. */
  targetKeys: readonly string[];
}

function Happenings({ simulation, call, exits, targetKeys }: HappeningsProps) {
  const { t } = useTranslation();
  const [seconds, setSeconds] = useState<number | string>(USUAL_WAIT);
  const simple = call.possible.filter((type) => !WITH_VALUE.includes(type));
  return (
    <Stack gap="sm">
      {call.possible.includes('key') ? <KeyPad simulation={simulation} /> : null}
      <Group gap={6}>
        {call.possible.includes('targetKey')
          ? targetKeys.map((key) => (
              <Button
                key={`target ${key}`}
                size="xs"
                variant="light"
                onClick={() => simulation.happen({ type: 'targetKey', key })}
              >
                {eventText(t, { type: 'targetKey', key })}
              </Button>
            ))
          : null}
        {call.possible.includes('hookAnswers')
          ? exits.map((exit) => (
              <Button
                key={exit}
                size="xs"
                variant="light"
                onClick={() => simulation.happen({ type: 'hookAnswers', exit })}
              >
                {eventText(t, { type: 'hookAnswers', exit })}
              </Button>
            ))
          : null}
        {simple.map((type) => (
          <Button key={type} size="xs" variant="light" onClick={() => simulation.happen({ type })}>
            {eventText(t, { type })}
          </Button>
        ))}
      </Group>
      {call.possible.includes('wait') ? (
        <Group gap={6} align="flex-end">
          <NumberInput
            label={t('flowEditor.play.seconds')}
            w={110}
            min={0}
            max={86_400}
            value={seconds}
            onChange={setSeconds}
          />
          <Button variant="default" onClick={() => simulation.happen({ type: 'wait', seconds: Number(seconds) || 0 })}>
            {t('flowEditor.play.wait')}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function Steps({ call }: { call: SimulatedCall }) {
  const { t } = useTranslation();
  return (
    <ol className="played" data-testid="simulated-steps">
      {call.steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <li key={index}>
          <strong>
            {t('flowEditor.play.at', { seconds: step.at })} {eventText(t, step.event as SimulatedEvent | null)}
          </strong>
          {step.ignored ? <div>{t('flowEditor.play.ignored')}</div> : null}
          {step.notes.map((note, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a note is its place
            <div key={at}>{noteText(t, note)}</div>
          ))}
        </li>
      ))}
    </ol>
  );
}

function Settings({ setting, onChange }: { setting: Setting; onChange(next: Setting): void }) {
  const { t } = useTranslation();
  const numbers = useResources('inbound-numbers').data?.items ?? [];
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label={t('flowEditor.play.how')}
        value={setting.answered ? 'callback' : 'incoming'}
        data={[
          { value: 'incoming', label: t('flowEditor.play.incoming') },
          { value: 'callback', label: t('flowEditor.play.callback') },
        ]}
        onChange={(value) => onChange({ ...setting, answered: value === 'callback' })}
      />
      <TextInput
        label={t('rules.try.from')}
        placeholder="(48) 99199-6260"
        inputMode="tel"
        value={setting.caller}
        onChange={({ currentTarget: { value } }) => onChange({ ...setting, caller: value })}
      />
      <Select
        label={t('rules.try.to')}
        data={numbers.map(({ number }) => number)}
        value={setting.inboundNumber === '' ? null : setting.inboundNumber}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        onChange={(value) => onChange({ ...setting, inboundNumber: value ?? '' })}
      />
    </Stack>
  );
}

export interface SimulationPanelProps {
  simulation: Simulation;
  setting: Setting;
  onSetting(next: Setting): void;
  /** The exits with names of their own, of a component. */
  exitsOf(component: string): readonly string[];
  targetKeysOf(component: string): readonly string[];
  /** The draft has mistakes: no call could go through it. */
  isWrong: boolean;
}

export function SimulationPanel(props: SimulationPanelProps) {
  const { simulation, setting, onSetting, exitsOf, targetKeysOf, isWrong } = props;
  const { t } = useTranslation();
  const { call, error } = simulation;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('flowEditor.play.lead')}
      </Text>
      {call === null ? <Settings setting={setting} onChange={onSetting} /> : null}
      {isWrong && call === null ? (
        <Alert color="yellow" p="xs">
          {t('flowEditor.play.wrong')}
        </Alert>
      ) : null}
      <Group gap="xs">
        <Button
          leftSection={<IconPlayerPlay size={16} />}
          variant={call === null ? 'filled' : 'default'}
          loading={simulation.isPending && call === null}
          onClick={simulation.begin}
        >
          {call === null ? t('flowEditor.play.start') : t('flowEditor.play.again')}
        </Button>
        {call === null ? null : (
          <>
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={16} />}
              disabled={simulation.events.length === 0}
              onClick={simulation.back}
            >
              {t('flowEditor.play.back')}
            </Button>
            <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={simulation.end}>
              {t('flowEditor.play.stop')}
            </Button>
          </>
        )}
      </Group>
      {error === null ? null : <Failure error={error} />}
      {call === null ? null : (
        <>
          <Now call={call} />
          <Happenings
            simulation={simulation}
            call={call}
            exits={exitsOf(call.component)}
            targetKeys={targetKeysOf(call.component)}
          />
          <Steps call={call} />
        </>
      )}
    </Stack>
  );
}
