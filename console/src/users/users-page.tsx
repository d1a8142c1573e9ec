import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import type { User } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { Dotted } from '../parts/dotted.tsx';
import { Instant } from '../parts/instant.tsx';
import { ListPage } from '../parts/list-page.tsx';
import { UserActions } from './user-actions.tsx';
import { EditUser, NewUser, OneTimePassword } from './user-form.tsx';

/** A lock is over after a quarter of an hour. */
const READ_AGAIN_MS = 30_000;

function StateMarks({ user }: { user: User }) {
  const { t } = useTranslation();
  const { enabled, lockedUntil, mustChangePassword, totp } = user;
  return (
    <Group gap={6}>
      <Dotted color={enabled ? 'teal.6' : 'gray.5'}>{t(enabled ? 'users.on' : 'users.off')}</Dotted>
      {lockedUntil === null ? null : <Dotted color="red.6">{t('users.locked')}</Dotted>}
      {mustChangePassword ? <Dotted color="yellow.6">{t('users.freshPassword')}</Dotted> : null}
      {totp ? <Dotted color="accent.5">{t('users.totp')}</Dotted> : null}
    </Group>
  );
}

function useColumns(): ReadonlyArray<Column<User>> {
  const { t } = useTranslation();
  return [
    {
      key: 'username',
      title: t('users.username'),
      sort: 'username',
      cell: ({ username, name }) => (
        <Stack gap={0}>
          <Text size="sm" fw={500}>
            {username}
          </Text>
          {name === null ? null : (
            <Text size="xs" c="dimmed">
              {name}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: 'role',
      title: t('users.role'),
      sort: 'role',
      cell: ({ role }) => (role === null ? t('roles.none') : t(`roles.name.${role}`)),
    },
    {
      key: 'inboundNumbers',
      title: t('users.sees'),
      cell: ({ inboundNumbers }) => (
        <span className="number">{inboundNumbers.length === 0 ? t('scope.all') : inboundNumbers.join(', ')}</span>
      ),
    },
    { key: 'state', title: t('users.state'), cell: (user) => <StateMarks user={user} /> },
    {
      key: 'updatedAt',
      title: t('users.updatedAt'),
      sort: 'updatedAt',
      cell: ({ updatedAt }) => <Instant at={updatedAt} />,
    },
  ];
}

type Opened =
  | { what: 'new' }
  | { what: 'edit'; username: string }
  | { what: 'password'; username: string; password: string };

export function UsersPage() {
  const { t } = useTranslation();
  const may = useMay('users:write');
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  const actions: Column<User> = {
    key: 'actions',
    title: t('action.actions'),
    align: 'right',
    width: 96,
    cell: (user) => (
      <UserActions
        user={user}
        onEdit={() => setOpened({ what: 'edit', username: user.username })}
        onPassword={(password) => setOpened({ what: 'password', username: user.username, password })}
      />
    ),
  };
  const add = may ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setOpened({ what: 'new' })}>
      {t('users.add')}
    </Button>
  ) : null;
  return (
    <ListPage
      kind="users"
      words={{
        title: t('users.title'),
        lead: t('users.lead'),
        search: t('users.search'),
        empty: t('users.empty'),
        emptyText: t('users.emptyText'),
      }}
      icon={<IconUsers size={40} stroke={1.3} />}
      columns={[...useColumns(), actions]}
      keyOf={({ username }) => username}
      add={add}
      minWidth={900}
      everyMs={READ_AGAIN_MS}
    >
      {opened?.what === 'new' ? <NewUser onClose={close} /> : null}
      {opened?.what === 'edit' ? <EditUser username={opened.username} onClose={close} /> : null}
      {opened?.what === 'password' ? (
        <OneTimePassword username={opened.username} password={opened.password} onClose={close} />
      ) : null}
    </ListPage>
  );
}
