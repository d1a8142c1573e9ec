/** Why it is called back as it is: what was decided when it was accepted, beside what would be decided today. */

import { Alert, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { CallbackDetail, Decision as StoredDecision } from '../api/types.ts';
import { ExplanationView } from '../parts/explanation.tsx';
import { Failure } from '../parts/failure.tsx';
import { durationText, Instant } from '../parts/instant.tsx';
import { Loading } from '../parts/loading.tsx';
import { differences, storedFacts } from './decision-facts.ts';

function useDecision(id: string) {
  return useQuery({
    queryKey: ['callback', id, 'decision'],
    queryFn: ({ signal }) =>
      api.get('/api/v1/callbacks/{id}/decision', { parameters: { id }, signal }) as Promise<StoredDecision>,
  });
}

function valueText(t: TFunction, name: string, value: string): string {
  if (name === 'delay') return t('decision.fact.delaySeconds', { seconds: value });
  if (name === 'expires') return durationText(Number(value) * 1000);
  if (name === 'method' && /^(caller|number|extension)$/.test(value)) return t(`rules.method.${value as 'caller'}`);
  return value;
}

function Then({ decision }: { decision: StoredDecision }) {
  const { t } = useTranslation();
  return (
    <dl className="facts" data-testid="decision-then">
      <div>
        <Text component="dt" size="sm" c="dimmed">
          {t('decision.earlier')}
        </Text>
        <Text component="dd" size="sm">
          <Instant at={decision.at} />
        </Text>
      </div>
      {storedFacts(decision).map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="sm" c="dimmed">
            {t(`decision.fact.${name}`)}
          </Text>
          <Text component="dd" size="sm" className="number">
            {valueText(t, name, value)}
          </Text>
        </div>
      ))}
    </dl>
  );
}

function Today({ callback, decision }: { callback: CallbackDetail; decision: StoredDecision }) {
  const { t } = useTranslation();
  const { id, inboundNumber, number } = callback;
  const explanation = useQuery({
    queryKey: ['configuration', 'explain', id],
    enabled: typeof inboundNumber === 'string',
    queryFn: ({ signal }) => api.get('/api/v1/explain', { query: { to: inboundNumber ?? '', from: number }, signal }),
  });
  if (typeof inboundNumber !== 'string' || callback.origin?.startsWith('api:') === true)
    return <Text c="dimmed">{t('decision.byApi')}</Text>;
  if (explanation.error !== null) return <Failure error={explanation.error} />;
  if (explanation.data === undefined) return <Loading size="sm" />;
  const other = differences(decision, explanation.data);
  return (
    <Stack gap="sm">
      <Alert color={other.length === 0 ? 'teal' : 'yellow'} variant="light" p="xs">
        <Text size="sm">{other.length === 0 ? t('decision.same') : t('decision.differs')}</Text>
        {other.map(([name, value]) => (
          <Text key={name} size="sm">
            {t(`decision.fact.${name}`)}:{' '}
            {t('decision.changedSince', { value: valueText(t, name, value) || t('decision.nothing') })}
          </Text>
        ))}
      </Alert>
      <ExplanationView explanation={explanation.data} />
    </Stack>
  );
}

export function Decision({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const { data, error } = useDecision(callback.id);
  if (error !== null) return <Failure error={error} />;
  if (data === undefined) return <Loading size="sm" />;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <div>
        <Title order={3}>{t('decision.earlier')}</Title>
        <Text size="sm" c="dimmed" mb="sm">
          {t('decision.earlierText')}
        </Text>
        <Then decision={data} />
      </div>
      <div>
        <Title order={3}>{t('decision.today')}</Title>
        <Text size="sm" c="dimmed" mb="sm">
          {t('decision.todayText')}
        </Text>
        <Today callback={callback} decision={data} />
      </div>
    </SimpleGrid>
  );
}
