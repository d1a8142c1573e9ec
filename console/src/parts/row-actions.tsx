/**
 * Edit, duplicate, delete: of one row of a configuration table. What was deleted can be brought back for some seconds,
 * unless it had a password: nobody knows it any more.
 */

import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopy, IconDotsVertical, IconPencil, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import {
  deleteResource,
  type ResourceItems,
  type ResourceName,
  readResource,
  useSaveResource,
} from '../api/queries.ts';
import { useMay, writePermission } from '../api/session.ts';
import { sayFailed } from './failure.tsx';
import { hasMaskedSecret } from './masked-secret.ts';
import { useRemoval } from './removal.ts';

const UNDO_MS = 12_000;

export interface RowActionsProps<R extends ResourceName> {
  resource: R;
  name: string;
  item: ResourceItems[R];
  question: { title: string; text: string };
  onEdit: () => void;
  onDuplicate?: () => void;
}

/** Asks first. Resolves to whether it was deleted. */
export function useResourceRemoval<R extends ResourceName>({
  resource,
  name,
  item,
  question,
}: Omit<RowActionsProps<R>, 'onEdit' | 'onDuplicate'>): () => Promise<boolean> {
  const { t } = useTranslation();
  const removal = useRemoval();
  const save = useSaveResource(resource);
  return async () => {
    const isLost = hasMaskedSecret(item);
    const text = `${question.text} ${t(isLost ? 'deletionIsFinal' : 'deletionCanBeUndone')}`;
    const isGone = await removal({
      shown: item,
      read: () => readResource(resource, name),
      question: { title: question.title, text, confirm: t('action.delete') },
      remove: (etag) => deleteResource(resource, name, etag),
      queryKey: ['configuration'],
    });
    if (!isGone) return false;
    if (isLost) {
      notifications.show({ message: t('deleted', { name }) });
      return true;
    }
    const bringBack = () => {
      notifications.hide(`deleted-${resource}-${name}`);
      save.mutateAsync({ name: null, item }).then(
        () => notifications.show({ message: t('restored', { name }) }),
        (error: unknown) => sayFailed(t, error),
      );
    };
    notifications.show({
      id: `deleted-${resource}-${name}`,
      autoClose: UNDO_MS,
      message: (
        <Group justify="space-between">
          {t('deleted', { name })}
          <Button size="xs" variant="default" onClick={bringBack}>
            {t('action.undo')}
          </Button>
        </Group>
      ),
    });
    return true;
  };
}

export function RowActions<R extends ResourceName>(props: RowActionsProps<R>) {
  const { name, onEdit, onDuplicate } = props;
  const { t } = useTranslation();
  const remove = useResourceRemoval(props);
  if (!useMay(writePermission(props.resource))) return null;
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
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
            {t('action.edit')}
          </Menu.Item>
          {onDuplicate === undefined ? null : (
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={onDuplicate}>
              {t('rules.duplicate')}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void remove()}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
