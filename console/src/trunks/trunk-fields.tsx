import { PasswordInput, Select, SimpleGrid, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Trunk } from '../api/types.ts';
import { NumberAt, SwitchAt, TagsAt, TextAt } from '../parts/fields.tsx';
import type { Form } from '../parts/form.ts';
import { FineTrunkFields } from './fine-trunk-fields.tsx';
import { NUMBER_FORMATS } from './number-formats.ts';

const REGISTER_SECONDS = 300;

function Credentials({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { auth, register } = form.values;
  const isRegistering = typeof register === 'object' && register !== null;
  const setPassword = (password: string) => {
    const next = { username: '', ...auth, password: password === '' ? null : password };
    form.set(next.username === '' && next.password === null ? { auth: null, register: false } : { auth: next });
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <TextAt form={form} path="auth.username" label={t('trunks.field.username')} description=" " />
        <PasswordInput
          name="auth.password"
          label={t('trunks.field.password')}
          description={t('trunks.field.passwordText')}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          value={typeof auth?.password === 'string' ? auth.password : ''}
          onChange={({ currentTarget: { value } }) => setPassword(value)}
        />
      </SimpleGrid>
      <Switch
        label={t('trunks.field.register')}
        checked={isRegistering}
        disabled={!auth}
        onChange={({ currentTarget: { checked } }) =>
          form.set({ register: checked ? { expiresSeconds: REGISTER_SECONDS } : false })
        }
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair" hidden={!isRegistering}>
        <NumberAt
          form={form}
          path="register.expiresSeconds"
          label={t('fields.trunk.registerSeconds')}
          min={10}
          standard={REGISTER_SECONDS}
        />
        <TextAt
          form={form}
          path="register.contact"
          label={t('fields.trunk.registerContact')}
          description={t('fields.trunk.registerContactText')}
        />
      </SimpleGrid>
    </>
  );
}

function Pacing({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <NumberAt
        form={form}
        path="maxCallsPerSecond"
        label={t('trunks.field.maxCallsPerSecond')}
        min={0.1}
        standard={5}
      />
      <NumberAt
        form={form}
        path="maxConcurrentCalls"
        label={t('trunks.field.maxConcurrentCalls')}
        min={1}
        standard={30}
      />
      <NumberAt
        form={form}
        path="health.optionsSeconds"
        label={t('trunks.field.options')}
        description={t('trunks.field.optionsText')}
        standard={0}
      />
      <NumberAt
        form={form}
        path="spendPerDay"
        label={t('fields.spendPerDay')}
        description={t('fields.spendPerDayText')}
        placeholder={t('fields.noLimit')}
      />
    </SimpleGrid>
  );
}

export function TrunkFields({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { numberFormat } = form.values;
  return (
    <>
      <TextAt form={form} path="name" label={t('trunks.field.name')} withAsterisk />
      <TextAt
        form={form}
        path="proxy"
        label={t('trunks.field.proxy')}
        description={t('trunks.field.proxyText')}
        placeholder="sip:sip.provider.com"
        withAsterisk
      />
      <Credentials form={form} />
      <TextAt form={form} path="domain" label={t('trunks.field.domain')} description={t('trunks.field.domainText')} />
      <TagsAt
        form={form}
        path="accept"
        label={t('trunks.field.accept')}
        description={t('trunks.field.acceptText')}
        isNullable
      />
      <Select
        name="numberFormat"
        label={t('trunks.field.numberFormat')}
        allowDeselect={false}
        data={NUMBER_FORMATS.map((value) => ({ value, label: t(`trunks.field.format.${value}`) }))}
        value={numberFormat ?? 'asReceived'}
        onChange={(value) => form.set({ numberFormat: value as Trunk['numberFormat'] })}
      />
      <Pacing form={form} />
      <SwitchAt form={form} path="trustIdentity" label={t('trunks.field.trustIdentity')} />
      <FineTrunkFields form={form} />
    </>
  );
}
