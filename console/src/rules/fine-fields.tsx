/** What most rules leave as it is. */

import { Collapse, Group, NumberInput, Select, SimpleGrid, Stack, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CallbackRule } from '../api/types.ts';
import type { RuleFieldsProps } from './rule-fields.tsx';

interface NumberFieldProps extends RuleFieldsProps {
  name: 'ringTimeoutSeconds' | 'expiresSeconds' | 'ringSeconds';
  label: string;
  description?: string;
  standard: number;
}

function NumberField({ form, name, label, description, standard }: NumberFieldProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      min={1}
      placeholder={String(standard)}
      value={form.values[name] ?? ''}
      error={form.mistake(name)}
      onChange={(value) => form.set({ [name]: typeof value === 'number' ? value : null })}
    />
  );
}

const BY_OUTCOME = 'byOutcome';

/** One number for all, or one for each attempt; or the word that leaves it to what became of the last one. */
function intervalOf(text: string): NonNullable<CallbackRule['retry']>['intervalSeconds'] {
  if (text.trim() === BY_OUTCOME) return BY_OUTCOME;
  const given = text.split(/[ ,;]+/).filter((part) => part !== '');
  return given.length === 0 ? null : given.map(Number);
}

function RetryFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const retry = form.values.retry ?? {};
  const { intervalSeconds } = retry;
  const interval = Array.isArray(intervalSeconds) ? intervalSeconds.join(', ') : String(intervalSeconds ?? '');
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <NumberInput
        label={t('rules.field.attempts')}
        description={t('rules.field.attemptsText')}
        min={1}
        max={100}
        placeholder="1"
        value={retry.attempts ?? ''}
        error={form.mistake('retry')}
        onChange={(value) => form.set({ retry: { ...retry, attempts: typeof value === 'number' ? value : null } })}
      />
      <TextInput
        label={t('rules.field.interval')}
        description={' '}
        placeholder="60"
        inputMode="numeric"
        key={interval}
        defaultValue={interval}
        onBlur={({ currentTarget: { value } }) => {
          form.set({ retry: { ...retry, intervalSeconds: intervalOf(value) } });
        }}
      />
    </SimpleGrid>
  );
}

function TreatmentFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const { mode, reject } = form.values;
  const setReason = (text: string) =>
    form.set({ reject: { ...reject, reason: { ...reject?.reason, text: text || null } } });
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <Select
          label={t('rules.field.mode')}
          allowDeselect={false}
          data={[
            { value: 'reject', label: t('rules.field.modeReject') },
            { value: 'ring', label: t('rules.field.modeRing') },
            { value: 'missedCall', label: t('rules.field.modeMissedCall') },
          ]}
          value={mode ?? 'reject'}
          error={form.mistake('mode')}
          onChange={(value) =>
            form.set({ mode: value as CallbackRule['mode'], ...(value === 'reject' ? { ringSeconds: null } : {}) })
          }
        />
        {mode === 'ring' || mode === 'missedCall' ? (
          <NumberField
            form={form}
            name="ringSeconds"
            label={t('rules.field.ringSeconds')}
            standard={mode === 'ring' ? 10 : 30}
          />
        ) : null}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <NumberInput
          label={t('rules.field.rejectStatus')}
          min={400}
          max={699}
          placeholder="486"
          value={reject?.status ?? ''}
          error={form.mistake('reject')}
          onChange={(value) => form.set({ reject: { ...reject, status: typeof value === 'number' ? value : null } })}
        />
        <TextInput
          label={t('rules.field.rejectText')}
          placeholder="Callback scheduled"
          value={reject?.reason?.text ?? ''}
          onChange={({ currentTarget: { value } }) => setReason(value)}
        />
      </SimpleGrid>
    </>
  );
}

export function FineFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const hasMistake = ['ringTimeoutSeconds', 'expiresSeconds', 'ringSeconds', 'retry', 'mode', 'reject'].some(
    (path) => form.mistake(path) !== undefined,
  );
  const [opened, { toggle }] = useDisclosure(false);
  const isOpen = opened || hasMistake;
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} fz="md" fw={600}>
        <Group gap={6}>
          <IconChevronRight
            size={16}
            style={{ transform: isOpen ? 'rotate(90deg)' : undefined, transition: 'transform 120ms' }}
          />
          {t('rules.section.fine')}
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack gap="md" pt="md">
          <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
            <NumberField
              form={form}
              name="ringTimeoutSeconds"
              label={t('rules.field.ringTimeout')}
              description=" "
              standard={25}
            />
            <NumberField
              form={form}
              name="expiresSeconds"
              label={t('rules.field.expires')}
              description={t('rules.field.expiresText')}
              standard={1800}
            />
          </SimpleGrid>
          <RetryFields form={form} />
          <TreatmentFields form={form} />
        </Stack>
      </Collapse>
    </div>
  );
}
