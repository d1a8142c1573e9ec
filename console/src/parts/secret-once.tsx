/** What is shown this once: a password, a key, a secret. It stays until the person says that he has it. */

import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyField } from './copy-field.tsx';

export interface SecretOnceProps {
  title: string;
  lead: string;
  label: string;
  secret: string;
  children?: ReactNode;
  onClose(): void;
}

export function SecretOnce({ title, lead, label, secret, children, onClose }: SecretOnceProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Text size="md">{lead}</Text>
        <CopyField label={label} value={secret} />
        {children}
        <Alert variant="light" color="yellow" icon={<IconEyeOff size={18} />}>
          {t('secret.once')}
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('secret.have')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
