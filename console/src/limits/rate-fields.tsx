import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { NumberAt } from '../parts/fields.tsx';
import { type LimitFieldsProps, LimitSection, setLimits } from './limit-section.tsx';
import type { LimitFields } from './limits-queries.ts';

type PrefixLimit = NonNullable<LimitFields['perPrefix']>[number];

const HOUR_SECONDS = 3600;
const NEW_PREFIX: PrefixLimit = { prefix: '', max: 100, perSeconds: HOUR_SECONDS };

/** At most so many in so many seconds. Both fields empty: no limit. */
function Rate({
  form,
  name,
  standard,
}: LimitFieldsProps & { name: 'perNumber' | 'perRule' | 'total' | 'newNumbers'; standard?: number }) {
  const { t } = useTranslation();
  return (
    <fieldset className="plain-fieldset">
      <Text component="legend" size="md" fw={600}>
        {t(`limits.rate.${name}`)}
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        {t(`limits.rate.${name}Text`)}
      </Text>
      <SimpleGrid cols={2} className="pair">
        <NumberAt
          form={form}
          path={`limits.${name}.max`}
          label={t('limits.rate.max')}
          {...(standard === undefined ? { placeholder: t('fields.noLimit') } : { standard })}
        />
        <NumberAt
          form={form}
          path={`limits.${name}.perSeconds`}
          label={t('limits.rate.perSeconds')}
          min={1}
          standard={HOUR_SECONDS}
        />
      </SimpleGrid>
    </fieldset>
  );
}

interface PrefixRowProps extends LimitFieldsProps {
  limit: PrefixLimit;
  index: number;
  onChange(next: PrefixLimit): void;
  onRemove(): void;
}

function PrefixRow({ form, limit, index, onChange, onRemove }: PrefixRowProps) {
  const { t } = useTranslation();
  const number = index + 1;
  const isByDigits = typeof limit.digits === 'number';
  const numberOf = (value: string | number, otherwise: number) => (typeof value === 'number' ? value : otherwise);
  return (
    <Group align="flex-end" gap="sm" role="group" aria-label={t('limits.prefix.row', { number })}>
      <Select
        label={t('limits.prefix.kind')}
        w={150}
        allowDeselect={false}
        data={[
          { value: 'prefix', label: t('limits.prefix.prefix') },
          { value: 'digits', label: t('limits.prefix.digits') },
        ]}
        value={isByDigits ? 'digits' : 'prefix'}
        onChange={(kind) =>
          onChange(kind === 'digits' ? { ...limit, prefix: null, digits: 6 } : { ...limit, prefix: '', digits: null })
        }
      />
      {isByDigits ? (
        <NumberInput
          label={t('limits.prefix.count')}
          w={110}
          min={1}
          max={15}
          value={limit.digits ?? ''}
          error={form.mistake(`limits.perPrefix[${index}].digits`)}
          onChange={(value) => onChange({ ...limit, digits: numberOf(value, 1) })}
        />
      ) : (
        <TextInput
          label={t('limits.prefix.prefix')}
          w={130}
          placeholder="+5548"
          value={limit.prefix ?? ''}
          error={form.mistake(`limits.perPrefix[${index}]`)}
          onChange={({ currentTarget: { value } }) => onChange({ ...limit, prefix: value })}
        />
      )}
      <NumberInput
        label={t('limits.rate.max')}
        w={110}
        min={0}
        value={limit.max}
        onChange={(value) => onChange({ ...limit, max: numberOf(value, 0) })}
      />
      <NumberInput
        label={t('limits.rate.perSeconds')}
        w={130}
        min={1}
        value={limit.perSeconds ?? HOUR_SECONDS}
        onChange={(value) => onChange({ ...limit, perSeconds: numberOf(value, HOUR_SECONDS) })}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('limits.prefix.remove', { number })}
        onClick={onRemove}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}

function Prefixes({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const list = form.values.limits?.perPrefix ?? [];
  const set = (perPrefix: PrefixLimit[]) => setLimits(form, { perPrefix });
  return (
    <fieldset className="plain-fieldset">
      <Text component="legend" size="md" fw={600}>
        {t('limits.prefix.title')}
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        {t('limits.prefix.text')}
      </Text>
      <Stack gap="sm">
        {list.map((limit, index) => (
          <PrefixRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a limit is its place
            key={index}
            form={form}
            limit={limit}
            index={index}
            onChange={(next) => set(list.map((one, place) => (place === index ? next : one)))}
            onRemove={() => set(list.filter((_, place) => place !== index))}
          />
        ))}
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => set([...list, NEW_PREFIX])}
          >
            {t('limits.prefix.add')}
          </Button>
        </Group>
      </Stack>
    </fieldset>
  );
}

const PING_PONG = { withinSeconds: 120, rounds: 3, answeredSeconds: 0 };

function PingPong({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const isOn = form.values.limits?.pingPong !== false;
  return (
    <>
      <Switch
        name="limits.pingPong"
        label={t('limits.pingPong.title')}
        description={t('limits.pingPong.text')}
        checked={isOn}
        onChange={({ currentTarget: { checked } }) => setLimits(form, { pingPong: checked ? PING_PONG : false })}
      />
      {isOn ? (
        <SimpleGrid cols={{ base: 1, xs: 3 }} className="pair">
          <NumberAt form={form} path="limits.pingPong.rounds" label={t('limits.pingPong.rounds')} min={1} />
          <NumberAt form={form} path="limits.pingPong.withinSeconds" label={t('limits.pingPong.within')} min={1} />
          <NumberAt form={form} path="limits.pingPong.answeredSeconds" label={t('limits.pingPong.answered')} />
        </SimpleGrid>
      ) : null}
    </>
  );
}

export function RateFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  return (
    <LimitSection title={t('limits.section.rate')} lead={t('limits.section.rateText')}>
      <Rate form={form} name="perNumber" standard={10} />
      <Rate form={form} name="perRule" />
      <Rate form={form} name="total" />
      <Rate form={form} name="newNumbers" />
      <Prefixes form={form} />
      <PingPong form={form} />
      <Text size="sm" c="dimmed">
        {t('limits.duplicate')}
      </Text>
    </LimitSection>
  );
}
