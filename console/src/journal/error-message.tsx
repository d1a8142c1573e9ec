/** What a person was told, in the reader's language, and as it stands in the log. */

import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { errorWords } from '../parts/failure-text.ts';

export function ErrorMessage({ code, message }: { code?: string | undefined; message?: string | undefined }) {
  const { t } = useTranslation();
  const words = errorWords(t, code ?? '', '…');
  return (
    <Stack gap={2} style={{ overflowWrap: 'anywhere' }}>
      <Text size="sm">{words === '…' ? t('none') : words.replace('….', '…')}</Text>
      <Text size="xs" c="dimmed" lang="en">
        {message}
      </Text>
    </Stack>
  );
}
