/** Who may do what: the server's own table, in words. */

import { Alert, Box, SimpleGrid, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Roles } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { permissionText } from '../parts/permission-text.ts';

function RoleCards({ roles }: { roles: Roles['roles'] }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
      {roles.map(({ name, masked }) => (
        <Box key={name} className="panel" p="md">
          <Title order={2} size="h3">
            {t(`roles.name.${name}`)}
          </Title>
          <Text size="sm">{t(`roles.text.${name}`)}</Text>
          {masked ? (
            <Text size="sm" c="dimmed">
              {t('roles.masked')}
            </Text>
          ) : null}
        </Box>
      ))}
    </SimpleGrid>
  );
}

function Mark({ has }: { has: boolean }) {
  const { t } = useTranslation();
  if (!has)
    return (
      <Text component="span" c="dimmed">
        <span aria-hidden>·</span>
        <VisuallyHidden>{t('no')}</VisuallyHidden>
      </Text>
    );
  return (
    <Text component="span" c="teal.7" lh={0}>
      <IconCheck size={18} aria-hidden />
      <VisuallyHidden>{t('yes')}</VisuallyHidden>
    </Text>
  );
}

function Matrix({ permissions, roles }: Roles) {
  const { t } = useTranslation();
  return (
    <Box className="panel" style={{ overflow: 'hidden' }}>
      <Table.ScrollContainer
        minWidth={820}
        scrollAreaProps={{
          offsetScrollbars: false,
          viewportProps: { tabIndex: 0, 'aria-label': t('roles.matrix') } as never,
        }}
      >
        <Table className="data-table matrix" horizontalSpacing="md" aria-label={t('roles.matrix')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('roles.permission')}</Table.Th>
              {roles.map(({ name }) => (
                <Table.Th key={name} style={{ textAlign: 'center' }}>
                  {t(`roles.name.${name}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {permissions.map(({ name }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" style={{ whiteSpace: 'normal' }}>
                  <Text size="sm" fw={500} c="var(--mantine-color-text)">
                    {permissionText(t, name)}
                  </Text>
                  <Text size="xs" fw={400} className="mono">
                    {name}
                  </Text>
                </Table.Th>
                {roles.map((role) => (
                  <Table.Td key={role.name} style={{ textAlign: 'center' }}>
                    <Mark has={role.permissions.includes(name)} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Box>
  );
}

export function RolesPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['roles'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get('/api/v1/roles', { signal }),
  });
  return (
    <Page title={t('roles.title')} lead={t('roles.lead')}>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      {data === undefined ? null : (
        <Stack gap="lg">
          <RoleCards roles={data.roles} />
          <Matrix {...data} />
          <Alert variant="light" icon={<IconInfoCircle size={18} />}>
            {t('roles.numbersText')}
          </Alert>
        </Stack>
      )}
    </Page>
  );
}
