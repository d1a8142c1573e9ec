import { MultiSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';

export interface NumbersFieldProps {
  label: string;
  description: string;
  value: readonly string[];
  error?: string | undefined;
  onChange(numbers: string[]): void;
}

/** Some of the inbound numbers; none chosen: all. */
export function NumbersField({ label, description, value, error, onChange }: NumbersFieldProps) {
  const { t } = useTranslation();
  const numbers = useResources('inbound-numbers').data?.items ?? [];
  return (
    <MultiSelect
      label={label}
      description={description}
      placeholder={value.length === 0 ? t('scope.all') : ''}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      nothingFoundMessage={t('scope.none')}
      // One that was taken out of the configuration can still be taken away here.
      data={[...new Set([...numbers.map(({ number }) => number), ...value])]}
      value={[...value]}
      error={error}
      onChange={onChange}
    />
  );
}
