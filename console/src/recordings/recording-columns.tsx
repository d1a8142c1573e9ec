import { ActionIcon, Anchor, Badge } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Recording } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { durationText, Instant } from '../parts/instant.tsx';
import { useRemoval } from '../parts/removal.ts';
import { RecordingPlayer } from './recording-player.tsx';

export const RECORDINGS = ['recordings'];

function Removal({ item }: { item: Recording }) {
  const { t } = useTranslation();
  const removal = useRemoval();
  const may = useMay('recordings:delete');
  const { id, number, here, endedAt } = item;
  if (!may || !here || endedAt === null) return null;
  const parameters = { id };
  const remove = async () => {
    const isGone = await removal({
      shown: item,
      read: () => api.read('/api/v1/recordings/{id}', { parameters }),
      question: {
        title: t('recordings.removeTitle', { number }),
        text: t('recordings.removeText'),
        confirm: t('action.delete'),
      },
      remove: () => api.delete('/api/v1/recordings/{id}', { parameters, ifMatch: null }),
      queryKey: RECORDINGS,
    });
    if (isGone) notifications.show({ message: t('recordings.removed') });
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t('recordings.remove', { number })}
      onClick={() => void remove()}
    >
      <IconTrash size={16} />
    </ActionIcon>
  );
}

/** @param isOfOne of one callback: whose they are is known. */
export function useRecordingColumns(isOfOne = false): ReadonlyArray<Column<Recording>> {
  const { t } = useTranslation();
  const whose: Column<Recording>[] = [
    { key: 'number', title: t('recordings.number'), cell: ({ number }) => <span className="number">{number}</span> },
    {
      key: 'callback',
      title: t('recordings.callback'),
      cell: ({ callbackId }) =>
        callbackId === null ? (
          <span className="dimmed">{t('recordings.inbound')}</span>
        ) : (
          <Anchor component={Link} to={`/callbacks/${callbackId}`}>
            {t('recordings.open')}
          </Anchor>
        ),
    },
  ];
  return [
    {
      key: 'startedAt',
      title: t('recordings.startedAt'),
      sort: 'startedAt',
      cell: ({ startedAt }) => <Instant at={startedAt} />,
    },
    ...(isOfOne ? [] : whose),
    { key: 'kind', title: t('recordings.kind'), cell: ({ kind }) => t(`recordings.kindOf.${kind}`) },
    {
      key: 'seconds',
      title: t('recordings.length'),
      cell: ({ endedAt, seconds, why }) =>
        endedAt === null ? (
          <Badge variant="light" color="red">
            {t('recordings.now')}
          </Badge>
        ) : (
          <span title={why === null ? undefined : t(`recordings.why.${why}`)}>{durationText(seconds * 1000)}</span>
        ),
    },
    { key: 'player', title: t('recordings.sound'), cell: (item) => <RecordingPlayer recording={item} /> },
    { key: 'actions', title: t('action.actions'), align: 'right', width: 80, cell: (item) => <Removal item={item} /> },
  ];
}
