/** A second factor: begun with the password, in force after the first code, taken away with the password again. */

import { Alert, Button, Group, Modal, PasswordInput, Stack, Stepper, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import { readSessionAgain } from '../api/sign-in.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { Dotted } from '../parts/dotted.tsx';
import { Failure } from '../parts/failure.tsx';
import { useForm } from '../parts/form.ts';
import { QrCode } from '../parts/qr-code.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface ProofProps {
  submit: string;
  isBusy: boolean;
  error: unknown;
  isDangerous?: boolean;
  onSubmit(password: string): void;
}

/** Whoever only found the browser open does not know the password. */
function Proof({ submit, isBusy, error, isDangerous, onSubmit }: ProofProps) {
  const { t } = useTranslation();
  const form = useForm({ password: '' });
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(form.values.password);
  };
  return (
    <form onSubmit={send} noValidate>
      <Stack>
        <PasswordInput
          data-autofocus
          withAsterisk
          label={t('account.yourPassword')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          value={form.values.password}
          onChange={({ currentTarget: { value } }) => form.set({ password: value })}
        />
        {error === null ? null : <Failure error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy} color={isDangerous === true ? 'red.8' : undefined}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Scan({ secret, uri, onCodes }: { secret: string; uri: string; onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const form = useForm({ code: '' });
  const confirm = useMutation({
    mutationFn: (code: string) => api.put('/api/v1/session/totp', { body: { code } }),
    onSuccess: ({ body }) => onCodes(body.recoveryCodes),
    onError: (error) => void form.refuse(error),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(form.values.code);
  };
  return (
    <form onSubmit={send} noValidate>
      <Stack>
        <Text size="md">{t('account.scan')}</Text>
        <Group justify="center">
          <QrCode text={uri} label={t('account.qr')} />
        </Group>
        <CopyField label={t('account.secret')} description={t('account.secretText')} value={secret} />
        <TextInput
          withAsterisk
          label={t('account.code')}
          description={t('account.codeText')}
          autoComplete="one-time-code"
          inputMode="numeric"
          value={form.values.code}
          error={form.mistake('code')}
          onChange={({ currentTarget: { value } }) => form.set({ code: value })}
        />
        {confirm.error === null ? null : <Failure error={confirm.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={confirm.isPending}>
            {t('account.confirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function SetUp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useMutation({
    mutationFn: (password: string) => api.post('/api/v1/session/totp', { body: { password } }),
  });
  const step = codes !== null ? 2 : begin.data === undefined ? 0 : 1;
  const finish = () => {
    onClose();
    void readSessionAgain();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('account.factor')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      // The recovery codes are not shown again.
      withCloseButton={codes === null}
      closeOnClickOutside={false}
      closeOnEscape={codes === null}
    >
      <Stack>
        <Stepper className="steps" active={step} size="xs" iconSize={26} allowNextStepsSelect={false}>
          <Stepper.Step label={t('account.step.password')} />
          <Stepper.Step label={t('account.step.scan')} />
          <Stepper.Step label={t('account.step.codes')} />
        </Stepper>
        {step === 0 ? (
          <Proof
            submit={t('account.goOn')}
            isBusy={begin.isPending}
            error={begin.error}
            onSubmit={(password) => begin.mutate(password)}
          />
        ) : null}
        {step === 1 && begin.data !== undefined ? <Scan {...begin.data} onCodes={setCodes} /> : null}
        {codes === null ? null : <RecoveryCodes codes={codes} onClose={finish} />}
      </Stack>
    </Modal>
  );
}

function Removal({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: (password: string) => api.delete('/api/v1/session/totp', { body: { password } }),
    onSuccess: async () => {
      notifications.show({ message: t('account.factorGone') });
      onClose();
      await readSessionAgain();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('account.removeFactor')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        <Alert color="yellow" variant="light">
          {t('account.removeText')}
        </Alert>
        <Proof
          isDangerous
          submit={t('account.removeFactor')}
          isBusy={remove.isPending}
          error={remove.error}
          onSubmit={(password) => remove.mutate(password)}
        />
      </Stack>
    </Modal>
  );
}

export function SecondFactor() {
  const { t } = useTranslation();
  const isInForce = useSession()?.totp === true;
  const [isSettingUp, setUp] = useDisclosure(false);
  const [isRemoving, removal] = useDisclosure(false);
  return (
    <Stack align="flex-start">
      <Dotted color={isInForce ? 'teal.6' : 'gray.5'}>{t(isInForce ? 'account.factorOn' : 'account.factorOff')}</Dotted>
      {isInForce ? (
        <Button variant="default" onClick={removal.open}>
          {t('account.removeFactor')}
        </Button>
      ) : (
        <Button onClick={setUp.open}>{t('account.setUpFactor')}</Button>
      )}
      {isSettingUp ? <SetUp onClose={setUp.close} /> : null}
      {isRemoving ? <Removal onClose={removal.close} /> : null}
    </Stack>
  );
}
