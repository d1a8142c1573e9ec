/** What is done to one user: in a menu, each deed that is hard to take back asks first. */

import { ActionIcon, Group, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import {
  IconDotsVertical,
  IconKey,
  IconLockOpen,
  IconPencil,
  IconShieldOff,
  IconTrash,
  IconUserCheck,
  IconUserOff,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { User } from '../api/types.ts';
import { type Question, useConfirmation } from '../parts/confirmation.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { useKeptRemoval } from '../parts/kept-removal.ts';
import { madeUpPassword } from '../parts/made-up-password.ts';
import { changeUser, readUser, type UserChange } from './user-changes.ts';

export interface UserActionsProps {
  user: User;
  onEdit(): void;
  /** A password was set that has to be shown. */
  onPassword(password: string): void;
}

function useDeeds({ user, onPassword }: UserActionsProps) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const { username: name } = user;
  const change = useWrite('users', async (what: Omit<UserChange, 'user' | 'etag'>) =>
    changeUser({ ...(await readUser(name)), ...what }),
  );
  const remove = useKeptRemoval();
  const unlock = useWrite('users', () => api.post('/api/v1/users/{name}/unlock', { parameters: { name } }));
  const perform = async (question: Question | null, deed: () => Promise<unknown>, done: string) => {
    if (question !== null && !(await confirm(question))) return;
    try {
      await deed();
      notifications.show({ color: 'teal', message: done });
    } catch (error) {
      sayFailed(t, error);
    }
  };
  const asking = (deed: 'reset' | 'off' | 'totpOff' | 'delete'): Question => ({
    title: t(`users.ask.${deed}.title`, { name }),
    text: t(`users.ask.${deed}.text`, { name }),
    confirm: t(`users.ask.${deed}.confirm`),
  });
  return {
    resetPassword: () => {
      const password = madeUpPassword();
      const reset = () => change.mutateAsync({ password }).then(() => onPassword(password));
      return perform(asking('reset'), reset, t('users.passwordReset', { name }));
    },
    unlock: () => perform(null, () => unlock.mutateAsync(undefined), t('users.unlocked', { name })),
    turnOff: () => perform(asking('off'), () => change.mutateAsync({ enabled: false }), t('users.isOff', { name })),
    turnOn: () => perform(null, () => change.mutateAsync({ enabled: true }), t('users.isOn', { name })),
    removeFactor: () =>
      perform(asking('totpOff'), () => change.mutateAsync({ totp: false }), t('users.totpGone', { name })),
    remove: () =>
      remove({ kind: 'users', name, shown: user, question: asking('delete'), done: t('deleted', { name }) }),
  };
}

export function UserActions(props: UserActionsProps) {
  const { user, onEdit } = props;
  const { t } = useTranslation();
  const deeds = useDeeds(props);
  if (!useMay('users:write')) return null;
  const { username: name, enabled, totp } = user;
  return (
    <Group gap={2} justify="flex-end" wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" aria-label={`${t('action.edit')}: ${name}`} onClick={onEdit}>
        <IconPencil size={16} />
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`${t('action.more')}: ${name}`}>
            <IconDotsVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => void deeds.resetPassword()}>
            {t('users.resetPassword')}
          </Menu.Item>
          <Menu.Item leftSection={<IconLockOpen size={16} />} onClick={() => void deeds.unlock()}>
            {t('users.unlock')}
          </Menu.Item>
          {totp ? (
            <Menu.Item leftSection={<IconShieldOff size={16} />} onClick={() => void deeds.removeFactor()}>
              {t('users.removeFactor')}
            </Menu.Item>
          ) : null}
          {enabled ? (
            <Menu.Item leftSection={<IconUserOff size={16} />} onClick={() => void deeds.turnOff()}>
              {t('users.turnOff')}
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconUserCheck size={16} />} onClick={() => void deeds.turnOn()}>
              {t('users.turnOn')}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void deeds.remove()}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
