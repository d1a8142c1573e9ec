import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { CallbackDetail } from '../api/types.ts';
import { ExplanationView } from '../parts/explanation.tsx';
import { Failure } from '../parts/failure.tsx';

export function Decision({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const { id, inboundNumber, number } = callback;
  const explanation = useQuery({
    queryKey: ['configuration', 'explain', id],
    enabled: typeof inboundNumber === 'string',
    queryFn: ({ signal }) => api.get('/api/v1/explain', { query: { to: inboundNumber ?? '', from: number }, signal }),
  });
  if (typeof inboundNumber !== 'string') return <Text c="dimmed">{t('callbacks.one.decisionApi')}</Text>;
  if (explanation.error !== null) return <Failure error={explanation.error} />;
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {t('callbacks.one.decisionText')}
      </Text>
      {explanation.data === undefined ? <Loader size="sm" /> : <ExplanationView explanation={explanation.data} />}
    </>
  );
}
