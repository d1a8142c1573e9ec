import { Alert, Button, Group, PasswordInput, Text, TextInput } from '@mantine/core';
import { IconDeviceLandlinePhone, IconInfoCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Extension } from '../api/types.ts';
import { NumberAt } from '../parts/fields.tsx';
import type { Form } from '../parts/form.ts';
import { madeUpPassword } from '../parts/made-up-password.ts';
import { ResourcePage } from '../parts/resource-page.tsx';
import { Phones, useRegistrations } from './phones.tsx';
import { SetUpPhone } from './set-up-phone.tsx';

const MASK = '********';

function Fields({ form, isNew }: { form: Form<Extension>; isNew: boolean }) {
  const { t } = useTranslation();
  const { number, password, contact } = form.values;
  const typed = typeof password === 'string' && password !== MASK ? password : '';
  return (
    <>
      <TextInput
        name="number"
        label={t('extensions.number')}
        withAsterisk
        inputMode="numeric"
        disabled={!isNew}
        value={number}
        error={form.mistake('number')}
        onChange={({ currentTarget: { value } }) => form.set({ number: value })}
      />
      <Group align="flex-end" wrap="nowrap">
        <PasswordInput
          flex={1}
          name="password"
          label={t('extensions.password')}
          description={password === MASK ? t('extensions.passwordKept') : t('extensions.passwordText')}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          value={typed}
          error={form.mistake('password')}
          onChange={({ currentTarget: { value } }) => form.set({ password: value === '' ? null : value })}
        />
        <Button variant="default" onClick={() => form.set({ password: madeUpPassword() })}>
          {t('extensions.generate')}
        </Button>
      </Group>
      {typed === '' ? null : (
        <Alert variant="light" icon={<IconInfoCircle size={18} />} title={t('extensions.setUp')}>
          {t('extensions.setUpText', { number })}
        </Alert>
      )}
      <TextInput
        name="contact"
        label={t('extensions.contact')}
        description={t('extensions.contactText')}
        value={contact ?? ''}
        error={form.mistake('contact')}
        onChange={({ currentTarget: { value } }) => form.set({ contact: value === '' ? null : value })}
      />
      <NumberAt
        form={form}
        path="maxContacts"
        label={t('fields.extension.maxContacts')}
        description={t('fields.extension.maxContactsText')}
        min={1}
        max={50}
      />
    </>
  );
}

export function ExtensionsPage() {
  const { t } = useTranslation();
  const registrations = useRegistrations().data?.items ?? [];
  return (
    <ResourcePage
      resource="extensions"
      words={{
        title: t('extensions.title'),
        lead: t('extensions.lead'),
        add: t('extensions.add'),
        search: t('extensions.search'),
        empty: t('extensions.empty'),
        emptyText: t('extensions.emptyText'),
        new: t('extensions.new'),
        edit: t('extensions.edit'),
      }}
      icon={<IconDeviceLandlinePhone size={40} stroke={1.3} />}
      keyOf={({ number }) => number}
      columns={[
        {
          key: 'number',
          title: t('extensions.column.number'),
          sort: 'number',
          cell: ({ number }) => (
            <Text size="sm" fw={500} className="number">
              {number}
            </Text>
          ),
        },
        {
          key: 'kind',
          title: t('extensions.column.kind'),
          cell: ({ contact }) => (contact ? t('extensions.fixed', { contact }) : t('extensions.registers')),
        },
        {
          key: 'registrations',
          title: t('extensions.column.registrations'),
          cell: ({ number, contact }) =>
            contact ? t('none') : <Phones number={number} registrations={registrations} />,
        },
        { key: 'setUp', title: '', cell: (extension) => <SetUpPhone extension={extension} /> },
      ]}
      deletion={(number) => ({ title: t('extensions.delete', { number }), text: t('extensions.deleteText') })}
      blank={{ number: '', password: null, contact: null }}
      fields={(form, isNew) => <Fields form={form} isNew={isNew} />}
    />
  );
}
