import { useTranslation } from 'react-i18next';
import { useConfiguration } from '../api/queries.ts';
import { ChoiceAt } from './fields.tsx';
import type { Form } from './form.ts';

/** A field of cost that names one of the price list's classes. */
export function PriceClassAt<T extends object>({ form }: { form: Form<T> }) {
  const { t } = useTranslation();
  const classes = useConfiguration().data?.limits?.spend?.classes ?? [];
  return (
    <ChoiceAt
      form={form}
      path="maxPriceClass"
      label={t('fields.maxPriceClass')}
      description={t('fields.maxPriceClassText')}
      placeholder={t('fields.asLimits')}
      data={classes}
    />
  );
}
