/** All that the filters find, as the server's CSV file. */

import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import { sayFailed } from '../parts/failure.tsx';
import { saveFile } from '../parts/save-file.ts';
import { apiQuery, type GridQuestion } from './callback-queries.ts';

const LINE_FEED = 10;

/** @param onProgress how many rows are here; a line break inside a cell counts for one, which does no harm */
async function readExport(question: GridQuestion, onProgress: (rows: number) => void): Promise<Blob[]> {
  const { page: _page, pageSize: _size, sort: _sort, ...filters } = apiQuery(question);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, String(value));
  const answer = await request(`/api/v1/callbacks.csv?${query}`);
  const reader = answer.body!.getReader();
  const parts: Blob[] = [];
  let lines = -1;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    for (const byte of value) if (byte === LINE_FEED) lines += 1;
    parts.push(new Blob([value]));
    onProgress(Math.max(lines, 0));
  }
}

export function ExportButton({ question, total }: { question: GridQuestion; total: number | undefined }) {
  const { t } = useTranslation();
  const [done, setDone] = useState<number | null>(null);
  const run = async () => {
    let rows = 0;
    setDone(0);
    try {
      const parts = await readExport(question, (now) => {
        rows = now;
        setDone(now);
      });
      // Spreadsheets take it for UTF-8 by this mark.
      saveFile('callbacks.csv', 'text/csv;charset=utf-8', ['\uFEFF', ...parts]);
      notifications.show({ message: t('callbacks.export.done', { count: rows }) });
    } catch (error) {
      sayFailed(t, error);
    }
    setDone(null);
  };
  if (!useMay('callbacks:export')) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={16} />}
      disabled={done !== null || total === 0}
      onClick={() => void run()}
    >
      {done === null ? t('callbacks.export.csv') : t('callbacks.export.running', { done, total: total ?? done })}
    </Button>
  );
}
