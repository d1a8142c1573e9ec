import { Switch, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPhoneIncoming } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useChangeResource, useResources } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { InboundNumber } from '../api/types.ts';
import { sayFailed } from '../parts/failure.tsx';
import { ChoiceAt } from '../parts/fields.tsx';
import type { Form } from '../parts/form.ts';
import { LanguageAt } from '../parts/language-field.tsx';
import { ResourcePage } from '../parts/resource-page.tsx';
import { SectionImportButton } from '../parts/section-import.tsx';

function CallbackSwitch({ item }: { item: InboundNumber }) {
  const { t } = useTranslation();
  const change = useChangeResource('inbound-numbers');
  const may = useMay('numbers:write');
  const { number } = item;
  return (
    <Switch
      checked={item.callback === true}
      disabled={!may || change.isPending}
      aria-label={t('inbound.callbackOf', { number })}
      onChange={({ currentTarget: { checked } }) =>
        change.mutate(
          { name: number, change: { callback: checked } },
          {
            onSuccess: () =>
              notifications.show({ message: checked ? t('inbound.on', { number }) : t('inbound.off', { number }) }),
            onError: (error) => sayFailed(t, error),
          },
        )
      }
    />
  );
}

function Fields({ form }: { form: Form<InboundNumber> }) {
  const { t } = useTranslation();
  const flows = (useResources('flows').data?.items ?? []).map(({ name }) => name);
  const { number, callback } = form.values;
  return (
    <>
      <TextInput
        name="number"
        label={t('inbound.number')}
        placeholder="+554831210110"
        withAsterisk
        inputMode="tel"
        value={number}
        error={form.mistake('number')}
        onChange={({ currentTarget: { value } }) => form.set({ number: value })}
      />
      <Switch
        name="callback"
        label={t('inbound.callback')}
        description={t('inbound.lead')}
        checked={callback === true}
        onChange={({ currentTarget: { checked } }) => form.set({ callback: checked })}
      />
      <ChoiceAt
        form={form}
        path="flow"
        label={t('inbound.flow')}
        description={t('inbound.flowText')}
        placeholder={t('inbound.flowNone')}
        data={flows}
      />
      <ChoiceAt
        form={form}
        path="anonymous.flow"
        label={t('fields.inbound.anonymous')}
        description={t('fields.inbound.anonymousText')}
        placeholder={t('fields.inbound.anonymousNone')}
        data={flows}
      />
      <LanguageAt
        form={form}
        path="language"
        label={t('fields.language')}
        description={t('fields.inbound.languageText')}
        placeholder={t('fields.languageDefault')}
      />
    </>
  );
}

export function InboundNumbersPage() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource="inbound-numbers"
      words={{
        title: t('inbound.title'),
        lead: t('inbound.lead'),
        add: t('inbound.add'),
        search: t('inbound.search'),
        empty: t('inbound.empty'),
        emptyText: t('inbound.emptyText'),
        new: t('inbound.add'),
        edit: t('inbound.edit'),
      }}
      icon={<IconPhoneIncoming size={40} stroke={1.3} />}
      keyOf={({ number }) => number}
      columns={[
        {
          key: 'number',
          title: t('inbound.number'),
          sort: 'number',
          cell: ({ number }) => <span className="number">{number}</span>,
        },
        {
          key: 'callback',
          title: t('inbound.callback'),
          sort: 'callback',
          cell: (item) => <CallbackSwitch item={item} />,
        },
        { key: 'flow', title: t('inbound.flow'), sort: 'flow', cell: ({ flow }) => flow ?? t('none') },
      ]}
      deletion={(number) => ({ title: t('inbound.delete', { number }), text: t('inbound.deleteText') })}
      moreActions={<SectionImportButton resource="inbound-numbers" />}
      blank={{ number: '', callback: true, flow: null }}
      fields={(form) => <Fields form={form} />}
    />
  );
}
