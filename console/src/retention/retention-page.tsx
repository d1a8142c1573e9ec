import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { DaysPanel } from './days-panel.tsx';
import { ErasurePanel } from './erasure-panel.tsx';
import { HoldsPanel } from './holds-panel.tsx';

export function RetentionPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('retention.title')} lead={t('retention.lead')}>
      <Stack gap="xl">
        <DaysPanel />
        <HoldsPanel />
        <ErasurePanel />
      </Stack>
    </Page>
  );
}
