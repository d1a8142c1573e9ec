/** What stands before the console: one panel in the middle of an empty page. */

import { Center, Group, Paper, Stack, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageChoice, SchemeChoice } from './appearance.tsx';
import { Mark } from './mark.tsx';

export function Gate({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Group gap="sm" justify="center" wrap="nowrap">
          <Mark size={36} />
          <Title order={1}>{title}</Title>
        </Group>
        <Paper className="panel" p="xl">
          <Stack gap="md">{children}</Stack>
        </Paper>
        <Group justify="center" gap="xs">
          <LanguageChoice />
          <SchemeChoice />
        </Group>
      </Stack>
    </Center>
  );
}
