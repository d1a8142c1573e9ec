import { MultiSelect, NumberInput, PasswordInput, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeptOne, useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import type { Webhook } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { type Form, useForm } from '../parts/form.ts';
import { FormDrawer } from '../parts/form-drawer.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { eventChoices } from './event-types.ts';

export interface WebhookValues {
  name: string;
  url: string;
  events: string[];
  timeoutSeconds: number;
  enabled: boolean;
  /** Empty: one is made, or the one that there is stays. */
  secret: string;
}

const NEW_WEBHOOK: WebhookValues = { name: '', url: '', events: [], timeoutSeconds: 10, enabled: true, secret: '' };

export const valuesOf = ({ name, url, events, timeoutSeconds, enabled }: Webhook): WebhookValues => ({
  name,
  url,
  events,
  timeoutSeconds,
  enabled,
  secret: '',
});

const bodyOf = ({ secret, ...values }: WebhookValues) => ({
  ...values,
  name: values.name.trim(),
  url: values.url.trim(),
  ...(secret === '' ? {} : { secret }),
});

export const changeWebhook = ({ values, etag }: { values: WebhookValues; etag: string | null }) =>
  api.put('/api/v1/webhooks/{name}', { parameters: { name: values.name }, body: bodyOf(values), ifMatch: etag });

function WebhookFields({ form, isNew }: { form: Form<WebhookValues>; isNew: boolean }) {
  const { t } = useTranslation();
  const { name, url, events, timeoutSeconds, secret } = form.values;
  return (
    <>
      <TextInput
        data-autofocus
        withAsterisk
        label={t('webhooks.name')}
        description={t('webhooks.nameText')}
        disabled={!isNew}
        value={name}
        error={form.mistake('name')}
        onChange={({ currentTarget: { value } }) => form.set({ name: value })}
      />
      <TextInput
        withAsterisk
        label={t('webhooks.url')}
        description={t('webhooks.urlText')}
        placeholder="https://crm.example/hooks/callback"
        inputMode="url"
        value={url}
        error={form.mistake('url')}
        onChange={({ currentTarget: { value } }) => form.set({ url: value })}
      />
      <MultiSelect
        label={t('webhooks.events')}
        description={t('webhooks.eventsText')}
        placeholder={events.length === 0 ? t('webhooks.allEvents') : ''}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={eventChoices(t, events)}
        value={events}
        error={form.mistake('events')}
        onChange={(chosen) => form.set({ events: chosen })}
      />
      <NumberInput
        label={t('webhooks.timeout')}
        description={t('webhooks.timeoutText')}
        min={0.1}
        max={120}
        suffix={` ${t('unit.seconds')}`}
        value={timeoutSeconds}
        error={form.mistake('timeoutSeconds')}
        onChange={(value) => form.set({ timeoutSeconds: typeof value === 'number' ? value : 10 })}
      />
      <PasswordInput
        label={t('webhooks.secret')}
        description={t(isNew ? 'webhooks.secretNew' : 'webhooks.secretKept')}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        value={secret}
        error={form.mistake('secret')}
        onChange={({ currentTarget: { value } }) => form.set({ secret: value })}
      />
    </>
  );
}

export function NewWebhook({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<WebhookValues>(NEW_WEBHOOK);
  const add = useWrite('webhooks', (values: WebhookValues) => api.post('/api/v1/webhooks', { body: bodyOf(values) }));
  if (add.data !== undefined)
    return (
      <SecretOnce
        title={t('webhooks.made', { name: add.data.name })}
        lead={t('webhooks.madeText')}
        label={t('webhooks.secret')}
        secret={add.data.secret}
        onClose={onClose}
      >
        <Text size="sm">{t('webhooks.signature')}</Text>
      </SecretOnce>
    );
  return (
    <FormDrawer
      title={t('webhooks.add')}
      submit={t('action.add')}
      isSaving={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate(form.values, { onError: (error) => void form.refuse(error) })}
      onClose={onClose}
    >
      <WebhookFields form={form} isNew />
    </FormDrawer>
  );
}

interface EditorProps {
  webhook: Webhook;
  etag: string | null;
  onClose(): void;
}

function Editor({ webhook, onClose, ...read }: EditorProps) {
  const { t } = useTranslation();
  // The one that the fields were filled from.
  const [etag] = useState(read.etag);
  const form = useForm<WebhookValues>(valuesOf(webhook));
  const save = useWrite('webhooks', changeWebhook);
  const submit = () =>
    save.mutate(
      { values: form.values, etag },
      {
        onSuccess: () => {
          notifications.show({ color: 'teal', message: t('saved') });
          onClose();
        },
        onError: (error) => void form.refuse(error),
      },
    );
  return (
    <FormDrawer
      title={`${t('webhooks.edit')} ${webhook.name}`}
      submit={t('action.save')}
      isSaving={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <WebhookFields form={form} isNew={false} />
    </FormDrawer>
  );
}

/** What is read again meanwhile changes nothing in the form, which begins with what it got first. */
export function EditWebhook({ name, onClose }: { name: string; onClose: () => void }) {
  const { data, error } = useKeptOne('webhooks', name, { staleTime: Number.POSITIVE_INFINITY });
  if (error !== null) return <Failure error={error} />;
  return data === undefined ? null : <Editor webhook={data.item} etag={data.etag} onClose={onClose} />;
}
