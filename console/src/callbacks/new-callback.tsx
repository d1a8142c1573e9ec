import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useResources } from '../api/queries.ts';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { isoOf } from '../parts/moment.ts';
import { MomentField } from '../parts/moment-field.tsx';

interface Values {
  rule: string | null;
  number: string;
  due: string | null;
}

function useCreation(onClose: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm<Values>({ rule: null, number: '', due: null });
  const rules = useResources('callback-rules');
  const names = (rules.data?.items ?? []).map(({ name }) => name);
  const rule = form.values.rule ?? names[0] ?? null;
  const create = useMutation({
    mutationFn: () => {
      const { number, due } = form.values;
      const body = {
        rule: rule ?? '',
        ...(number === '' ? {} : { number }),
        ...(due === null ? {} : { dueAt: isoOf(due) }),
      };
      return api.post('/api/v1/callbacks', { body });
    },
    onSuccess: async () => {
      notifications.show({ color: 'teal', message: t('callbacks.new.created') });
      await client.invalidateQueries({ queryKey: ['callbacks'] });
      onClose();
    },
    onError: (error) => void form.refuse(error),
  });
  return { form, names, rule, create };
}

export default function NewCallback({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { form, names, rule, create } = useCreation(onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('callbacks.new.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <Select
            label={t('callbacks.new.rule')}
            data={names}
            value={rule}
            allowDeselect={false}
            error={form.mistake('rule')}
            onChange={(value) => form.set({ rule: value })}
          />
          <TextInput
            data-autofocus
            label={t('callbacks.new.number')}
            description={t('callbacks.new.numberText')}
            inputMode="tel"
            value={form.values.number}
            error={form.mistake('number')}
            onChange={({ currentTarget: { value } }) => form.set({ number: value })}
          />
          <MomentField
            label={t('callbacks.new.due')}
            placeholder={t('callbacks.new.now')}
            value={form.values.due}
            onChange={(due) => form.set({ due })}
          />
          {create.error === null ? null : <Failure error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={create.isPending} disabled={rule === null}>
              {t('callbacks.new.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
