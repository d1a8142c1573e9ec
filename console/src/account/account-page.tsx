/** What concerns the person himself: who he is here, his password, his second factor, where he is signed in. */

import { Alert, Box, List, Stack, Text, Title } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import type { Permission } from '../api/types.ts';
import { Page } from '../parts/page.tsx';
import { permissionText } from '../parts/permission-text.ts';
import { OwnSessions } from './own-sessions.tsx';
import { PasswordForm } from './password-form.tsx';
import { SecondFactor } from './second-factor.tsx';

function Panel({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <Box component="section" className="panel" p="lg" aria-label={title}>
      <Title order={2}>{title}</Title>
      {lead === undefined ? null : (
        <Text size="sm" c="dimmed">
          {lead}
        </Text>
      )}
      <Box mt="md">{children}</Box>
    </Box>
  );
}

function Rights() {
  const { t } = useTranslation();
  const session = useSession();
  const permissions = (session?.permissions ?? []) as Permission[];
  const numbers = session?.inboundNumbers ?? [];
  return (
    <Stack gap="xs">
      <Text size="sm">
        {numbers.length === 0 ? t('account.allNumbers') : t('account.someNumbers', { numbers: numbers.join(', ') })}
      </Text>
      {permissions.length === 0 ? (
        <Text size="sm">{t('account.nothing')}</Text>
      ) : (
        <List size="sm" spacing={4} className="rights">
          {permissions.map((permission) => (
            <List.Item key={permission}>{permissionText(t, permission)}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

export function AccountPage() {
  const { t } = useTranslation();
  const session = useSession();
  if (!session) return null;
  const { username, role, kind } = session;
  const lead = role === null ? username : `${username} · ${t(`roles.name.${role}`)}`;
  return (
    <Page title={t('account.title')} lead={lead}>
      <Stack gap="lg">
        {kind === 'session' ? (
          <>
            <Panel title={t('account.password')} lead={t('account.passwordText')}>
              <PasswordForm current={t('account.current')} submit={t('account.change')} />
            </Panel>
            <Panel title={t('account.factor')} lead={t('account.factorText')}>
              <SecondFactor />
            </Panel>
            <Panel title={t('account.sessions')} lead={t('account.sessionsText')}>
              <OwnSessions />
            </Panel>
          </>
        ) : (
          <Alert variant="light" icon={<IconInfoCircle size={18} />}>
            {t('account.byKey')}
          </Alert>
        )}
        <Panel title={t('account.rights')}>
          <Rights />
        </Panel>
      </Stack>
    </Page>
  );
}
