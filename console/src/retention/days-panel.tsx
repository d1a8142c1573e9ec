import { Box, Button, Group, NumberInput, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { type Days, KINDS, shortened, useRetention, useSaveRetention } from './retention-queries.ts';

const LONGEST_DAYS = 36_500;

function DaysForm({ ...read }: { days: Days; etag: string | null }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const may = useMay('retention:write');
  // As the fields were filled, whatever is read again meanwhile.
  const [{ days, etag }] = useState(read);
  const form = useForm<Days>(days);
  const save = useSaveRetention();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const shorter = shortened(days, form.values).map((kind) => t(`retention.kind.${kind}`));
    const question = {
      title: t('retention.shorterTitle'),
      text: t('retention.shorterText', { kinds: shorter.join(', ') }),
      confirm: t('retention.shorter'),
    };
    if (shorter.length > 0 && !(await confirm(question))) return;
    save.mutate(
      { days: form.values, etag },
      {
        onSuccess: () => notifications.show({ color: 'teal', message: t('saved') }),
        onError: (error) => void form.refuse(error),
      },
    );
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
          {KINDS.map((kind) => {
            const field = `${kind}Days` as const;
            const value = form.values[field];
            return (
              <NumberInput
                key={kind}
                label={t(`retention.kind.${kind}`)}
                description={t(`retention.kindText.${kind}`)}
                inputWrapperOrder={['label', 'description', 'input', 'error']}
                min={0}
                max={LONGEST_DAYS}
                allowDecimal={false}
                disabled={!may}
                suffix={value === 0 ? ` · ${t('retention.forEver')}` : ` ${t('retention.days', { count: value })}`}
                value={value}
                error={form.mistake(field)}
                onChange={(next) => form.set({ [field]: typeof next === 'number' ? next : 0 })}
              />
            );
          })}
        </SimpleGrid>
        {save.error === null ? null : <Failure error={save.error} />}
        {may ? (
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!form.isChanged}>
              {t('action.save')}
            </Button>
          </Group>
        ) : null}
      </Stack>
    </form>
  );
}

export function DaysPanel() {
  const { t } = useTranslation();
  const { data, error, refetch } = useRetention();
  return (
    <Box component="section" className="panel" p="lg" aria-labelledby="retention-days">
      <Title order={2} id="retention-days">
        {t('retention.daysTitle')}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t('retention.daysText')}
      </Text>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      {data === undefined ? null : <DaysForm key={data.etag} days={data.days} etag={data.etag} />}
    </Box>
  );
}
