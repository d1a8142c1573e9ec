import { Button, FileButton, Group, SimpleGrid, Textarea } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ChoiceAt, NumberAt, TagsAt } from '../parts/fields.tsx';
import { type LimitFieldsProps, LimitSection, setLimits } from './limit-section.tsx';

function PriceList({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const spend = form.values.limits?.spend ?? {};
  const set = (prices: string) => setLimits(form, { spend: { ...spend, prices } });
  return (
    <>
      <Textarea
        name="limits.spend.prices"
        label={t('limits.cost.prices')}
        description={t('limits.cost.pricesText')}
        placeholder={'prefix,class,perMinute\n+5548,low,0.05\n+55,medium,0.20'}
        autosize
        minRows={3}
        maxRows={10}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={spend.prices ?? ''}
        error={form.mistake('limits.spend.prices')}
        onChange={({ currentTarget: { value } }) => set(value)}
      />
      <Group>
        <FileButton accept=".csv,text/csv" onChange={(file) => void file?.text().then(set)}>
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<IconFileUpload size={14} />}>
              {t('limits.cost.file')}
            </Button>
          )}
        </FileButton>
      </Group>
    </>
  );
}

export function CostFields({ form }: LimitFieldsProps) {
  const { t } = useTranslation();
  const classes = form.values.limits?.spend?.classes ?? ['low', 'medium', 'high'];
  return (
    <LimitSection title={t('limits.section.cost')} lead={t('limits.section.costText')}>
      <NumberAt
        form={form}
        path="limits.spend.perDay"
        label={t('limits.cost.perDay')}
        description={t('limits.cost.perDayText')}
        placeholder={t('fields.noLimit')}
      />
      <PriceList form={form} />
      <TagsAt
        form={form}
        path="limits.spend.classes"
        label={t('limits.cost.classes')}
        description={t('limits.cost.classesText')}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <ChoiceAt
          form={form}
          path="limits.spend.maxPriceClass"
          label={t('limits.cost.maxPriceClass')}
          description={t('limits.cost.maxPriceClassText')}
          placeholder={t('limits.cost.anyClass')}
          data={classes}
        />
        <NumberAt
          form={form}
          path="limits.spend.assumedMinutes"
          label={t('limits.cost.assumedMinutes')}
          description={t('limits.cost.assumedMinutesText')}
          standard={3}
        />
      </SimpleGrid>
    </LimitSection>
  );
}
