/** Which route of a rule takes a number, and what is dialled. */

import { Box, Button, Group, List, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useResources } from '../api/queries.ts';
import type { RuleTrial } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { plainNumber } from '../parts/plain-number.ts';
import { Wording } from '../parts/sentence.ts';

function Trial({ trial }: { trial: RuleTrial }) {
  const { t, i18n } = useTranslation();
  const { routes = [], trunks = [], refusal } = trial;
  const why = refusal ? new Wording(t, i18n.language).of(refusal) : t('outgoing.nobody');
  return (
    <Stack gap="xs" role="status" data-testid="trial">
      {trunks.map(({ trunk, user }) => (
        <Text key={trunk} fw={600}>
          {t('outgoing.dials', { user, trunk })}
        </Text>
      ))}
      {trunks.length === 0 ? <Text fw={600}>{why}</Text> : null}
      <List size="sm" type="ordered">
        {routes.map(({ route, match, verdict }) => (
          <List.Item key={route} c={verdict === 'taken' ? undefined : 'dimmed'}>
            <span className="mono">{match}</span> · {verdict === undefined ? '' : t(`outgoing.verdict.${verdict}`)}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

export function RuleTester() {
  const { t } = useTranslation();
  const rules = useResources('outgoing-rules');
  const names = (rules.data?.items ?? []).map(({ name }) => name);
  const [chosen, setChosen] = useState<string | null>(null);
  const [number, setNumber] = useState('');
  const rule = chosen ?? names[0] ?? null;
  const run = useMutation({
    mutationFn: () => api.get('/api/v1/route', { query: { rule: rule ?? '', number: plainNumber(number) } }),
  });
  if (names.length === 0) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <Box component="section" className="panel" p="lg" aria-label={t('outgoing.test')} maw={720}>
      <Title order={2}>{t('outgoing.test')}</Title>
      <Text size="sm" c="dimmed" mb="md">
        {t('outgoing.testLead')}
      </Text>
      <form onSubmit={submit}>
        <Stack>
          <Group align="flex-end">
            <Select
              label={t('outgoing.testRule')}
              data={names}
              value={rule}
              allowDeselect={false}
              onChange={setChosen}
            />
            <TextInput
              label={t('outgoing.testNumber')}
              placeholder="(48) 99199-6260"
              inputMode="tel"
              value={number}
              onChange={({ currentTarget: { value } }) => setNumber(value)}
            />
            <Button type="submit" variant="light" disabled={number === ''} loading={run.isPending}>
              {t('action.test')}
            </Button>
          </Group>
          {run.error === null ? null : <Failure error={run.error} />}
          {run.data === undefined ? null : <Trial trial={run.data} />}
        </Stack>
      </form>
    </Box>
  );
}
