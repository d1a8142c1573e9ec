import { NumberInput, PasswordInput, Select, SimpleGrid, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Trunk } from '../api/types.ts';
import type { Form } from '../parts/form.ts';

const FORMATS = ['asReceived', 'e164', 'e164NoPlus', 'national'] as const;
const REGISTER_SECONDS = 300;

function Credentials({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { auth, register } = form.values;
  const set = (change: Partial<NonNullable<Trunk['auth']>>) => {
    const next = { username: '', ...auth, ...change };
    form.set(next.username === '' && !next.password ? { auth: null, register: false } : { auth: next });
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <TextInput
          label={t('trunks.field.username')}
          description={' '}
          autoComplete="off"
          value={auth?.username ?? ''}
          error={form.mistake('auth')}
          onChange={({ currentTarget: { value } }) => set({ username: value })}
        />
        <PasswordInput
          label={t('trunks.field.password')}
          description={t('trunks.field.passwordText')}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          value={typeof auth?.password === 'string' ? auth.password : ''}
          onChange={({ currentTarget: { value } }) => set({ password: value === '' ? null : value })}
        />
      </SimpleGrid>
      <Switch
        label={t('trunks.field.register')}
        checked={register !== false && register !== null && register !== undefined}
        disabled={!auth}
        onChange={({ currentTarget: { checked } }) =>
          form.set({ register: checked ? { expiresSeconds: REGISTER_SECONDS } : false })
        }
      />
    </>
  );
}

function Pacing({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { maxCallsPerSecond, maxConcurrentCalls, health } = form.values;
  const numberOf = (value: string | number) => (typeof value === 'number' ? value : null);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <NumberInput
        label={t('trunks.field.maxCallsPerSecond')}
        description=" "
        min={0.1}
        placeholder="5"
        value={maxCallsPerSecond ?? ''}
        error={form.mistake('maxCallsPerSecond')}
        onChange={(value) => form.set({ maxCallsPerSecond: numberOf(value) })}
      />
      <NumberInput
        label={t('trunks.field.maxConcurrentCalls')}
        description=" "
        min={1}
        placeholder="30"
        value={maxConcurrentCalls ?? ''}
        error={form.mistake('maxConcurrentCalls')}
        onChange={(value) => form.set({ maxConcurrentCalls: numberOf(value) })}
      />
      <NumberInput
        label={t('trunks.field.options')}
        description={t('trunks.field.optionsText')}
        min={0}
        placeholder="0"
        value={health?.optionsSeconds ?? ''}
        error={form.mistake('health')}
        onChange={(value) => form.set({ health: { ...health, optionsSeconds: numberOf(value) } })}
      />
    </SimpleGrid>
  );
}

export function TrunkFields({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { name, proxy, domain, accept, numberFormat, trustIdentity } = form.values;
  return (
    <>
      <TextInput
        label={t('trunks.field.name')}
        withAsterisk
        value={name}
        error={form.mistake('name')}
        onChange={({ currentTarget: { value } }) => form.set({ name: value })}
      />
      <TextInput
        label={t('trunks.field.proxy')}
        description={t('trunks.field.proxyText')}
        placeholder="sip:sip.provider.com"
        withAsterisk
        value={proxy}
        error={form.mistake('proxy')}
        onChange={({ currentTarget: { value } }) => form.set({ proxy: value })}
      />
      <Credentials form={form} />
      <TextInput
        label={t('trunks.field.domain')}
        description={t('trunks.field.domainText')}
        value={domain ?? ''}
        error={form.mistake('domain')}
        onChange={({ currentTarget: { value } }) => form.set({ domain: value === '' ? null : value })}
      />
      <TagsInput
        label={t('trunks.field.accept')}
        description={t('trunks.field.acceptText')}
        acceptValueOnBlur
        value={accept ?? []}
        error={form.mistake('accept')}
        onChange={(value) => form.set({ accept: value.length === 0 ? null : value })}
      />
      <Select
        label={t('trunks.field.numberFormat')}
        allowDeselect={false}
        data={FORMATS.map((value) => ({ value, label: t(`trunks.field.format.${value}`) }))}
        value={numberFormat ?? 'asReceived'}
        onChange={(value) => form.set({ numberFormat: value as Trunk['numberFormat'] })}
      />
      <Pacing form={form} />
      <Switch
        label={t('trunks.field.trustIdentity')}
        checked={trustIdentity === true}
        onChange={({ currentTarget: { checked } }) => form.set({ trustIdentity: checked })}
      />
    </>
  );
}
