/** A day and a time, chosen in a calendar of the reader's language. */

import '@mantine/dates/styles.css';
import 'dayjs/locale/es';
import 'dayjs/locale/pt-br';
import { DatesProvider, DateTimePicker } from '@mantine/dates';
import { useTranslation } from 'react-i18next';
import { isoOf, momentText, zoneText } from './moment.ts';

export interface MomentFieldProps {
  label: string;
  placeholder?: string;
  /** Local time, `2026-11-27 14:30:00`. */
  value: string | null;
  onChange(value: string | null): void;
}

export function MomentField({ label, placeholder, value, onChange }: MomentFieldProps) {
  const { t, i18n } = useTranslation();
  return (
    <DatesProvider settings={{ locale: i18n.language.toLowerCase(), firstDayOfWeek: i18n.language === 'en' ? 0 : 1 }}>
      <DateTimePicker
        label={label}
        placeholder={placeholder}
        description={t('callbacks.zone', {
          zone: zoneText(i18n.language, new Date(value === null ? Date.now() : isoOf(value))),
        })}
        value={value}
        onChange={onChange}
        minDate={new Date()}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        valueFormat={(local) => momentText(i18n.language, local)}
        nextLabel={t('pager.next')}
        previousLabel={t('pager.previous')}
        submitButtonProps={{ 'aria-label': t('action.apply') }}
        timePickerProps={{
          withDropdown: true,
          hoursInputLabel: t('callbacks.hours'),
          minutesInputLabel: t('callbacks.minutes'),
        }}
        popoverProps={{ withinPortal: true }}
      />
    </DatesProvider>
  );
}
