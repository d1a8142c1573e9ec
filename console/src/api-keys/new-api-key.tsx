import { Button, Checkbox, Code, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import type { Permission } from '../api/types.ts';
import { type Form, useForm } from '../parts/form.ts';
import { FormDrawer } from '../parts/form-drawer.tsx';
import { isoOf } from '../parts/moment.ts';
import { MomentField } from '../parts/moment-field.tsx';
import { NumbersField } from '../parts/numbers-field.tsx';
import { permissionText } from '../parts/permission-text.ts';
import { SecretOnce } from '../parts/secret-once.tsx';

const DAY_MS = 86_400_000;
const LIVES = ['30', '90', '365', 'moment', 'never'] as const;
type Life = (typeof LIVES)[number];

interface Values {
  name: string;
  scopes: Permission[];
  inboundNumbers: string[];
  life: Life;
  /** Local time, where `life` is `moment`. */
  moment: string | null;
}

const NEW_KEY: Values = { name: '', scopes: [], inboundNumbers: [], life: '90', moment: null };

/** Null: it has no end. */
export function endOf({ life, moment }: Pick<Values, 'life' | 'moment'>, now: number): string | null {
  if (life === 'never') return null;
  if (life === 'moment') return moment === null ? null : isoOf(moment);
  return new Date(now + Number(life) * DAY_MS).toISOString();
}

const isReading = (permission: Permission) => permission.endsWith(':read');

function ScopesField({ form }: { form: Form<Values> }) {
  const { t } = useTranslation();
  const own = (useSession()?.permissions ?? []) as Permission[];
  const choose = (scopes: Permission[]) => form.set({ scopes });
  return (
    <Checkbox.Group
      label={t('apiKeys.scopes')}
      description={t('apiKeys.scopesText')}
      withAsterisk
      value={form.values.scopes}
      error={form.mistake('scopes')}
      onChange={(scopes) => choose(scopes as Permission[])}
    >
      <Stack gap={8} mt="xs">
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => choose(own.filter(isReading))}>
            {t('apiKeys.onlyReading')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => choose([])}>
            {t('apiKeys.nothing')}
          </Button>
        </Group>
        {own.map((permission) => (
          <Checkbox
            key={permission}
            value={permission}
            label={permissionText(t, permission)}
            description={<span className="mono">{permission}</span>}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

function LifeFields({ form }: { form: Form<Values> }) {
  const { t } = useTranslation();
  const { life, moment } = form.values;
  return (
    <>
      <Select
        label={t('apiKeys.expires')}
        description={life === 'never' ? t('apiKeys.neverText') : t('apiKeys.expiresText')}
        allowDeselect={false}
        data={LIVES.map((value) => ({ value, label: t(`apiKeys.life.${value}`) }))}
        value={life}
        error={form.mistake('expiresAt')}
        onChange={(value) => form.set({ life: value as Life })}
      />
      {life === 'moment' ? (
        <MomentField label={t('apiKeys.moment')} value={moment} onChange={(value) => form.set({ moment: value })} />
      ) : null}
    </>
  );
}

function KeyOnce({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <SecretOnce
      title={t('apiKeys.made', { name })}
      lead={t('apiKeys.madeText')}
      label={t('apiKeys.key')}
      secret={secret}
      onClose={onClose}
    >
      <div>
        <Text size="sm">{t('apiKeys.tryIt')}</Text>
        <Code block className="wrapped" tabIndex={0} aria-label={t('apiKeys.tryIt')}>
          {`curl -H 'Authorization: Bearer ${secret}' ${window.location.origin}/api/v1/session`}
        </Code>
      </div>
    </SecretOnce>
  );
}

export function NewApiKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<Values>(NEW_KEY);
  const [needsMoment, setNeedsMoment] = useState(false);
  const add = useWrite('api-keys', ({ name, scopes, inboundNumbers, ...life }: Values) => {
    const body = { name: name.trim(), scopes, inboundNumbers, expiresAt: endOf(life, Date.now()) };
    return api.post('/api/v1/api-keys', { body });
  });
  if (add.data !== undefined) return <KeyOnce name={add.data.name} secret={add.data.key} onClose={onClose} />;
  const { life, moment } = form.values;
  const submit = () => {
    // Left empty it would have no end at all, which is another choice.
    setNeedsMoment(life === 'moment' && moment === null);
    if (life !== 'moment' || moment !== null) add.mutate(form.values, { onError: (error) => void form.refuse(error) });
  };
  return (
    <FormDrawer
      title={t('apiKeys.add')}
      submit={t('apiKeys.make')}
      isSaving={add.isPending}
      error={add.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        withAsterisk
        label={t('apiKeys.name')}
        description={t('apiKeys.nameText')}
        autoComplete="off"
        value={form.values.name}
        error={form.mistake('name')}
        onChange={({ currentTarget: { value } }) => form.set({ name: value })}
      />
      <LifeFields form={form} />
      {needsMoment ? (
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          {t('apiKeys.needsMoment')}
        </Text>
      ) : null}
      <ScopesField form={form} />
      <NumbersField
        label={t('apiKeys.numbers')}
        description={t('apiKeys.numbersText')}
        value={form.values.inboundNumbers}
        error={form.mistake('inboundNumbers')}
        onChange={(numbers) => form.set({ inboundNumbers: numbers })}
      />
    </FormDrawer>
  );
}
