/** Recordings on their way in: one with a name, or several by the names of their files. */

import { Button, Checkbox, FileInput, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFileMusic } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/client.ts';
import { Failure } from '../parts/failure.tsx';
import { failureText } from '../parts/failure-text.ts';
import { type Form, useForm } from '../parts/form.ts';
import { LanguageAt } from '../parts/language-field.tsx';
import { nameOfFile } from './prompt-file.ts';
import { useUpload } from './prompt-queries.ts';

interface Values {
  name: string;
  language: string;
  replace: boolean;
}

export interface UploadDialogProps {
  /** Those that were dropped on the page. */
  given: File[];
  /** That people are spoken to in. */
  usualLanguage: string;
  onClose(): void;
}

interface Refused {
  /** Null: it was the only one. */
  file: string | null;
  error: unknown;
}

/** One after the other: what is refused does not keep the others out. */
function useUploads({ given, usualLanguage, onClose }: UploadDialogProps) {
  const { t } = useTranslation();
  const [files, setFiles] = useState(given);
  const [refused, setRefused] = useState<Refused[]>([]);
  const form = useForm<Values>({ name: nameOfOnly(given), language: usualLanguage, replace: false });
  const upload = useUpload();
  const choose = (chosen: File[]) => {
    setFiles(chosen);
    setRefused([]);
    form.set({ name: nameOfOnly(chosen), replace: false });
  };
  const send = async () => {
    const { language, replace } = form.values;
    const failed: Refused[] = [];
    const left: File[] = [];
    for (const file of files) {
      const name = files.length === 1 ? form.values.name : nameOfFile(file);
      try {
        await upload.mutateAsync({ file, name, language, replace });
      } catch (error) {
        if (files.length === 1) form.refuse(error);
        failed.push({ file: files.length === 1 ? null : file.name, error });
        left.push(file);
      }
    }
    const count = files.length - left.length;
    if (count > 0) notifications.show({ message: t('prompts.uploaded', { count }) });
    setRefused(failed);
    if (left.length === 0) onClose();
    else if (files.length > 1) {
      setFiles(left);
      form.set({ name: nameOfOnly(left) });
    }
  };
  return { files, form, refused, choose, send, isSending: upload.isPending };
}

const nameOfOnly = (files: readonly File[]) => (files.length === 1 ? nameOfFile(files[0]!) : '');

const isThere = ({ error }: Refused) => error instanceof ApiFailure && error.code === 'already-exists';

function NameField({ files, form }: { files: readonly File[]; form: Form<Values> }) {
  const { t } = useTranslation();
  if (files.length > 1)
    return <Text size="sm">{t('prompts.names', { names: files.map((file) => nameOfFile(file)).join(', ') })}</Text>;
  return (
    <TextInput
      name="name"
      withAsterisk
      label={t('prompts.name')}
      description={t('prompts.nameText')}
      classNames={{ input: 'mono' }}
      autoComplete="off"
      maxLength={200}
      value={form.values.name}
      error={form.mistake('name')}
      onChange={({ currentTarget: { value } }) => form.set({ name: value })}
    />
  );
}

function Refusals({ refused }: { refused: readonly Refused[] }) {
  const { t } = useTranslation();
  const [first] = refused;
  if (first === undefined) return null;
  if (first.file === null) return <Failure error={first.error} />;
  return (
    <Stack component="ul" gap={4} className="plain-list" role="alert">
      {refused.map(({ file, error }) => (
        <li key={file}>
          <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: 'anywhere' }}>
            {file}: {failureText(t, error)}
          </Text>
        </li>
      ))}
    </Stack>
  );
}

export function UploadDialog(props: UploadDialogProps) {
  const { t } = useTranslation();
  const { files, form, refused, choose, send, isSending } = useUploads(props);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('prompts.upload')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <FileInput
            data-autofocus
            multiple
            label={t('prompts.file')}
            description={t('prompts.fileText')}
            placeholder={t('prompts.choose')}
            accept=".wav,audio/wav,audio/x-wav"
            leftSection={<IconFileMusic size={16} />}
            value={files}
            error={form.mistake('file')}
            onChange={choose}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
          />
          <NameField files={files} form={form} />
          <LanguageAt
            form={form}
            path="language"
            label={t('prompts.language')}
            description={t('prompts.languageText')}
          />
          {refused.some(isThere) ? (
            <Checkbox
              label={t('prompts.replace')}
              checked={form.values.replace}
              onChange={({ currentTarget: { checked } }) => form.set({ replace: checked })}
            />
          ) : null}
          <Refusals refused={refused} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={isSending} disabled={files.length === 0}>
              {t('prompts.uploadNow', { count: Math.max(1, files.length) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
