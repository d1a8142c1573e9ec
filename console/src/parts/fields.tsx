/**
 * The fields of a form, each by its path in the configuration. The path is the name of the input, so that a test can see
 * which fields a form has.
 */

import { NumberInput, PasswordInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeAt, valueAt } from './field-path.ts';
import type { Form } from './form.ts';

export interface FieldProps<T extends object> {
  form: Form<T>;
  path: string;
  label: string;
  description?: string | undefined;
  placeholder?: string | undefined;
  disabled?: boolean | undefined;
}

function useField<T extends object>({ form, path, label, description, placeholder, disabled }: FieldProps<T>) {
  return {
    value: valueAt(form.values, path),
    set: (value: unknown) => form.set(changeAt(form.values, path, value)),
    shown: {
      name: path,
      label,
      ...(description === undefined ? {} : { description }),
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(disabled === undefined ? {} : { disabled }),
      error: form.mistake(path),
    },
  };
}

export function TextAt<T extends object>({
  mono = false,
  withAsterisk = false,
  ...props
}: FieldProps<T> & { mono?: boolean; withAsterisk?: boolean }) {
  const { value, set, shown } = useField(props);
  return (
    <TextInput
      {...shown}
      withAsterisk={withAsterisk}
      autoComplete="off"
      {...(mono ? { classNames: { input: 'mono' } } : {})}
      value={typeof value === 'string' ? value : ''}
      onChange={({ currentTarget }) => set(currentTarget.value === '' ? null : currentTarget.value)}
    />
  );
}

/** What is stored is shown as its mask; where it comes from a file or the environment, as nothing. */
export function SecretAt<T extends object>(props: FieldProps<T>) {
  const { t } = useTranslation();
  const { value, set, shown } = useField(props);
  return (
    <PasswordInput
      {...shown}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
      value={typeof value === 'string' ? value : ''}
      onChange={({ currentTarget }) => set(currentTarget.value === '' ? null : currentTarget.value)}
    />
  );
}

export function NumberAt<T extends object>({
  min = 0,
  max,
  standard,
  ...props
}: FieldProps<T> & { min?: number; max?: number; standard?: number }) {
  const { value, set, shown } = useField(props);
  return (
    <NumberInput
      {...shown}
      {...(standard === undefined ? {} : { placeholder: String(standard) })}
      min={min}
      {...(max === undefined ? {} : { max })}
      value={typeof value === 'number' ? value : ''}
      onChange={(next) => set(typeof next === 'number' ? next : null)}
    />
  );
}

/** @param standard what it is where nothing is said */
export function SwitchAt<T extends object>({ standard = false, ...props }: FieldProps<T> & { standard?: boolean }) {
  const { value, set, shown } = useField(props);
  return (
    <Switch
      {...shown}
      checked={typeof value === 'boolean' ? value : standard}
      onChange={({ currentTarget }) => set(currentTarget.checked)}
    />
  );
}

export interface Choice {
  value: string;
  label: string;
}

/** @param standard what it is where nothing is said; left out: nothing may be said */
export function ChoiceAt<T extends object>({
  data,
  standard,
  ...props
}: FieldProps<T> & { data: ReadonlyArray<Choice | string>; standard?: string }) {
  const { t } = useTranslation();
  const { value, set, shown } = useField(props);
  const isOptional = standard === undefined;
  return (
    <Select
      {...shown}
      data={[...data]}
      searchable={data.length > 8}
      clearable={isOptional}
      allowDeselect={isOptional}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      value={typeof value === 'string' ? value : (standard ?? null)}
      onChange={(next) => set(next)}
    />
  );
}

/** A list of texts. @param isNullable an empty list is left out */
export function TagsAt<T extends object>({
  data = [],
  splitChars = [',', ';'],
  isNullable = false,
  ...props
}: FieldProps<T> & { data?: readonly string[]; splitChars?: string[]; isNullable?: boolean }) {
  const { t } = useTranslation();
  const { value, set, shown } = useField(props);
  const tags = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  const { placeholder, ...rest } = shown;
  return (
    <TagsInput
      {...rest}
      {...(tags.length === 0 && placeholder !== undefined ? { placeholder } : {})}
      data={[...data]}
      acceptValueOnBlur
      splitChars={splitChars}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      value={tags}
      onChange={(next) => set(isNullable && next.length === 0 ? null : next)}
    />
  );
}
