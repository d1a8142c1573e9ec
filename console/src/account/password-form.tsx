import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { readSessionAgain } from '../api/sign-in.ts';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';

export const SHORTEST_PASSWORD = 10;

interface Values {
  current: string;
  next: string;
  again: string;
}

const NOTHING: Values = { current: '', next: '', again: '' };

function useChange() {
  const { t } = useTranslation();
  const form = useForm<Values>(NOTHING);
  const [isDifferent, setDifferent] = useState(false);
  const change = useMutation({
    mutationFn: async ({ current, next }: Values) => {
      await api.put('/api/v1/session/password', { body: { current, next } });
      await readSessionAgain();
    },
    onSuccess: () => {
      form.reset(NOTHING);
      notifications.show({ color: 'teal', message: t('account.passwordChanged') });
    },
    onError: (error) => void form.refuse(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { next, again } = form.values;
    setDifferent(next !== again);
    if (next === again) change.mutate(form.values);
  };
  return { form, change, isDifferent, submit };
}

/** @param current what the one that there is is called here */
export function PasswordForm({ current, submit: label }: { current: string; submit: string }) {
  const { t } = useTranslation();
  const { form, change, isDifferent, submit } = useChange();
  const field = (name: keyof Values) => ({
    value: form.values[name],
    error: form.mistake(name),
    withAsterisk: true,
    visibilityToggleButtonProps: { 'aria-label': t('signIn.show') },
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) => form.set({ [name]: value }),
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={420}>
        <PasswordInput label={current} autoComplete="current-password" {...field('current')} />
        <PasswordInput
          label={t('account.next')}
          description={t('account.nextText', { count: SHORTEST_PASSWORD })}
          autoComplete="new-password"
          {...field('next')}
        />
        <PasswordInput label={t('account.again')} autoComplete="new-password" {...field('again')} />
        {isDifferent ? (
          <Text role="alert" size="sm" c="var(--mantine-color-error)">
            {t('account.different')}
          </Text>
        ) : null}
        {change.error === null ? null : <Failure error={change.error} />}
        <Group>
          <Button type="submit" loading={change.isPending}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
