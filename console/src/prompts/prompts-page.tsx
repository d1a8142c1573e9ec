/** What people hear: recordings in their languages, to be listened to, uploaded and deleted. */

import { ActionIcon, Box, Button, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconMicrophone, IconTrash, IconUpload } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { type DragEvent, Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfiguration } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { Prompt } from '../api/types.ts';
import { useConfirmation } from '../parts/confirmation.tsx';
import type { Column } from '../parts/data-table.tsx';
import { sayFailed } from '../parts/failure.tsx';
import { Instant } from '../parts/instant.tsx';
import { languageName, SPOKEN_LANGUAGES } from '../parts/language-field.tsx';
import { Page } from '../parts/page.tsx';
import { SearchedList, useListView } from '../parts/searched-list.tsx';
import { Listen } from './listen.tsx';
import { usePrompts, useRemovePrompt } from './prompt-queries.ts';
import { UploadDialog } from './upload-dialog.tsx';

const EVERY_LANGUAGE = 'und';

function Uses({ usedBy }: { usedBy: readonly string[] }) {
  const { t } = useTranslation();
  if (usedBy.length === 0) return t('none');
  return usedBy.map((use, index) => {
    const [flow = '', component] = use.split('/');
    return (
      <Fragment key={use}>
        {index === 0 ? '' : ', '}
        {component === undefined ? (
          use
        ) : (
          <Link to="/flows/$name" params={{ name: flow }} className="text-link">
            {use}
          </Link>
        )}
      </Fragment>
    );
  });
}

function Removal({ prompt }: { prompt: Prompt }) {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const remove = useRemovePrompt();
  const may = useMay('configuration:write');
  const { name, language, usedBy, covers } = prompt;
  if (!may || prompt.origin !== 'uploaded') return null;
  const after = covers === null ? t('prompts.deleteText') : t('prompts.deleteCovered');
  const used = usedBy.length === 0 ? '' : `${t('prompts.deleteUsed', { uses: usedBy.join(', ') })} `;
  const click = async () => {
    const question = {
      title: t('prompts.deleteTitle', { name }),
      text: `${used}${after}`,
      confirm: t('prompts.delete', { name, language }),
    };
    if (!(await confirm(question))) return;
    remove.mutate(
      { name, language },
      {
        onSuccess: () => notifications.show({ message: t('prompts.deleted', { name }) }),
        onError: (error) => sayFailed(t, error),
      },
    );
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      loading={remove.isPending}
      aria-label={t('prompts.delete', { name, language })}
      onClick={() => void click()}
    >
      <IconTrash size={16} />
    </ActionIcon>
  );
}

function useLanguageText() {
  const { t, i18n } = useTranslation();
  return (tag: string) => (tag === EVERY_LANGUAGE ? t('prompts.everyLanguage') : languageName(tag, i18n.language));
}

function Origin({ prompt }: { prompt: Prompt }) {
  const { t } = useTranslation();
  const { origin, uploadedAt, uploadedBy } = prompt;
  if (origin !== 'uploaded' || uploadedAt === null) return t(`prompts.from.${origin}`);
  return (
    <>
      {t('prompts.from.uploaded', { by: uploadedBy ?? '' })}
      <Text size="xs" c="dimmed" component="div">
        <Instant at={uploadedAt} />
      </Text>
    </>
  );
}

function useColumns(): ReadonlyArray<Column<Prompt>> {
  const { t, i18n } = useTranslation();
  const languageText = useLanguageText();
  const length = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return [
    {
      key: 'listen',
      title: t('prompts.hear'),
      width: 70,
      cell: (prompt) => <Listen prompt={prompt} />,
    },
    {
      key: 'name',
      title: t('prompts.name'),
      sort: 'name',
      cell: ({ name }) => (
        <span className="mono" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </span>
      ),
    },
    { key: 'language', title: t('prompts.language'), sort: 'language', cell: ({ language }) => languageText(language) },
    {
      key: 'seconds',
      title: t('prompts.length'),
      sort: 'seconds',
      align: 'right',
      width: 100,
      cell: ({ seconds }) => t('prompts.seconds', { seconds: length.format(seconds) }),
    },
    { key: 'origin', title: t('prompts.origin'), sort: 'origin', cell: (prompt) => <Origin prompt={prompt} /> },
    { key: 'usedBy', title: t('prompts.usedBy'), cell: ({ usedBy }) => <Uses usedBy={usedBy} /> },
    {
      key: 'actions',
      title: t('action.actions'),
      align: 'right',
      width: 80,
      cell: (prompt) => <Removal prompt={prompt} />,
    },
  ];
}

/** Files may be dropped anywhere on the page. */
function useDrop(isOn: boolean, dropped: (files: File[]) => void) {
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => isOn && event.dataTransfer.types.includes('Files');
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        dropped([...event.dataTransfer.files]);
      },
    },
  };
}

function LanguageFilter({ value, onChange }: { value: string; onChange(language: string): void }) {
  const { t } = useTranslation();
  const languageText = useLanguageText();
  return (
    <Select
      w={220}
      label={t('prompts.language')}
      placeholder={t('prompts.allLanguages')}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      data={[...SPOKEN_LANGUAGES, EVERY_LANGUAGE].map((tag) => ({ value: tag, label: languageText(tag) }))}
      value={value === '' ? null : value}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

export function PromptsPage() {
  const { t, i18n } = useTranslation();
  const { q: asked = '' } = useSearch({ strict: false }) as { q?: string };
  const view = useListView(25, String(asked));
  const [language, setLanguage] = useState('');
  const [files, setFiles] = useState<File[] | null>(null);
  const may = useMay('configuration:write');
  const columns = useColumns();
  const usualLanguage = useConfiguration().data?.defaultLanguage ?? i18n.language;
  const { isOver, handlers } = useDrop(may, setFiles);
  const q = view.searched.trim();
  const { page, sort, pageSize } = view;
  const { data, error, refetch } = usePrompts({ q, page, sort, pageSize, ...(language === '' ? {} : { language }) });
  const add = may ? (
    <Button leftSection={<IconUpload size={16} />} onClick={() => setFiles([])}>
      {t('prompts.upload')}
    </Button>
  ) : null;
  const words = {
    title: t('prompts.title'),
    search: t('prompts.search'),
    empty: t('prompts.empty'),
    emptyText: t('prompts.emptyText'),
  };
  return (
    <Page title={words.title} lead={t('prompts.lead')} actions={add}>
      <Box {...handlers} data-testid="prompt-drop" className={isOver ? 'drop-target' : ''}>
        <Stack gap="md">
          {may ? (
            <Text size="sm" c="dimmed">
              {t('prompts.drop')}
            </Text>
          ) : null}
          <SearchedList
            {...{ view, q, words, columns, add, data, error }}
            icon={<IconMicrophone size={40} stroke={1.3} />}
            keyOf={({ language: tag, name }) => `${tag}/${name}`}
            onRetry={refetch}
            minWidth={900}
            isFiltered={language !== ''}
            filters={
              <LanguageFilter
                value={language}
                onChange={(next) => {
                  setLanguage(next);
                  view.setPage(1);
                }}
              />
            }
          />
        </Stack>
      </Box>
      {files === null ? null : (
        <UploadDialog given={files} usualLanguage={usualLanguage} onClose={() => setFiles(null)} />
      )}
    </Page>
  );
}
