/** What a rule refuses and how much is too much for it: all of it left to the limits of the system, unless it says more. */

import { SimpleGrid } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import { ChoiceAt, NumberAt, TagsAt } from '../parts/fields.tsx';
import { Fold } from '../parts/fold.tsx';
import { PriceClassAt } from '../parts/price-class.tsx';
import type { RuleFieldsProps } from './rule-fields.tsx';

const PATHS = [
  'hours',
  'callingHours',
  'outsideHours',
  'minimumAttestation',
  'limit',
  'maxPriceClass',
  'spendPerDay',
] as const;

function HourFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const hours = (useResources('hours').data?.items ?? []).map(({ name }) => name);
  return (
    <>
      <TagsAt
        form={form}
        path="callingHours"
        label={t('fields.callingHours')}
        description={t('fields.rule.callingHoursText')}
        placeholder="Mon-Fri 08:00-21:00"
        splitChars={[';']}
        isNullable
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <ChoiceAt
          form={form}
          path="hours"
          label={t('fields.rule.hours')}
          description={t('fields.rule.hoursText')}
          placeholder={t('fields.rule.hoursNone')}
          data={hours}
        />
        <ChoiceAt
          form={form}
          path="outsideHours"
          label={t('fields.rule.outsideHours')}
          description=" "
          data={(['refuse', 'wait'] as const).map((value) => ({ value, label: t(`fields.rule.outside.${value}`) }))}
          standard="refuse"
        />
      </SimpleGrid>
    </>
  );
}

export function GuardFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  return (
    <Fold title={t('fields.rule.guards')} isForcedOpen={PATHS.some((path) => form.mistake(path) !== undefined)}>
      <HourFields form={form} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <NumberAt form={form} path="limit.max" label={t('fields.rule.limitMax')} placeholder={t('fields.asLimits')} />
        <NumberAt form={form} path="limit.perSeconds" label={t('fields.rule.limitSeconds')} min={1} standard={3600} />
        <PriceClassAt form={form} />
        <NumberAt
          form={form}
          path="spendPerDay"
          label={t('fields.spendPerDay')}
          description={t('fields.spendPerDayText')}
          placeholder={t('fields.noLimit')}
        />
        <ChoiceAt
          form={form}
          path="minimumAttestation"
          label={t('fields.minimumAttestation')}
          description={t('fields.minimumAttestationText')}
          placeholder={t('fields.notAsked')}
          data={['A', 'B', 'C']}
        />
      </SimpleGrid>
    </Fold>
  );
}
