/** CSV of callback rules and of inbound numbers. */

import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, writePermission } from '../api/session.ts';
import type { SectionImport } from '../api/types.ts';
import { mistakeLine } from './failure-text.ts';
import type { PreviewLine } from './import-dialog.tsx';

const ImportDialog = lazy(async () => ({
  default: (await import('./import-dialog.tsx')).ImportDialog<SectionImport>,
}));

const valueText = (value: unknown): string =>
  value === null || value === undefined || value === ''
    ? '–'
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

type Line = SectionImport['lines'][number];

/** Of a new one only what is set. */
function detailsOf(t: TFunction, { result, changes, mistakes }: Line): string[] {
  if (result === 'refused') return mistakes.map((mistake) => mistakeLine(t, mistake));
  if (result === 'created')
    return changes
      .filter(({ after }) => valueText(after) !== '–' && valueText(after) !== '[]')
      .map(({ field, after }) => `${field}: ${valueText(after)}`);
  return changes.map(({ field, before, after }) => `${field}: ${valueText(before)} → ${valueText(after)}`);
}

export function sectionLines(t: TFunction, { lines }: SectionImport): PreviewLine[] {
  return lines.map((line) => ({
    line: line.line,
    fate: line.result === 'replaced' ? 'changed' : line.result,
    name: line.name,
    details: detailsOf(t, line),
  }));
}

export function SectionImportButton({ resource }: { resource: 'callback-rules' | 'inbound-numbers' }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  if (!useMay(writePermission(resource))) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconUpload size={16} />} onClick={open}>
        {t('import.button')}
      </Button>
      {opened ? (
        <Suspense>
          <ImportDialog
            path={`/api/v1/${resource}.csv`}
            title={t(`import.title.${resource}`)}
            text={t(`import.text.${resource}`)}
            takesSome={false}
            linesOf={(answer) => sectionLines(t, answer)}
            mistakesOf={({ mistakes }) => mistakes.map((mistake) => mistakeLine(t, mistake))}
            onDone={() => void client.invalidateQueries({ queryKey: ['configuration'] })}
            onClose={close}
          />
        </Suspense>
      ) : null}
    </>
  );
}
