/** The frame of a page: its name, a line that says what it is for, its actions. */

import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

export interface PageProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, actions, children }: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <Box maw={760}>
          <Title order={1}>{title}</Title>
          {lead === undefined ? null : (
            <Text component="div" c="dimmed" size="md" mt={4} className="lead">
              {lead}
            </Text>
          )}
        </Box>
        {actions === undefined ? null : <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export interface EmptyProps {
  icon: ReactNode;
  title: string;
  text: string;
  action?: ReactNode;
}

/** Where nothing is yet: says what belongs here, and how it comes here. */
export function Empty({ icon, title, text, action }: EmptyProps) {
  return (
    <Stack align="center" gap={6} py={48} px="md" ta="center">
      <Box c="dimmed">{icon}</Box>
      <Text fw={600} size="lg">
        {title}
      </Text>
      <Text c="dimmed" size="md" maw={460}>
        {text}
      </Text>
      {action === undefined ? null : <Box mt="sm">{action}</Box>}
    </Stack>
  );
}
