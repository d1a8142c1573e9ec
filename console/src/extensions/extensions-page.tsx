import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconDeviceLandlinePhone, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Extension, Page, Registration } from '../api/types.ts';
import { NumberAt } from '../parts/fields.tsx';
import type { Form } from '../parts/form.ts';
import { madeUpPassword } from '../parts/made-up-password.ts';
import { ResourcePage } from '../parts/resource-page.tsx';

const MASK = '********';

function useRegistrations() {
  return useQuery({
    queryKey: ['registrations'],
    refetchInterval: 10_000,
    queryFn: async ({ signal }) =>
      (await api.get('/api/v1/registrations', { query: { pageSize: 1000 } as never, signal })) as Page<Registration>,
  });
}

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

function Phones({ number, registrations }: { number: string; registrations: readonly Registration[] }) {
  const { t } = useTranslation();
  const own = registrations.filter(({ extension }) => extension === number);
  if (own.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('extensions.notRegistered')}
      </Text>
    );
  return (
    <Stack gap={2}>
      {own.map(({ contact, userAgent, reachedAt }) => (
        <Text key={contact} size="sm">
          {userAgent ?? t('none')} <span className="mono">{reachedAt}</span>
        </Text>
      ))}
    </Stack>
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
      ]}
      deletion={(number) => ({ title: t('extensions.delete', { number }), text: t('extensions.deleteText') })}
      blank={{ number: '', password: null, contact: null }}
      fields={(form, isNew) => <Fields form={form} isNew={isNew} />}
    />
  );
}
