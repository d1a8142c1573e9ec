import { Alert, Box, Button, FileButton, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload, IconFileUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, api, type Mistake } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import { readText, yamlOf } from '../parts/configuration-text.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Failure, sayFailed } from '../parts/failure.tsx';
import { mistakeLine, mistakeText } from '../parts/failure-text.ts';
import { type DiffLine, lineDiff } from '../parts/line-diff.ts';
import { Page } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';

function ExportPanel() {
  const { t } = useTranslation();
  const download = async (format: 'YAML' | 'JSON') => {
    try {
      const configuration = await api.get('/api/v1/configuration');
      const day = new Date().toISOString().slice(0, 10);
      if (format === 'YAML') saveFile(`callback-${day}.yaml`, 'application/yaml', yamlOf(configuration));
      else saveFile(`callback-${day}.json`, 'application/json', `${JSON.stringify(configuration, null, 2)}\n`);
    } catch (error) {
      sayFailed(t, error);
    }
  };
  return (
    <Box component="section" className="panel" p="lg" aria-label={t('settings.export')}>
      <Title order={2}>{t('settings.export')}</Title>
      <Text size="sm" c="dimmed" mb="md">
        {t('settings.exportText')}
      </Text>
      <Group>
        {(['YAML', 'JSON'] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            leftSection={<IconDownload size={16} />}
            onClick={() => void download(format)}
          >
            {t('settings.download', { format })}
          </Button>
        ))}
      </Group>
    </Box>
  );
}

interface Comparison {
  document: unknown;
  etag: string | null;
  diff: DiffLine[];
}

/** Nothing is changed by comparing: the two texts are put side by side here. */
async function compare(text: string): Promise<Comparison> {
  const { body, etag } = await api.read('/api/v1/configuration');
  const document = readText(text);
  return { document, etag, diff: lineDiff(yamlOf(body), yamlOf(document)) };
}

function Mistakes({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const mistakes: readonly Mistake[] = error instanceof ApiFailure ? error.mistakes : [];
  if (mistakes.length === 0) return <Failure error={error} />;
  return (
    <Alert color="red" title={t('settings.mistakes')} role="alert">
      <ul>
        {mistakes.map((mistake) => (
          <li key={`${mistake.path} ${mistake.message}`}>
            <span className="mono">{mistake.path}</span> {mistakeText(t, mistake)}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function useApplying(onApplied: () => void) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  const apply = useMutation({
    mutationFn: ({ document, etag }: Comparison) =>
      api.put('/api/v1/configuration', { body: document as never, ifMatch: etag }),
    onSuccess: async ({ body }) => {
      const { revision, warnings } = body;
      notifications.show({ color: 'teal', message: t('settings.applied', { revision }) });
      for (const warning of warnings)
        notifications.show({
          color: 'yellow',
          title: t('settings.warnings'),
          message: mistakeLine(t, warning),
          autoClose: 20_000,
        });
      await client.invalidateQueries({ queryKey: ['configuration'] });
      onApplied();
    },
  });
  const ask = async (comparison: Comparison) => {
    if (await confirm({ title: t('settings.applyTitle'), text: t('settings.applyText'), confirm: t('settings.apply') }))
      apply.mutate(comparison);
  };
  return { apply, ask };
}

function ImportPanel() {
  const { t } = useTranslation();
  const may = useMay('configuration:write');
  const [text, setText] = useState('');
  const comparison = useMutation({ mutationFn: compare });
  const { apply, ask } = useApplying(() => {
    setText('');
    comparison.reset();
  });
  const change = (next: string) => {
    setText(next);
    comparison.reset();
    apply.reset();
  };
  const readFile = (file: File | null) => void file?.text().then(change);
  const changed = comparison.data?.diff.some(({ kind }) => kind !== 'same') === true;
  return (
    <Box component="section" className="panel" p="lg" aria-label={t('settings.import')}>
      <Title order={2}>{t('settings.import')}</Title>
      <Text size="sm" c="dimmed" mb="md">
        {t('settings.importText')}
      </Text>
      <Stack>
        <Group>
          <FileButton onChange={readFile} accept=".yaml,.yml,.json,application/json,application/yaml">
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFileUpload size={16} />}>
                {t('settings.choose')}
              </Button>
            )}
          </FileButton>
        </Group>
        <Textarea
          label={t('settings.paste')}
          autosize
          minRows={5}
          maxRows={18}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          value={text}
          onChange={({ currentTarget: { value } }) => change(value)}
        />
        <Group>
          <Button
            variant="light"
            disabled={text.trim() === ''}
            loading={comparison.isPending}
            onClick={() => comparison.mutate(text)}
          >
            {t('settings.compare')}
          </Button>
        </Group>
        {comparison.error === null ? null : comparison.error instanceof ApiFailure ? (
          <Failure error={comparison.error} />
        ) : (
          <Alert color="red">{t('settings.unreadable', { message: comparison.error.message })}</Alert>
        )}
        {comparison.data === undefined ? null : <DiffView diff={comparison.data.diff} />}
        {apply.error === null ? null : <Mistakes error={apply.error} />}
        {comparison.data !== undefined && changed && may ? (
          <Group justify="flex-end">
            <Button loading={apply.isPending} onClick={() => void ask(comparison.data)}>
              {t('settings.apply')}
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Box>
  );
}

export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')}>
      <Stack gap="lg">
        <ExportPanel />
        <ImportPanel />
      </Stack>
    </Page>
  );
}
