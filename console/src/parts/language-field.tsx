/** The language in which people are spoken to: one of those that prompts come in, or any other by its tag. */

import { Autocomplete, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeAt, valueAt } from './field-path.ts';
import type { FieldProps } from './fields.tsx';

/** Those that the server has recordings in from the start. */
export const SPOKEN_LANGUAGES = ['en', 'pt-BR', 'es'] as const;

/** In the reader's own words: `Portuguese (Brazil)`; what is no language stays as it is. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language', languageDisplay: 'standard' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function LanguageAt<T extends object>({ form, path, label, description, placeholder }: FieldProps<T>) {
  const { i18n } = useTranslation();
  const value = valueAt(form.values, path);
  const change = (text: string) => form.set(changeAt(form.values, path, text.trim() === '' ? null : text.trim()));
  return (
    <Autocomplete
      name={path}
      label={label}
      {...(description === undefined ? {} : { description })}
      {...(placeholder === undefined ? {} : { placeholder })}
      data={[...SPOKEN_LANGUAGES]}
      // All of them are to be seen, whatever stands in the field
      filter={({ options }) => options}
      renderOption={({ option }) => (
        <Group gap="xs">
          <Text size="sm">{languageName(option.value, i18n.language)}</Text>
          <Text size="xs" c="dimmed" className="mono">
            {option.value}
          </Text>
        </Group>
      )}
      maxLength={11}
      autoComplete="off"
      value={typeof value === 'string' ? value : ''}
      error={form.mistake(path)}
      onChange={change}
    />
  );
}
