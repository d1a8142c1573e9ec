import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import type { TFunction } from 'i18next';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/client.ts';
import { signIn } from '../api/sign-in.ts';
import { failureText } from '../parts/failure-text.ts';
import { Gate } from './gate.tsx';

function wrongText(t: TFunction, error: unknown, byKey: boolean): string {
  if (!(error instanceof ApiFailure)) return failureText(t, error);
  if (error.code === 'totp-wrong') return t('signIn.totpWrong');
  if (error.status === 401) return byKey ? t('signIn.keyWrong') : t('signIn.wrong');
  return error.status === 429 ? t('signIn.tooMany') : failureText(t, error);
}

function useSignIn(byKey: boolean) {
  const { t } = useTranslation();
  const [fields, setFields] = useState({ username: 'admin', password: '', totp: '' });
  const [step, setStep] = useState<'password' | 'totp'>('password');
  const [state, setState] = useState<{ busy: boolean; wrong: string | null }>({ busy: false, wrong: null });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState({ busy: true, wrong: null });
    try {
      await signIn({ ...fields, username: byKey ? '' : fields.username });
    } catch (error) {
      const wantsCode = error instanceof ApiFailure && error.code === 'totp-required';
      if (wantsCode) setStep('totp');
      setState({ busy: false, wrong: wantsCode ? null : wrongText(t, error, byKey) });
    }
  };
  return { fields, setFields, step, state, submit };
}

function SignInForm({ byKey }: { byKey: boolean }) {
  const { t } = useTranslation();
  const { fields, setFields, step, state, submit } = useSignIn(byKey);
  const field = (name: keyof typeof fields) => ({
    value: fields[name],
    required: true,
    onChange: (event: { currentTarget: { value: string } }) =>
      setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {byKey || step === 'totp' ? null : (
          <TextInput label={t('signIn.username')} autoComplete="username" {...field('username')} />
        )}
        {step === 'totp' ? (
          <TextInput
            label={t('signIn.totp')}
            description={t('signIn.totpHint')}
            autoComplete="one-time-code"
            inputMode="numeric"
            data-autofocus
            {...field('totp')}
          />
        ) : (
          <PasswordInput
            label={byKey ? t('signIn.key') : t('signIn.password')}
            autoComplete={byKey ? 'off' : 'current-password'}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
            {...field('password')}
          />
        )}
        {state.wrong === null ? null : (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {state.wrong}
          </Text>
        )}
        <Button type="submit" loading={state.busy} mt="xs" fullWidth>
          {t('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}

export function SignIn() {
  const { t } = useTranslation();
  const [byKey, setByKey] = useState(false);
  return (
    <Gate title={t('signIn.title')}>
      <Text c="dimmed">{t('signIn.lead')}</Text>
      <SignInForm key={String(byKey)} byKey={byKey} />
      <Anchor component="button" type="button" size="sm" className="text-link" onClick={() => setByKey(!byKey)}>
        {byKey ? t('signIn.usePassword') : t('signIn.useKey')}
      </Anchor>
      {byKey ? null : (
        <Text size="sm" c="dimmed">
          {t('signIn.hint')}
        </Text>
      )}
    </Gate>
  );
}
