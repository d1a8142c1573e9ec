/** A CSV file is looked through by the server, shown line by line, and taken when the person has seen what would come of it. */

import { Alert, Button, FileInput, Group, Modal, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { IconFileTypeCsv } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import { Failure } from './failure.tsx';

export type LineFate = 'created' | 'changed' | 'unchanged' | 'refused';

export interface PreviewLine {
  line: number;
  fate: LineFate;
  name: string;
  /** What would change, or why it is refused. */
  details: string[];
}

export interface ImportDialogProps<A> {
  /** `/api/v1/callback-rules.csv` */
  path: string;
  title: string;
  text: string;
  /** Whether the lines that are good are taken where others are refused. */
  takesSome: boolean;
  linesOf(answer: A): PreviewLine[];
  /** Mistakes that belong to no line. */
  mistakesOf?: (answer: A) => string[];
  onDone(): void;
  onClose(): void;
}

const COLORS: Record<LineFate, string> = {
  created: 'teal-6',
  changed: 'blue-6',
  unchanged: 'gray-5',
  refused: 'red-6',
};
const FATES = Object.keys(COLORS) as LineFate[];
const MOST_SHOWN = 1000;

async function send<A>(path: string, text: string, dryRun: boolean): Promise<A> {
  const headers = { 'content-type': 'text/csv' };
  const answer = await request(`${path}?dryRun=${dryRun}`, { method: 'POST', headers, body: text });
  return (await answer.json()) as A;
}

function Fate({ fate, text }: { fate: LineFate; text: string }) {
  return (
    <span className="state-mark">
      <span className="state-dot" style={{ color: `var(--mantine-color-${COLORS[fate]})` }} />
      <span>{text}</span>
    </span>
  );
}

function Lines({ lines }: { lines: readonly PreviewLine[] }) {
  const { t } = useTranslation();
  return (
    <ScrollArea.Autosize mah={360} viewportProps={{ tabIndex: 0, 'aria-label': t('import.lines') } as never}>
      <Table className="data-table" aria-label={t('import.lines')} data-testid="import-lines">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70}>{t('import.line')}</Table.Th>
            <Table.Th w={130}>{t('import.fate')}</Table.Th>
            <Table.Th w={200}>{t('import.what')}</Table.Th>
            <Table.Th>{t('import.details')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.slice(0, MOST_SHOWN).map(({ line, fate, name, details }) => (
            <Table.Tr key={line}>
              <Table.Td className="number">{line}</Table.Td>
              <Table.Td>
                <Fate fate={fate} text={t(`import.one.${fate}`)} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{name}</Table.Td>
              <Table.Td>
                {details.map((detail) => (
                  <Text key={detail} size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {detail}
                  </Text>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {lines.length > MOST_SHOWN ? (
        <Text size="sm" c="dimmed" p="sm">
          {t('import.more', { count: lines.length - MOST_SHOWN })}
        </Text>
      ) : null}
    </ScrollArea.Autosize>
  );
}

function Summary({ lines }: { lines: readonly PreviewLine[] }) {
  const { t } = useTranslation();
  return (
    <Group gap="lg" role="status">
      {FATES.map((fate) => (
        <Fate
          key={fate}
          fate={fate}
          text={t(`import.many.${fate}`, { count: lines.filter((one) => one.fate === fate).length })}
        />
      ))}
    </Group>
  );
}

function useImport<A>({ path, onDone }: ImportDialogProps<A>) {
  const [file, setFile] = useState<File | null>(null);
  const preview = useMutation({ mutationFn: async (given: File) => send<A>(path, await given.text(), true) });
  const apply = useMutation({
    mutationFn: async () => send<A>(path, await file!.text(), false),
    onSuccess: onDone,
  });
  const choose = (given: File | null) => {
    setFile(given);
    apply.reset();
    preview.reset();
    if (given !== null) preview.mutate(given);
  };
  return { file, preview, apply, choose };
}

export function ImportDialog<A>(props: ImportDialogProps<A>) {
  const { title, text, takesSome, linesOf, mistakesOf = () => [], onClose } = props;
  const { t } = useTranslation();
  const { file, preview, apply, choose } = useImport(props);
  const answer = apply.data ?? preview.data;
  const lines = answer === undefined ? [] : linesOf(answer);
  const mistakes = answer === undefined ? [] : mistakesOf(answer);
  const good = lines.filter(({ fate }) => fate === 'created' || fate === 'changed').length;
  const isRefused = mistakes.length > 0 || (!takesSome && lines.some(({ fate }) => fate === 'refused'));
  const error = apply.error ?? preview.error;
  return (
    <Modal opened onClose={onClose} title={title} size="xl" closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Stack>
        <Text size="md">{text}</Text>
        <FileInput
          label={t('import.file')}
          placeholder={t('import.choose')}
          accept=".csv,text/csv"
          leftSection={<IconFileTypeCsv size={16} />}
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
        />
        {error === null ? null : <Failure error={error} />}
        {answer === undefined ? null : <Summary lines={lines} />}
        {mistakes.map((mistake) => (
          <Alert key={mistake} color="red" variant="light" role="alert">
            {mistake}
          </Alert>
        ))}
        {isRefused && apply.data === undefined ? <Text size="md">{t('import.allOrNothing')}</Text> : null}
        {lines.length > 0 ? <Lines lines={lines} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {apply.data === undefined ? t('action.cancel') : t('action.close')}
          </Button>
          {apply.data === undefined ? (
            <Button
              disabled={preview.data === undefined || isRefused || good === 0}
              loading={preview.isPending || apply.isPending}
              onClick={() => apply.mutate()}
            >
              {t('import.apply', { count: good })}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </Modal>
  );
}
