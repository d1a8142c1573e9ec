/** The fields of a component, as the table of its kind has them: those that the server knows. */

import { Button, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type ResourceName, useResources } from '../api/queries.ts';
import { flowEditor as words } from '../i18n/en/flow-editor.ts';
import { ChoiceAt, NumberAt, SwitchAt, TagsAt, TextAt } from '../parts/fields.tsx';
import { Fold } from '../parts/fold.tsx';
import type { Form } from '../parts/form.ts';
import type { FieldSpec } from './component-kinds.ts';
import type { Component } from './flow-draft.ts';

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

/** Names and texts, one line each. */
function TextsField({ form, spec }: { form: ComponentForm; spec: FieldSpec }) {
  const { t } = useTranslation();
  const label = useLabel();
  const given = form.values[spec.path];
  const entries = Object.entries((typeof given === 'object' && given !== null ? given : {}) as Record<string, string>);
  const put = (next: Array<[string, string]>) => form.set({ [spec.path]: Object.fromEntries(next) });
  const error = form.mistake(spec.path);
  return (
    <Stack gap={6} component="fieldset" className="plain-fieldset">
      <Text component="legend" size="sm" fw={500}>
        {label(spec.path)}
      </Text>
      {entries.map(([name, text], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place while its name is typed
        <Group key={index} gap={6} wrap="nowrap">
          <TextInput
            aria-label={t('flowEditor.variable')}
            value={name}
            onChange={({ currentTarget: { value } }) =>
              put(entries.map((one, at) => (at === index ? [value, text] : one)))
            }
          />
          <TextInput
            aria-label={t('flowEditor.valueOf', { name })}
            value={text}
            onChange={({ currentTarget: { value } }) =>
              put(entries.map((one, at) => (at === index ? [name, value] : one)))
            }
          />
        </Group>
      ))}
      {error === undefined ? null : (
        <Text size="xs" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => put([...entries, [`name${entries.length + 1}`, '']])}
        >
          {t('flowEditor.addVariable')}
        </Button>
      </Group>
    </Stack>
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
    case 'group':
      return <GroupField form={form} spec={spec} />;
    case 'texts':
      return <TextsField form={form} spec={spec} />;
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
