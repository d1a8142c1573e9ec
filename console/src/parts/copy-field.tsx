/** Text that is to be taken elsewhere, with a button that copies it. */

import { Button, Group, TextInput, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copiedText } from './copied-text.ts';

const SAID_MS = 3_000;

export function CopyField({ label, value, description }: { label: string; value: string; description?: string }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const said = isCopied ? t('action.copied') : t('action.copy');
  return (
    <Group align="flex-end" gap="xs">
      <TextInput
        ref={field}
        flex="1 1 260px"
        readOnly
        label={label}
        description={description}
        value={value}
        classNames={{ input: 'mono' }}
        spellCheck={false}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <Button
        variant="default"
        leftSection={isCopied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        aria-label={`${said}: ${label}`}
        onClick={() => void copiedText(value, field.current).then(setCopied)}
      >
        {said}
      </Button>
      <VisuallyHidden role="status">{isCopied ? t('action.copied') : ''}</VisuallyHidden>
    </Group>
  );
}
