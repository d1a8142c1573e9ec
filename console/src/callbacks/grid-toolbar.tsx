/** Filters, views and columns of the grid. */

import { Button, Checkbox, Group, Menu, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconBookmark, IconColumns3, IconTrash, IconX } from '@tabler/icons-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { GridQuestion } from './callback-queries.ts';
import { CALLBACK_STATES, OUTCOMES } from './states.ts';
import { BUILT_IN, COLUMN_NAMES, type useColumnChoice, useViews } from './views.ts';

export interface ToolbarProps {
  question: GridQuestion;
  onAsk(change: GridQuestion): void;
  /** Instead of all that is asked now. */
  onView(question: GridQuestion): void;
}

/** So long the server is left alone while somebody types. */
const TYPING_MS = 60;

interface TypedFilterProps extends Pick<ToolbarProps, 'question' | 'onAsk'> {
  name: 'number' | 'q';
  placeholder: string;
}

function TypedFilter({ question, onAsk, name, placeholder }: TypedFilterProps) {
  const { t } = useTranslation();
  const asked = question[name] ?? '';
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);
  const askLater = useDebouncedCallback((text: string) => onAsk({ [name]: text === '' ? undefined : text }), TYPING_MS);
  return (
    <TextInput
      label={t(`callbacks.filter.${name}`)}
      placeholder={placeholder}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        askLater(value.trim());
      }}
    />
  );
}

/** Also one that is not there any more, but asked for. */
const namesWith = (names: string[], asked: string | undefined) => [
  ...new Set([...names, ...(asked === undefined ? [] : [asked])]),
];

export function Filters({ question, onAsk }: Omit<ToolbarProps, 'onView'>) {
  const { t } = useTranslation();
  const rules = useResources('callback-rules');
  const inbound = useResources('inbound-numbers');
  const { state, outcome, inboundNumber, rule, from, to } = question;
  return (
    <div className="filters">
      <TypedFilter name="q" placeholder={t('callbacks.filter.qText')} question={question} onAsk={onAsk} />
      <TypedFilter name="number" placeholder="(48) 99199-6260" question={question} onAsk={onAsk} />
      <Select
        label={t('callbacks.filter.state')}
        placeholder={t('callbacks.filter.anyState')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={CALLBACK_STATES.map((value) => ({ value, label: t(`callbacks.state.${value}`) }))}
        value={state ?? null}
        onChange={(value) => onAsk({ state: value ?? undefined })}
      />
      <Select
        label={t('callbacks.filter.outcome')}
        placeholder={t('callbacks.filter.anyOutcome')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={OUTCOMES.map((value) => ({ value, label: t(`callbacks.outcome.${value}`) }))}
        value={outcome ?? null}
        onChange={(value) => onAsk({ outcome: value ?? undefined })}
      />
      <Select
        label={t('callbacks.filter.rule')}
        placeholder={t('callbacks.filter.anyRule')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={namesWith(
          (rules.data?.items ?? []).map(({ name }) => name),
          rule,
        )}
        value={rule ?? null}
        onChange={(value) => onAsk({ rule: value ?? undefined })}
      />
      <Select
        label={t('callbacks.filter.inboundNumber')}
        placeholder={t('callbacks.filter.anyInboundNumber')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={namesWith(
          (inbound.data?.items ?? []).map((one) => one.number),
          inboundNumber,
        )}
        value={inboundNumber ?? null}
        onChange={(value) => onAsk({ inboundNumber: value ?? undefined })}
      />
      <TextInput
        type="date"
        label={t('callbacks.filter.from')}
        value={from ?? ''}
        onChange={({ currentTarget: { value } }) => onAsk({ from: value || undefined })}
      />
      <TextInput
        type="date"
        label={t('callbacks.filter.to')}
        value={to ?? ''}
        onChange={({ currentTarget: { value } }) => onAsk({ to: value || undefined })}
      />
    </div>
  );
}

export function ClearFilters({ onView }: Pick<ToolbarProps, 'onView'>) {
  const { t } = useTranslation();
  return (
    <Button variant="subtle" color="gray" leftSection={<IconX size={16} />} onClick={() => onView({})}>
      {t('callbacks.filter.clear')}
    </Button>
  );
}

function SaveView({ question, opened, onClose }: { question: GridQuestion; opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const { save } = useViews();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save({ name: name.trim(), question: { ...question, page: undefined } });
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('callbacks.views.save')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            data-autofocus
            required
            maxLength={60}
            label={t('callbacks.views.name')}
            value={name}
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === ''}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function Views({ question, onView }: Omit<ToolbarProps, 'onAsk'>) {
  const { t } = useTranslation();
  const { views, remove } = useViews();
  const [saving, { open, close }] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={16} />}>
            {t('callbacks.views.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(BUILT_IN) as Array<keyof typeof BUILT_IN>).map((name) => (
            <Menu.Item key={name} onClick={() => onView(BUILT_IN[name]())}>
              {t(`callbacks.views.${name}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => onView(view.question)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<IconBookmark size={16} />} onClick={open}>
            {t('callbacks.views.save')}
          </Menu.Item>
          {views.map(({ name }) => (
            <Menu.Item key={name} color="red" leftSection={<IconTrash size={16} />} onClick={() => remove(name)}>
              {t('callbacks.views.remove', { name })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <SaveView key={String(saving)} question={question} opened={saving} onClose={close} />
    </>
  );
}

export function Columns({ chosen, toggle }: ReturnType<typeof useColumnChoice>) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} />}>
          {t('callbacks.columns')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {COLUMN_NAMES.map((name) => (
          <Menu.Item
            key={name}
            role="menuitemcheckbox"
            aria-checked={chosen.includes(name)}
            disabled={name === 'number'}
            leftSection={<Checkbox.Indicator checked={chosen.includes(name)} size="xs" />}
            onClick={() => toggle(name)}
          >
            {t(`callbacks.column.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
