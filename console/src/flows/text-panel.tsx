/** The flow as text, as the configuration file has it: to copy, and to write. */

import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readText } from '../parts/configuration-text.ts';
import { copiedText } from '../parts/copied-text.ts';
import type { Editing } from './editing.ts';
import type { Draft } from './flow-draft.ts';
import { draftText } from './flow-text.ts';

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A flow, or a list of one, as it stands in the file. @returns a text: why it is none */
export function draftFrom(text: string, name: string): Draft | string | null {
  let read: unknown;
  try {
    read = readText(text);
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
  const [only] = Array.isArray(read) ? read : [read];
  if (!isFields(only) || !isFields(only['components'])) return null;
  const components = only['components'];
  if (!Object.values(components).every((one) => isFields(one) && typeof one['type'] === 'string')) return null;
  const given = only as unknown as Draft;
  return { ...given, name: String(given.name ?? name), start: String(given.start ?? '') };
}

export interface TextPanelProps {
  editing: Editing;
  /** What was written and not taken over; null: nothing. It stays while another panel is looked at. */
  typed: string | null;
  onType(text: string | null): void;
}

export function TextPanel({ editing, typed, onType: setTyped }: TextPanelProps) {
  const { t } = useTranslation();
  const text = draftText(editing.draft);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const take = () => {
    const read = draftFrom(typed ?? '', editing.draft.name);
    if (read === null || typeof read === 'string') {
      setWrong(read === null ? t('flowEditor.text.noFlow') : t('settings.unreadable', { message: read }));
      return;
    }
    editing.replace(read);
    setTyped(null);
    setWrong(null);
  };
  return (
    <Stack gap="sm" className="flow-text">
      <Text size="sm" c="dimmed">
        {t('flowEditor.text.lead')}
      </Text>
      <Textarea
        ref={area}
        label={t('flowEditor.text.label')}
        autosize
        minRows={12}
        maxRows={28}
        spellCheck={false}
        readOnly={editing.isReadOnly}
        value={typed ?? text}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value === text ? null : value);
          setCopied(false);
        }}
      />
      {wrong === null ? null : (
        <Alert color="red" p="xs" role="alert">
          {wrong}
        </Alert>
      )}
      <Group gap="xs">
        <Button
          variant="default"
          leftSection={isCopied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={() => void copiedText(typed ?? text, area.current).then(setCopied)}
        >
          {isCopied ? t('action.copied') : t('action.copy')}
        </Button>
        {typed === null ? null : (
          <>
            <Button onClick={take}>{t('flowEditor.text.take')}</Button>
            <Button
              variant="default"
              onClick={() => {
                setTyped(null);
                setWrong(null);
              }}
            >
              {t('action.cancel')}
            </Button>
          </>
        )}
      </Group>
    </Stack>
  );
}
