/** Who was given a password for one sign-in chooses his own before anything else. */

import { Anchor, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '../api/sign-in.ts';
import { sayFailed } from '../parts/failure.tsx';
import { Loading } from '../parts/loading.tsx';
import { Gate } from './gate.tsx';

const PasswordForm = lazy(async () => ({ default: (await import('../account/password-form.tsx')).PasswordForm }));

export function FreshPassword() {
  const { t } = useTranslation();
  const leave = () => signOut().catch((error: unknown) => sayFailed(t, error));
  return (
    <Gate title={t('account.fresh')}>
      <Text c="dimmed">{t('account.freshText')}</Text>
      <Suspense fallback={<Loading />}>
        <PasswordForm current={t('account.oneTime')} submit={t('account.change')} />
      </Suspense>
      <Anchor component="button" type="button" size="sm" className="text-link" onClick={() => void leave()}>
        {t('signIn.out')}
      </Anchor>
    </Gate>
  );
}
