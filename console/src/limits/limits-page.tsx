/** What is refused and how much is too much, for all rules together; and what a number would get. */

import { Alert, Button, Grid, Group, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { useLeaveGuard } from '../parts/leave-guard.ts';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { CallFields, PhoneFields, ProxyFields } from './call-fields.tsx';
import { ChangesDialog } from './changes-dialog.tsx';
import { CostFields } from './cost-fields.tsx';
import { type LimitsDocument, type SystemLimits, useLimits, useSavingLimits } from './limits-queries.ts';
import { NumberTester } from './number-tester.tsx';
import { PressureFields } from './pressure-fields.tsx';
import { RateFields } from './rate-fields.tsx';
import { WhoFields } from './who-fields.tsx';

interface EditorProps {
  first: LimitsDocument;
  readAgain(): Promise<LimitsDocument | undefined>;
}

function Editor({ first, readAgain }: EditorProps) {
  const { t } = useTranslation();
  const may = useMay('configuration:write');
  // What others change meanwhile does not change the form under its reader: the ETag finds it out.
  const [loaded, setLoaded] = useState(first);
  const form = useForm<SystemLimits>(first.limits);
  const [isAsked, setAsked] = useState(false);
  const save = useSavingLimits(loaded);
  useLeaveGuard(form.isChanged);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
  };
  const takeOver = async () => {
    const next = await readAgain();
    if (next === undefined) return;
    setLoaded(next);
    form.reset(next.limits);
    save.reset();
  };
  const apply = () =>
    save.mutate(form.values, {
      onSuccess: takeOver,
      onError: (error) => form.refuse(error),
      onSettled: () => setAsked(false),
    });
  const isStale = save.error instanceof ApiFailure && save.error.status === 412;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        <WhoFields form={form} />
        <RateFields form={form} />
        <CostFields form={form} />
        <PressureFields form={form} />
        <PhoneFields form={form} />
        <CallFields form={form} />
        <ProxyFields form={form} />
        {save.error === null ? null : (
          <Stack gap="sm">
            <Failure error={save.error} />
            {isStale ? (
              <Group>
                <Button variant="default" onClick={() => void takeOver()}>
                  {t('action.readAgain')}
                </Button>
              </Group>
            ) : null}
          </Stack>
        )}
        <Group justify="flex-end" className="save-bar">
          <Button variant="default" disabled={!form.isChanged} onClick={() => form.reset(loaded.limits)}>
            {t('limits.discard')}
          </Button>
          <Button type="submit" disabled={!may || !form.isChanged}>
            {t('limits.review')}
          </Button>
        </Group>
      </Stack>
      <ChangesDialog
        opened={isAsked}
        before={loaded.limits}
        after={form.values}
        isSaving={save.isPending}
        onSave={apply}
        onClose={() => setAsked(false)}
      />
    </form>
  );
}

export function LimitsPage() {
  const { t } = useTranslation();
  const may = useMay('configuration:write');
  const { data, error, refetch } = useLimits();
  return (
    <Page title={t('limits.title')} lead={t('limits.lead')}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
          <NumberTester />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }} order={{ base: 2, lg: 1 }}>
          {error === null || data !== undefined ? null : <Failure error={error} onRetry={() => void refetch()} />}
          {may ? null : (
            <Alert variant="light" color="gray" mb="md">
              {t('limits.readOnly')}
            </Alert>
          )}
          {data === undefined ? (
            error === null && <Loading />
          ) : (
            <Editor first={data} readAgain={async () => (await refetch()).data} />
          )}
        </Grid.Col>
      </Grid>
    </Page>
  );
}
