/** The fields of the callback component's form, in its order: the method decides which of them are active. */

import { Alert, Button, Group, NumberInput, Radio, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { IconBulb, IconShieldLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useConfiguration, useResources } from '../api/queries.ts';
import type { CallbackRule } from '../api/types.ts';
import type { Form } from '../parts/form.ts';
import { originsOf } from './rule-words.ts';

export interface RuleFieldsProps {
  form: Form<CallbackRule>;
}

export const METHODS = ['caller', 'number', 'extension'] as const;

/** A number field that was emptied is left to the default. */
const numberOr = (value: number | string): number | null => (typeof value === 'number' ? value : null);

export function MethodField({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const method = form.values.method ?? 'caller';
  return (
    <Radio.Group
      name="method"
      label={t('rules.field.method')}
      value={method}
      error={form.mistake('method')}
      onChange={(value) => form.set({ method: value as CallbackRule['method'] })}
    >
      <Stack gap={8} mt={6}>
        {METHODS.map((one) => (
          <Radio key={one} value={one} label={t(`rules.method.${one}`)} description={t(`rules.method.${one}Text`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** The advice of the component's manual, where it matters. */
export function MethodAdvice({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const origins = originsOf(form.values).filter((one) => one.trim() !== '' && !one.endsWith('*'));
  if ((form.values.method ?? 'caller') !== 'caller') return null;
  if (origins.length === 0)
    return (
      <Alert variant="light" color="gray" icon={<IconBulb size={18} />} p="sm">
        {t('rules.advice.caller')}
      </Alert>
    );
  const number = origins[0] ?? '';
  return (
    <Alert variant="light" color="yellow" icon={<IconShieldLock size={18} />} p="sm">
      {t('rules.advice.misuse')}
      {origins.length > 1 ? null : (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={() => form.set({ method: 'number', number })}>
            {t('rules.advice.misuseAction', { number })}
          </Button>
        </Group>
      )}
    </Alert>
  );
}

function useDefaultRule(): string | null | undefined {
  const { data } = useConfiguration();
  return data === undefined ? undefined : (data.defaultOutgoingRule ?? null);
}

function NeitherAdvice({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const name = useDefaultRule();
  const { method, trunk, outgoingRule } = form.values;
  if (method === 'extension' || trunk || outgoingRule || name === undefined) return null;
  return (
    <Alert variant="light" color={name === null ? 'red' : 'gray'} icon={<IconBulb size={18} />} p="sm">
      {name === null ? t('rules.advice.neitherNone') : t('rules.advice.neither', { name })}
    </Alert>
  );
}

export function RouteFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const trunks = useResources('trunks');
  const outgoing = useResources('outgoing-rules');
  const { method, trunk, outgoingRule } = form.values;
  const isActive = method !== 'extension';
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <Select
          name="trunk"
          label={t('rules.field.trunk')}
          description={isActive ? t('rules.field.trunkText') : t('rules.inactive.trunk')}
          placeholder={isActive ? t('rules.field.trunkNone') : undefined}
          disabled={!isActive}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={(trunks.data?.items ?? []).map(({ name }) => name)}
          value={trunk ?? null}
          error={form.mistake('trunk')}
          onChange={(value) => form.set({ trunk: value })}
        />
        <Select
          name="outgoingRule"
          label={t('rules.field.outgoingRule')}
          description={isActive ? t('rules.field.outgoingRuleText') : t('rules.inactive.trunk')}
          placeholder={isActive ? t('rules.field.outgoingRuleNone') : undefined}
          disabled={!isActive}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={(outgoing.data?.items ?? []).map(({ name }) => name)}
          value={outgoingRule ?? null}
          error={form.mistake('outgoingRule')}
          onChange={(value) => form.set({ outgoingRule: value })}
        />
      </SimpleGrid>
      <NeitherAdvice form={form} />
    </>
  );
}

export function TargetFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const extensions = useResources('extensions');
  const { method, number, extension } = form.values;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <TextInput
        name="number"
        label={t('rules.field.number')}
        description={method === 'number' ? t('rules.field.numberText') : t('rules.inactive.number')}
        placeholder={method === 'number' ? '+5548999990000' : undefined}
        disabled={method !== 'number'}
        withAsterisk={method === 'number'}
        inputMode="tel"
        value={number ?? ''}
        error={form.mistake('number')}
        onChange={({ currentTarget: { value } }) => form.set({ number: value === '' ? null : value })}
      />
      <Select
        name="extension"
        label={t('rules.field.extension')}
        description={method === 'extension' ? t('rules.method.extensionText') : t('rules.inactive.extension')}
        disabled={method !== 'extension'}
        withAsterisk={method === 'extension'}
        searchable
        data={(extensions.data?.items ?? []).map((one) => one.number)}
        value={extension ?? null}
        error={form.mistake('extension')}
        onChange={(value) => form.set({ extension: value })}
      />
    </SimpleGrid>
  );
}

export function CallerIdFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const id = form.values.callerId ?? { number: '', name: null };
  const set = (change: Partial<typeof id>) => {
    const next = { ...id, ...change };
    form.set({ callerId: next.number === '' && !next.name ? null : { ...next, name: next.name || null } });
  };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <TextInput
        name="callerId.number"
        label={t('rules.field.callerId')}
        description={t('rules.field.callerIdText')}
        placeholder={t('rules.field.callerIdPlaceholder')}
        inputMode="tel"
        value={id.number}
        error={form.mistake('callerId')}
        onChange={({ currentTarget: { value } }) => set({ number: value })}
      />
      <TextInput
        name="callerId.name"
        label={t('rules.field.callerIdName')}
        description={' '}
        value={id.name ?? ''}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
      />
    </SimpleGrid>
  );
}

export function TimeFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <NumberInput
        name="delaySeconds"
        label={t('rules.field.delay')}
        description={t('rules.field.delayText')}
        min={0}
        placeholder="5"
        value={form.values.delaySeconds ?? ''}
        error={form.mistake('delaySeconds')}
        onChange={(value) => form.set({ delaySeconds: numberOr(value) })}
      />
      <NumberInput
        name="timeoutSeconds"
        label={t('rules.field.timeout')}
        description={t('rules.field.timeoutText')}
        min={0.1}
        placeholder="5"
        value={form.values.timeoutSeconds ?? ''}
        error={form.mistake('timeoutSeconds')}
        onChange={(value) => form.set({ timeoutSeconds: numberOr(value) })}
      />
    </SimpleGrid>
  );
}
