import { SimpleGrid, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import { ChoiceAt, NumberAt, TagsAt, TextAt } from '../parts/fields.tsx';
import { type LimitFieldsProps, LimitSection } from './limit-section.tsx';

export function PhoneFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  return (
    <LimitSection title={t('limits.section.phones')} lead={t('limits.section.phonesText')}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <NumberAt form={form} path="registrar.maxContacts" label={t('limits.phones.contacts')} min={1} standard={5} />
        <NumberAt
          form={form}
          path="registrar.maxChangesPerMinute"
          label={t('limits.phones.changes')}
          min={1}
          standard={30}
        />
        <NumberAt form={form} path="registrar.minExpiresSeconds" label={t('limits.phones.min')} min={1} standard={60} />
        <NumberAt
          form={form}
          path="registrar.maxExpiresSeconds"
          label={t('limits.phones.max')}
          min={60}
          standard={3600}
        />
      </SimpleGrid>
    </LimitSection>
  );
}

const TIMERS = { expiresSeconds: 1800, minSeconds: 90 };

export function CallFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const rules = (useResources('outgoing-rules').data?.items ?? []).map(({ name }) => name);
  const { calls } = form.values;
  const hasTimers = calls?.sessionTimers !== false;
  return (
    <LimitSection title={t('limits.section.calls')} lead={t('limits.section.callsText')}>
      <Switch
        name="calls.sessionTimers"
        label={t('limits.calls.timers')}
        description={t('limits.calls.timersText')}
        checked={hasTimers}
        onChange={({ currentTarget: { checked } }) =>
          form.set({ calls: { ...calls, sessionTimers: checked ? TIMERS : false } })
        }
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        {hasTimers ? (
          <>
            <NumberAt
              form={form}
              path="calls.sessionTimers.expiresSeconds"
              label={t('limits.calls.expires')}
              min={90}
            />
            <NumberAt form={form} path="calls.sessionTimers.minSeconds" label={t('limits.calls.least')} min={90} />
          </>
        ) : null}
        <NumberAt
          form={form}
          path="calls.mediaTimeoutSeconds"
          label={t('limits.calls.mediaTimeout')}
          description={t('limits.calls.mediaTimeoutText')}
          min={1}
          standard={60}
        />
        <TextAt
          form={form}
          path="calls.holdMusic"
          label={t('limits.calls.holdMusic')}
          description={t('limits.calls.holdMusicText')}
          placeholder="tone:hold"
        />
        <ChoiceAt
          form={form}
          path="calls.transfers.by"
          label={t('limits.calls.transfersBy')}
          data={(['nobody', 'extensions', 'anyone'] as const).map((value) => ({
            value,
            label: t(`limits.calls.by.${value}`),
          }))}
          standard="extensions"
        />
        <ChoiceAt
          form={form}
          path="calls.transfers.outgoingRule"
          label={t('limits.calls.transfersRule')}
          placeholder={t('limits.calls.transfersRuleNone')}
          data={rules}
        />
        <NumberAt
          form={form}
          path="calls.transfers.ringTimeoutSeconds"
          label={t('limits.calls.transfersRing')}
          min={1}
          standard={30}
        />
      </SimpleGrid>
    </LimitSection>
  );
}

/** Neither of the two says anything without the other. */
export function ProxyFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  return (
    <LimitSection title={t('limits.section.proxies')} lead={t('limits.section.proxiesText')}>
      <TagsAt
        form={form}
        path="trustedProxies.addresses"
        label={t('limits.proxies.addresses')}
        placeholder="10.0.0.5/32"
      />
      <TextAt
        form={form}
        path="trustedProxies.sourceHeader"
        label={t('limits.proxies.header')}
        placeholder="X-Source"
      />
    </LimitSection>
  );
}
