import { SimpleGrid, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NumberAt, TextAt } from '../parts/fields.tsx';
import { type LimitFieldsProps, LimitSection, setLimits } from './limit-section.tsx';

const OVERLOAD = { lateMs: 100, retryAfterSeconds: 5 };

/** What callers get when the server can't, or is told not to, promise anything new. */
export function PressureFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const isOn = form.values.limits?.overload !== false;
  return (
    <LimitSection title={t('limits.section.pressure')} lead={t('limits.section.pressureText')}>
      <Switch
        name="limits.overload"
        label={t('limits.overload.title')}
        description={t('limits.overload.text')}
        checked={isOn}
        onChange={({ currentTarget: { checked } }) => setLimits(form, { overload: checked ? OVERLOAD : false })}
      />
      {isOn ? (
        <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
          <NumberAt form={form} path="limits.overload.lateMs" label={t('limits.overload.lateMs')} min={10} />
          <NumberAt
            form={form}
            path="limits.overload.retryAfterSeconds"
            label={t('limits.overload.retryAfter')}
            min={1}
          />
        </SimpleGrid>
      ) : null}
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <NumberAt
          form={form}
          path="limits.notAccepting.status"
          label={t('limits.notAccepting.status')}
          description={t('limits.notAccepting.text')}
          min={400}
          max={699}
          standard={480}
        />
        <TextAt
          form={form}
          path="limits.notAccepting.reason.text"
          label={t('limits.notAccepting.reason')}
          placeholder="Callbacks are not taken now"
        />
        <TextAt
          form={form}
          path="limits.notAccepting.reason.protocol"
          label={t('limits.notAccepting.protocol')}
          placeholder="Q.850"
        />
        <NumberAt
          form={form}
          path="limits.notAccepting.reason.cause"
          label={t('limits.notAccepting.cause')}
          standard={31}
        />
      </SimpleGrid>
    </LimitSection>
  );
}
