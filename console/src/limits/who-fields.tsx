import { MultiSelect, SimpleGrid, Stack, Switch, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ChoiceAt, NumberAt, TagsAt } from '../parts/fields.tsx';
import { LanguageAt } from '../parts/language-field.tsx';
import { countries } from './countries.ts';
import { type LimitFieldsProps, LimitSection, setLimits } from './limit-section.tsx';

/** As the configuration orders them: what costs the caller's host money first. */
export const SPECIAL_KINDS = [
  'premiumRate',
  'sharedCost',
  'universal',
  'personal',
  'pager',
  'voicemail',
  'satellite',
  'internationalNetwork',
  'tollFree',
  'voip',
  'unallocated',
] as const;
const USUALLY_ON: ReadonlySet<string> = new Set(['tollFree', 'voip', 'unallocated']);

function SpecialKinds({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const kinds = form.values.limits?.specialNumbers ?? {};
  return (
    <fieldset className="plain-fieldset">
      <Text component="legend" size="md" fw={600} mb={4}>
        {t('limits.special.title')}
      </Text>
      <Text size="xs" c="dimmed" mb="sm">
        {t('limits.special.text')}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {SPECIAL_KINDS.map((kind) => (
          <Switch
            key={kind}
            name={`limits.specialNumbers.${kind}`}
            label={t(`limits.special.${kind}`)}
            description={t(`limits.special.${kind}Text`)}
            checked={kinds[kind] ?? USUALLY_ON.has(kind)}
            onChange={({ currentTarget: { checked } }) =>
              setLimits(form, { specialNumbers: { ...kinds, [kind]: checked } })
            }
          />
        ))}
      </SimpleGrid>
    </fieldset>
  );
}

function CountryFields({ form }: LimitFieldsProps) {
  const { t, i18n } = useTranslation();
  const choices = useMemo(() => countries(i18n.language), [i18n.language]);
  const allowed = form.values.limits?.countries?.allow ?? [];
  return (
    <>
      <ChoiceAt
        form={form}
        path="defaultCountry"
        label={t('limits.defaultCountry')}
        description={t('limits.defaultCountryText')}
        data={choices}
        standard=""
      />
      <LanguageAt
        form={form}
        path="defaultLanguage"
        label={t('limits.defaultLanguage')}
        description={t('limits.defaultLanguageText')}
        placeholder={t('limits.defaultLanguageNone')}
      />
      <MultiSelect
        name="limits.countries.allow"
        label={t('limits.countries')}
        description={t('limits.countriesText')}
        placeholder={allowed.length === 0 ? t('limits.countriesNone') : undefined}
        searchable
        data={choices}
        value={allowed}
        error={form.mistake('limits.countries')}
        onChange={(allow) => setLimits(form, { countries: { allow } })}
      />
    </>
  );
}

export function WhoFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  return (
    <LimitSection title={t('limits.section.who')} lead={t('limits.section.whoText')}>
      <CountryFields form={form} />
      <TagsAt
        form={form}
        path="limits.blockedNumbers"
        label={t('limits.blocked')}
        description={t('limits.blockedText')}
        placeholder="+1900*"
        splitChars={[';']}
      />
      <SpecialKinds form={form} />
      <TagsAt
        form={form}
        path="limits.callingHours"
        label={t('fields.callingHours')}
        description={t('limits.callingHoursText')}
        placeholder="Mon-Fri 08:00-21:00"
        splitChars={[';']}
      />
      <NumberAt
        form={form}
        path="limits.unwantedSeconds"
        label={t('limits.unwanted')}
        description={t('limits.unwantedText')}
        placeholder={t('limits.forever')}
        min={1}
      />
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {t('limits.ownNumbers')}{' '}
          <Link to="/inbound-numbers" className="text-link in-text">
            {t('nav.inboundNumbers')}
          </Link>
        </Text>
        <Text size="sm" c="dimmed">
          {t('limits.suppressions')}{' '}
          <Link to="/suppressions" className="text-link in-text">
            {t('nav.suppressions')}
          </Link>
        </Text>
      </Stack>
    </LimitSection>
  );
}
