import { ActionIcon, Alert, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconInfoCircle, IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useMay, useSession } from '../api/session.ts';
import type { ApiKey } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { Dotted } from '../parts/dotted.tsx';
import { Instant } from '../parts/instant.tsx';
import { useKeptRemoval } from '../parts/kept-removal.ts';
import { ListPage } from '../parts/list-page.tsx';
import { NewApiKey } from './new-api-key.tsx';

const SOON_MS = 14 * 86_400_000;

function Revocation({ item }: { item: ApiKey }) {
  const { t } = useTranslation();
  const remove = useKeptRemoval();
  const { id, name } = item;
  const revoke = () =>
    remove({
      kind: 'api-keys',
      name: id,
      shown: item,
      question: {
        title: t('apiKeys.revokeTitle', { name }),
        text: t('apiKeys.revokeText'),
        confirm: t('apiKeys.revoke'),
      },
      done: t('apiKeys.revoked', { name }),
    });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`${t('apiKeys.revoke')}: ${name}`}
      onClick={() => void revoke()}
    >
      <IconTrash size={16} />
    </ActionIcon>
  );
}

function Scopes({ scopes }: Pick<ApiKey, 'scopes'>) {
  return (
    <Group gap={4} maw={340}>
      {scopes.map((scope) => (
        <Badge key={scope} variant="default" size="sm" tt="none" fw={500} className="mono">
          {scope}
        </Badge>
      ))}
    </Group>
  );
}

function End({ at }: { at: string | null }) {
  const { t } = useTranslation();
  if (at === null)
    return (
      <Text size="sm" c="dimmed">
        {t('time.never')}
      </Text>
    );
  const isSoon = Date.parse(at) - Date.now() < SOON_MS;
  return (
    <Stack gap={2} align="flex-start">
      <Instant at={at} />
      {isSoon ? <Dotted color="yellow.6">{t('apiKeys.soon')}</Dotted> : null}
    </Stack>
  );
}

function useColumns(): ReadonlyArray<Column<ApiKey>> {
  const { t } = useTranslation();
  return [
    {
      key: 'name',
      title: t('apiKeys.name'),
      sort: 'name',
      cell: ({ name }) => (
        <Text size="sm" fw={500}>
          {name}
        </Text>
      ),
    },
    { key: 'scopes', title: t('apiKeys.scopes'), cell: ({ scopes }) => <Scopes scopes={scopes} /> },
    {
      key: 'inboundNumbers',
      title: t('users.sees'),
      cell: ({ inboundNumbers }) => (
        <span className="number">{inboundNumbers.length === 0 ? t('scope.all') : inboundNumbers.join(', ')}</span>
      ),
    },
    { key: 'owner', title: t('apiKeys.owner'), sort: 'owner', cell: ({ owner }) => owner ?? t('none') },
    {
      key: 'lastUsedAt',
      title: t('apiKeys.lastUsed'),
      sort: 'lastUsedAt',
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? t('time.never') : <Instant at={lastUsedAt} />),
    },
    {
      key: 'expiresAt',
      title: t('apiKeys.expires'),
      sort: 'expiresAt',
      cell: ({ expiresAt }) => <End at={expiresAt} />,
    },
  ];
}

export function ApiKeysPage() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  // A key makes no keys: else it would live on after its maker was taken away.
  const isByKey = useSession()?.kind === 'key';
  const may = useMay('keys:write');
  const add =
    may && !isByKey ? (
      <Button leftSection={<IconPlus size={16} />} onClick={open}>
        {t('apiKeys.add')}
      </Button>
    ) : null;
  const actions: Column<ApiKey> = {
    key: 'actions',
    title: t('action.actions'),
    align: 'right',
    width: 80,
    cell: (item) => (may ? <Revocation item={item} /> : null),
  };
  return (
    <ListPage
      kind="api-keys"
      words={{
        title: t('apiKeys.title'),
        lead: t('apiKeys.lead'),
        search: t('apiKeys.search'),
        empty: t('apiKeys.empty'),
        emptyText: t('apiKeys.emptyText'),
      }}
      icon={<IconKey size={40} stroke={1.3} />}
      columns={[...useColumns(), actions]}
      keyOf={({ id }) => id}
      add={add}
      minWidth={960}
    >
      {isByKey ? (
        <Alert variant="light" icon={<IconInfoCircle size={18} />}>
          {t('apiKeys.byKey')}
        </Alert>
      ) : null}
      {opened ? <NewApiKey onClose={close} /> : null}
    </ListPage>
  );
}
