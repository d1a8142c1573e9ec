import { Alert, Box, Button, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Erasure } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';

function Result({ number, erased, open, hidden }: Erasure & { number: string }) {
  const { t } = useTranslation();
  return (
    <Alert color={open > 0 ? 'yellow' : 'teal'} variant="light" role="status">
      <Text size="md">
        {erased + open + hidden === 0
          ? t('retention.nothingOf', { number })
          : t('retention.erased', { count: erased, number })}
      </Text>
      {hidden > 0 ? <Text size="md">{t('retention.hidden', { count: hidden })}</Text> : null}
      {open > 0 ? <Text size="md">{t('retention.stillOpen', { count: open })}</Text> : null}
    </Alert>
  );
}

function ErasureForm() {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  const form = useForm({ number: '', reason: '' });
  const [erasedNumber, setErasedNumber] = useState('');
  const erase = useMutation({
    mutationFn: (body: { number: string; reason: string }) => api.post('/api/v1/erasures', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['callbacks'] }),
  });
  const { number, reason } = form.values;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const question = { title: t('retention.eraseTitle', { number }), text: t('retention.eraseAsk') };
    if (!(await confirm({ ...question, confirm: t('retention.erase') }))) return;
    erase.mutate(form.values, {
      onSuccess: () => {
        setErasedNumber(number);
        form.reset({ number: '', reason: '' });
      },
      onError: (error) => void form.refuse(error),
    });
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            withAsterisk
            label={t('retention.number')}
            placeholder="(48) 99199-6260"
            inputMode="tel"
            value={number}
            error={form.mistake('number')}
            onChange={({ currentTarget: { value } }) => form.set({ number: value })}
          />
          <TextInput
            withAsterisk
            label={t('retention.reason')}
            placeholder={t('retention.eraseReason')}
            maxLength={200}
            value={reason}
            error={form.mistake('reason')}
            onChange={({ currentTarget: { value } }) => form.set({ reason: value })}
          />
        </SimpleGrid>
        {erase.error === null ? null : <Failure error={erase.error} />}
        {erase.data === undefined ? null : <Result number={erasedNumber} {...erase.data} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            color="red.8"
            leftSection={<IconEraser size={16} />}
            loading={erase.isPending}
            disabled={number.trim() === '' || reason.trim() === ''}
          >
            {t('retention.erase')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** For somebody who asks to be forgotten. */
export function ErasurePanel() {
  const { t } = useTranslation();
  if (!useMay('retention:write')) return null;
  return (
    <Box component="section" className="panel" p="lg" aria-labelledby="retention-erasure">
      <Title order={2} id="retention-erasure">
        {t('retention.erasureTitle')}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t('retention.erasureText')}
      </Text>
      <ErasureForm />
    </Box>
  );
}
