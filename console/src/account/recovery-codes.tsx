import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconEyeOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { saveFile } from '../parts/save-file.ts';

/** For the day on which the telephone is lost: shown this once, each good for one sign-in. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const username = useSession()?.username ?? '';
  const save = () =>
    saveFile(
      `${t('account.codesFile')}-${username}.txt`,
      'text/plain',
      `${t('product')}: ${username}\n\n${codes.join('\n')}\n`,
    );
  return (
    <Stack>
      <Text size="md">{t('account.codesText')}</Text>
      <ul className="codes" aria-label={t('account.step.codes')}>
        {codes.map((code) => (
          <li key={code} className="mono">
            {code}
          </li>
        ))}
      </ul>
      <Group>
        <Button variant="default" leftSection={<IconDownload size={16} />} onClick={save}>
          {t('account.saveCodes')}
        </Button>
      </Group>
      <Alert variant="light" color="yellow" icon={<IconEyeOff size={18} />}>
        {t('secret.once')}
      </Alert>
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('secret.have')}</Button>
      </Group>
    </Stack>
  );
}
