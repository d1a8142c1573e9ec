/** The fields of a component, as the table of its kind has them: those that the server knows. */

import { Select, Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type ResourceName, useResources } from '../api/queries.ts';
import { flowEditor as words } from '../i18n/en/flow-editor.ts';
import { ChoiceAt, NumberAt, SecretAt, SwitchAt, TagsAt, TextAt } from '../parts/fields.tsx';
import { Fold } from '../parts/fold.tsx';
import type { Form } from '../parts/form.ts';
import { LanguageAt } from '../parts/language-field.tsx';
import type { FieldSpec } from './component-kinds.ts';
import type { Component } from './flow-draft.ts';
import { VariableFields } from './variable-fields.tsx';

export type ComponentForm = Form<Component>;

type FieldWord = keyof typeof words.field;

function useLabel() {
  const { t } = useTranslation();
  return (path: string): string => {
    const key = path.replaceAll('.', '_');
    return Object.hasOwn(words.field, key) ? t(`flowEditor.field.${key as FieldWord}`) : path;
  };
}

const SOURCES: Record<string, ResourceName> = {
  extension: 'extensions',
  extensions: 'extensions',
  trunk: 'trunks',
  outgoingRule: 'outgoing-rules',
  rule: 'callback-rules',
  hours: 'hours',
};

function NamedField({ form, spec }: { form: ComponentForm; spec: FieldSpec }) {
  const label = useLabel();
  const source = SOURCES[spec.kind] ?? 'hours';
  const items = (useResources(source).data?.items ?? []) as ReadonlyArray<{ name?: string; number?: string }>;
  const names = items.map((item) => (source === 'extensions' ? item.number : item.name) ?? '');
  const shown = { form, path: spec.path, label: label(spec.path) };
  return spec.kind === 'extensions' ? (
    <TagsAt {...shown} data={names} isNullable />
  ) : (
    <ChoiceAt {...shown} data={names} />
  );
}

function AsRuleField({ form, spec }: { form: ComponentForm; spec: FieldSpec }) {
  const { t } = useTranslation();
  const label = useLabel();
  const given = form.values[spec.path];
  return (
    <Select
      name={spec.path}
      label={label(spec.path)}
      placeholder={t('flowEditor.asRule')}
      data={[
        { value: 'true', label: t('yes') },
        { value: 'false', label: t('no') },
      ]}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      value={typeof given === 'boolean' ? String(given) : null}
      error={form.mistake(spec.path)}
      onChange={(next) => form.set({ [spec.path]: next === null ? null : next === 'true' })}
    />
  );
}

function GroupField({ form, spec }: { form: ComponentForm; spec: FieldSpec }) {
  const label = useLabel();
  const isOn = typeof form.values[spec.path] === 'object' && form.values[spec.path] !== null;
  return (
    <Stack gap="sm">
      <Switch
        name={spec.path}
        label={label(spec.path)}
        checked={isOn}
        onChange={({ currentTarget }) => form.set({ [spec.path]: currentTarget.checked ? {} : undefined })}
      />
      {isOn ? (
        <Stack gap="sm" pl="md" className="flow-group">
          {(spec.fields ?? []).map((field) => (
            <Field key={field.path} form={form} spec={field} />
          ))}
        </Stack>
      ) : null}
    </Stack>
  );
}

type ChoiceWord = keyof typeof words.choice;

function Field({ form, spec }: { form: ComponentForm; spec: FieldSpec }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { path, kind, standard, min, max, choices = [], isRequired = false } = spec;
  const shown = { form, path, label: label(path) };
  const placeholder = standard === undefined ? undefined : String(standard);
  switch (kind) {
    case 'number':
      return (
        <NumberAt
          {...shown}
          {...(min === undefined ? {} : { min })}
          {...(max === undefined ? {} : { max })}
          {...(typeof standard === 'number' ? { standard } : {})}
        />
      );
    case 'switch':
      return <SwitchAt {...shown} standard={standard === true} />;
    case 'choice': {
      const worded = (value: string) => {
        const word = value === '' ? 'none' : value;
        return Object.hasOwn(words.choice, word) ? t(`flowEditor.choice.${word as ChoiceWord}`) : value;
      };
      const data = choices.map((value) => ({ value, label: worded(value) }));
      return <ChoiceAt {...shown} data={data} {...(typeof standard === 'string' ? { standard } : {})} />;
    }
    case 'text':
      return <TextAt {...shown} withAsterisk={isRequired} {...(placeholder === undefined ? {} : { placeholder })} />;
    case 'prompt':
      return (
        <TextAt
          {...shown}
          withAsterisk={isRequired}
          mono
          description={t('flowEditor.promptText')}
          {...(placeholder === undefined ? {} : { placeholder })}
        />
      );
    case 'secret':
      return <SecretAt {...shown} />;
    case 'language':
      return <LanguageAt {...shown} />;
    case 'asRule':
      return <AsRuleField form={form} spec={spec} />;
    case 'group':
      return <GroupField form={form} spec={spec} />;
    case 'texts':
      return <VariableFields form={form} path={path} label={shown.label} />;
    default:
      return <NamedField form={form} spec={spec} />;
  }
}

export interface ComponentFieldsProps {
  form: ComponentForm;
  specs: readonly FieldSpec[];
  isKnown(field: string): boolean;
}

export function ComponentFields({ form, specs, isKnown }: ComponentFieldsProps) {
  const { t } = useTranslation();
  const shown = specs.filter(({ path }) => isKnown(path.split('.')[0] ?? ''));
  const fine = shown.filter(({ isFine }) => isFine === true);
  return (
    <>
      {shown
        .filter(({ isFine }) => isFine !== true)
        .map((spec) => (
          <Field key={spec.path} form={form} spec={spec} />
        ))}
      {fine.length === 0 ? null : (
        <Fold title={t('rules.section.fine')} isForcedOpen={fine.some(({ path }) => form.mistake(path) !== undefined)}>
          {fine.map((spec) => (
            <Field key={spec.path} form={form} spec={spec} />
          ))}
        </Fold>
      )}
    </>
  );
}

/** For what names a component of the flow. */
export function ComponentSelect({
  label,
  value,
  names,
  error,
  placeholder,
  isReadOnly,
  onChange,
}: {
  label: string;
  value: string | null;
  names: readonly string[];
  error: string | undefined;
  placeholder: string;
  isReadOnly: boolean;
  onChange(name: string | null): void;
}) {
  const { t } = useTranslation();
  return (
    <Select
      label={label}
      placeholder={placeholder}
      data={[...names]}
      value={value !== null && names.includes(value) ? value : null}
      error={error}
      disabled={isReadOnly}
      searchable={names.length > 8}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      onChange={onChange}
    />
  );
}
