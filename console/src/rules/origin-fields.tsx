/** Which calls a rule is for, and where the answered callback goes on. */

import { MultiSelect, Radio, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { RuleFieldsProps } from './rule-fields.tsx';
import { originsOf } from './rule-words.ts';

export function NameField({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      name="name"
      label={t('rules.field.name')}
      placeholder={t('rules.field.namePlaceholder')}
      withAsterisk
      maxLength={100}
      value={form.values.name}
      error={form.mistake('name')}
      onChange={({ currentTarget: { value } }) => form.set({ name: value })}
    />
  );
}

export function OriginFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const { origin } = form.values;
  const isAny = origin === 'any' || origin === null || origin === undefined;
  return (
    <>
      <Radio.Group
        name="origin"
        label={t('rules.field.origin')}
        value={isAny ? 'any' : 'number'}
        error={isAny ? form.mistake('origin') : undefined}
        onChange={(value) => form.set({ origin: value === 'any' ? 'any' : [] })}
      >
        <Stack gap={8} mt={6}>
          <Radio value="number" label={t('rules.field.originNumber')} description={t('rules.field.originNumberText')} />
          <Radio value="any" label={t('rules.field.originAny')} description={t('rules.field.originAnyText')} />
        </Stack>
      </Radio.Group>
      {isAny ? null : (
        <TagsInput
          label={t('rules.field.originNumbers')}
          description={t('rules.field.originNumbersText')}
          placeholder={originsOf(form.values).length === 0 ? '(48) 99199-6260' : undefined}
          withAsterisk
          acceptValueOnBlur
          splitChars={[',', ';']}
          value={originsOf(form.values)}
          error={form.mistake('origin')}
          onChange={(value) => form.set({ origin: value })}
        />
      )}
    </>
  );
}

export function InboundField({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const numbers = useResources('inbound-numbers');
  const chosen = form.values.inboundNumbers ?? [];
  return (
    <MultiSelect
      name="inboundNumbers"
      label={t('rules.field.inboundNumbers')}
      placeholder={chosen.length === 0 ? t('rules.field.inboundNumbersAll') : undefined}
      data={[...new Set([...(numbers.data?.items ?? []).map(({ number }) => number), ...chosen])]}
      value={chosen}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      error={form.mistake('inboundNumbers')}
      onChange={(value) => form.set({ inboundNumbers: value })}
    />
  );
}

export function NextField({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const flows = useResources('flows');
  return (
    <Select
      name="next"
      label={t('rules.field.next')}
      description={t('rules.field.nextText')}
      placeholder={t('rules.field.nextNone')}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      data={(flows.data?.items ?? []).map(({ name }) => name)}
      value={form.values.next ?? null}
      error={form.mistake('next')}
      onChange={(value) => form.set({ next: value })}
    />
  );
}
