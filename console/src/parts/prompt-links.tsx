/** Recordings that something names, each with a way to where it is heard. */

import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';

/** As the server knows fields that hold a prompt. */
const PROMPT_FIELD = /^(?:prompt|whisper|music|holdMusic)$|Prompt$/;

function promptsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && PROMPT_FIELD.test(key) ? [inner] : promptsIn(inner),
  );
}

/** Tones and keys that are read back are no recordings to look for. */
export function recordingsIn(value: unknown): string[] {
  const parts = promptsIn(value).flatMap((prompt) => prompt.split('&'));
  return [...new Set(parts.filter((part) => part !== '' && !/^(?:tone|digits):/.test(part)))];
}

/** @param of a component, or anything else with prompts in it */
export function PromptLinks({ of }: { of: unknown }) {
  const { t } = useTranslation();
  const may = useMay('configuration:read');
  const names = recordingsIn(of);
  if (names.length === 0 || !may) return null;
  return (
    <Text size="sm" c="dimmed" pl="md">
      {t('prompts.hear')}:{' '}
      {names.map((name, index) => (
        <Fragment key={name}>
          {index === 0 ? '' : ', '}
          <Link to="/prompts" search={{ q: name.replace(/^file:|\.wav$/g, '') }} className="text-link in-text">
            {name}
          </Link>
        </Fragment>
      ))}
    </Text>
  );
}
