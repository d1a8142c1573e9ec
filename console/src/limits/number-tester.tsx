/** What a number would get: each gate asked, those of the store as well; nothing is counted, and nobody is called. */

import { Box, Button, SegmentedControl, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useResources } from '../api/queries.ts';
import { Failure } from '../parts/failure.tsx';
import { Loading } from '../parts/loading.tsx';
import { plainNumber } from '../parts/plain-number.ts';
import { GateList } from './gate-list.tsx';

const MomentField = lazy(async () => ({ default: (await import('../parts/moment-field.tsx')).MomentField }));

type Role = 'caller' | 'target';

interface Question {
  role: Role;
  number: string;
  /** The inbound number that is called, or the rule that dials. */
  by: string;
  /** Local time; null: now. */
  moment: string | null;
}

async function ask({ role, number, by, moment }: Question) {
  const at = moment === null ? undefined : new Date(moment.replace(' ', 'T')).toISOString();
  const query = {
    from: plainNumber(number),
    ...(role === 'caller' ? { to: by } : { rule: by }),
    ...(at === undefined ? {} : { at }),
  };
  return api.get('/api/v1/explain', { query });
}

function useChoices(role: Role): { choices: string[]; isKnown: boolean } {
  const numbers = useResources('inbound-numbers');
  const rules = useResources('callback-rules');
  const found = role === 'caller' ? numbers : rules;
  const choices =
    role === 'caller'
      ? (numbers.data?.items ?? []).map(({ number }) => number)
      : (rules.data?.items ?? []).map(({ name }) => name);
  return { choices, isKnown: found.data !== undefined };
}

export function NumberTester() {
  const { t } = useTranslation();
  const [role, setRole] = useState<Role>('caller');
  const [number, setNumber] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [moment, setMoment] = useState<string | null>(null);
  const { choices, isKnown } = useChoices(role);
  const by = chosen !== null && choices.includes(chosen) ? chosen : (choices[0] ?? null);
  const run = useMutation({ mutationFn: ask });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (by !== null) run.mutate({ role, number, by, moment });
  };
  const change = (next: Role) => {
    setRole(next);
    setChosen(null);
    run.reset();
  };
  return (
    <Box component="section" className="panel sticky" p={{ base: 'md', sm: 'lg' }} aria-label={t('tester.title')}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <div>
            <Title order={2}>{t('tester.title')}</Title>
            <Text size="sm" c="dimmed">
              {t('tester.lead')}
            </Text>
          </div>
          <SegmentedControl
            fullWidth
            aria-label={t('tester.role')}
            data={[
              { value: 'caller', label: t('tester.caller') },
              { value: 'target', label: t('tester.target') },
            ]}
            value={role}
            onChange={(value) => change(value as Role)}
          />
          <TextInput
            label={t('tester.number')}
            placeholder="(48) 99199-6260"
            inputMode="tel"
            value={number}
            onChange={({ currentTarget: { value } }) => setNumber(value)}
          />
          <Select
            label={t(role === 'caller' ? 'tester.dialled' : 'tester.rule')}
            data={choices}
            value={by}
            allowDeselect={false}
            searchable={choices.length > 8}
            onChange={setChosen}
          />
          {isKnown && choices.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t(role === 'caller' ? 'tester.noNumber' : 'tester.noRule')}
            </Text>
          ) : null}
          <Suspense fallback={<Loading size="sm" />}>
            <MomentField label={t('tester.at')} placeholder={t('tester.now')} value={moment} onChange={setMoment} />
          </Suspense>
          <Button type="submit" variant="light" disabled={number.trim() === '' || by === null} loading={run.isPending}>
            {t('tester.run')}
          </Button>
          {run.error === null ? null : <Failure error={run.error} />}
          {run.data === undefined ? null : <GateList explanation={run.data} />}
        </Stack>
      </form>
    </Box>
  );
}
