/** Callbacks out of a CSV file: who is to be called, by which rule, when. */

import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../api/session.ts';
import type { CallbackImport } from '../api/types.ts';
import { mistakeLine, mistakeText, refusalText } from '../parts/failure-text.ts';
import type { LineFate, PreviewLine } from '../parts/import-dialog.tsx';
import { wholeTimeText } from '../parts/instant.tsx';

const ImportDialog = lazy(async () => ({
  default: (await import('../parts/import-dialog.tsx')).ImportDialog<CallbackImport>,
}));

const FATES: Record<string, LineFate> = {
  created: 'created',
  'would-create': 'created',
  merged: 'unchanged',
  'would-merge': 'unchanged',
};

export function callbackLines(t: TFunction, language: string, { lines }: CallbackImport): PreviewLine[] {
  return lines.map(({ line, result, rule, number, dueAt, message, mistakes, reason }) => {
    const fate = FATES[result] ?? 'refused';
    const when = dueAt === null ? [] : [t('import.due', { time: wholeTimeText(language, dueAt) })];
    const why =
      fate === 'refused'
        ? mistakes.length > 0
          ? mistakes.map((mistake) => mistakeLine(t, mistake))
          : [refusalText(t, result, message ?? '')]
        : fate === 'unchanged'
          ? [t('import.stands'), ...(reason === null ? [] : [mistakeText(t, { ...reason, message: message ?? '' })])]
          : [];
    return { line, fate, name: [number, rule].filter(Boolean).join(' · '), details: [...why, ...when] };
  });
}

export function ImportButton() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const mayExport = useMay('callbacks:export');
  const mayWrite = useMay('callbacks:write');
  if (!mayExport || !mayWrite) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconUpload size={16} />} onClick={open}>
        {t('import.button')}
      </Button>
      {opened ? (
        <Suspense>
          <ImportDialog
            path="/api/v1/callbacks.csv"
            title={t('import.title.callbacks')}
            text={t('import.text.callbacks')}
            takesSome
            linesOf={(answer) => callbackLines(t, i18n.language, answer)}
            onDone={() => void client.invalidateQueries({ queryKey: ['callbacks'] })}
            onClose={close}
          />
        </Suspense>
      ) : null}
    </>
  );
}
