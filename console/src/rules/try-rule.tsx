/** A dry run with a number: what the stored configuration would do with that call, and why. */

import { Alert, Box, Button, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useResources } from '../api/queries.ts';
import type { CallbackRule } from '../api/types.ts';
import { ExplanationView } from '../parts/explanation.tsx';
import { Failure } from '../parts/failure.tsx';
import { plainNumber } from '../parts/plain-number.ts';
import { originsOf } from './rule-words.ts';

export interface TryRuleProps {
  rule: CallbackRule;
  name: string | null;
  isChanged: boolean;
}

/** A number that the rule is for, if it is for one. */
const likelyCaller = (rule: CallbackRule) => originsOf(rule).find((one) => !one.endsWith('*')) ?? '';

export function TryRule({ rule, name, isChanged }: TryRuleProps) {
  const { t } = useTranslation();
  const numbers = useResources('inbound-numbers');
  const choices = (numbers.data?.items ?? []).filter(({ callback }) => callback === true).map(({ number }) => number);
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const caller = from ?? likelyCaller(rule);
  const dialled = to ?? rule.inboundNumbers?.[0] ?? choices[0] ?? null;
  const run = useMutation({
    mutationFn: () => api.get('/api/v1/explain', { query: { to: dialled ?? '', from: plainNumber(caller) } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate();
  };
  const takenByOther = run.data?.outcome === 'callback' && run.data.rule !== null && run.data.rule !== name;
  return (
    <Box component="section" className="panel" p="lg" aria-label={t('rules.try.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div>
            <Title order={3}>{t('rules.try.title')}</Title>
            <Text size="sm" c="dimmed">
              {t('rules.try.lead')}
            </Text>
          </div>
          <TextInput
            label={t('rules.try.from')}
            placeholder="(48) 99199-6260"
            inputMode="tel"
            value={caller}
            onChange={({ currentTarget: { value } }) => setFrom(value)}
          />
          <Select label={t('rules.try.to')} data={choices} value={dialled} searchable onChange={setTo} />
          <Group>
            <Button type="submit" variant="light" loading={run.isPending} disabled={dialled === null}>
              {t('rules.try.run')}
            </Button>
          </Group>
          {isChanged ? (
            <Text size="sm" c="dimmed">
              {t('rules.try.unsaved')}
            </Text>
          ) : null}
          {run.error === null ? null : <Failure error={run.error} />}
          {takenByOther && !isChanged ? (
            <Alert color="yellow" p="xs">
              {t('rules.try.otherRule')}
            </Alert>
          ) : null}
          {run.data === undefined ? null : <ExplanationView explanation={run.data} />}
        </Stack>
      </form>
    </Box>
  );
}
