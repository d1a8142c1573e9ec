/** The form of the component that is selected; of the flow itself where none is. Everything can be done here without a mouse. */

import { Alert, Button, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconCopy, IconFlag, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mistakeText } from '../parts/failure-text.ts';
import { CALLBACK_FIELDS } from './callback-field-names.ts';
import { CallbackFields } from './callback-fields.tsx';
import { ComponentFields, type ComponentForm } from './component-fields.tsx';
import { kindOf } from './component-kinds.ts';
import type { Editing } from './editing.ts';
import { ExitFields } from './exit-fields.tsx';
import type { Component } from './flow-draft.ts';
import { mistakeAt, type PlacedMistake, type Verdict } from './flow-saving.ts';
import { kindText } from './flow-words.ts';

export interface PanelProps {
  editing: Editing;
  verdict: Verdict;
}

/** Taken over when it is left: half a name must not become another component's. */
function NameField({ editing, name }: { editing: Editing; name: string }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  const isTaken = typed !== name && Object.hasOwn(editing.draft.components, typed);
  const leave = () => {
    const wish = typed.trim();
    if (wish === '' || isTaken) setTyped(name);
    else if (wish !== name) editing.rename(name, wish);
  };
  return (
    <TextInput
      label={t('flowEditor.name')}
      value={typed}
      error={isTaken ? t('flowEditor.taken') : undefined}
      onChange={({ currentTarget: { value } }) => setTyped(value)}
      onBlur={leave}
      onKeyDown={({ key }) => {
        if (key === 'Enter') leave();
      }}
    />
  );
}

function useComponentForm({ editing, verdict }: PanelProps, name: string): ComponentForm {
  const { t } = useTranslation();
  const values = editing.draft.components[name] as Component;
  const groups = new Set(
    kindOf(values.type)
      .fields.filter(({ kind }) => kind === 'group')
      .map(({ path }) => path),
  );
  return {
    values,
    isChanged: true,
    mistake: (path) => {
      const found = mistakeAt(verdict.mistakes, name, path) ?? mistakeAt(verdict.warnings, name, path);
      return found === undefined ? undefined : mistakeText(t, found);
    },
    set: (change) => {
      // a group whose last field was emptied is still there: all of it is as usual; undefined switches it off
      const groupOf = (path: string, value: unknown) => (groups.has(path) && value === null ? {} : (value ?? null));
      const entries = Object.entries(change).map(([path, value]) => [path, groupOf(path, value)]);
      editing.change(name, Object.fromEntries(entries));
    },
    refuse: () => false,
    reset: () => undefined,
  };
}

/** What is said of the component as a whole, or of what has no field here. */
function Rest({ verdict, name, shown }: { verdict: Verdict; name: string; shown: ReadonlySet<string> }) {
  const { t } = useTranslation();
  const isRest = ({ component, path }: PlacedMistake) => component === name && !shown.has(path.split('.')[0] ?? '');
  const rest = verdict.mistakes.filter(isRest);
  const warnings = verdict.warnings.filter(isRest);
  if (rest.length + warnings.length === 0) return null;
  return (
    <Alert color={rest.length > 0 ? 'red' : 'yellow'} p="xs" role="alert">
      {[...rest, ...warnings].map(({ mistake, path }) => (
        <Text key={`${path} ${mistake.code}`} size="sm">
          {path === '' ? '' : `${path}: `}
          {mistakeText(t, mistake)}
        </Text>
      ))}
    </Alert>
  );
}

function Deeds({ editing, name }: { editing: Editing; name: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFlag size={14} />}
        disabled={editing.draft.start === name}
        onClick={() => editing.replace({ ...editing.draft, start: name })}
      >
        {t('flowEditor.makeStart')}
      </Button>
      <Button size="xs" variant="default" leftSection={<IconCopy size={14} />} onClick={() => editing.duplicate(name)}>
        {t('rules.duplicate')}
      </Button>
      <Button
        size="xs"
        variant="light"
        color="red"
        leftSection={<IconTrash size={14} />}
        onClick={() => editing.remove(name)}
      >
        {t('flowEditor.remove')}
      </Button>
    </Group>
  );
}

function ComponentForms({ editing, verdict, name }: PanelProps & { name: string }) {
  const { t } = useTranslation();
  const { draft, isReadOnly } = editing;
  const form = useComponentForm({ editing, verdict }, name);
  const component = form.values;
  const { fields, many } = kindOf(component.type);
  const exits = editing.exitsOf(name);
  const isCallback = component.type === 'callback';
  const shown = new Set([
    ...fields.map(({ path }) => path.split('.')[0] ?? ''),
    ...exits.map(({ field }) => field),
    ...(many === undefined ? [] : [many.field]),
    ...(isCallback ? CALLBACK_FIELDS : []),
  ]);
  return (
    <fieldset className="plain-fieldset" disabled={isReadOnly}>
      <Stack gap="md">
        <Title order={2}>{kindText(t, component.type)}</Title>
        <NameField key={name} editing={editing} name={name} />
        <Rest verdict={verdict} name={name} shown={shown} />
        {isCallback ? <CallbackFields form={form} /> : null}
        <ComponentFields
          form={form}
          specs={isCallback ? fields.filter(({ path }) => path !== 'rule') : fields}
          isKnown={(field) => editing.isKnown(component.type, field)}
        />
        <ExitFields
          name={name}
          component={component}
          exits={exits}
          names={Object.keys(draft.components)}
          isReadOnly={isReadOnly}
          mistake={(path) => form.mistake(path)}
          onConnect={(exit, to) => editing.connect(name, exit, to)}
          onRekey={(exit, key) => editing.rekey(name, exit, key)}
        />
        {isReadOnly ? null : <Deeds editing={editing} name={name} />}
      </Stack>
    </fieldset>
  );
}

function FlowForm({ editing, verdict }: PanelProps) {
  const { t } = useTranslation();
  const { draft, isReadOnly } = editing;
  const of = (path: string) => {
    const found = verdict.mistakes.find((one) => one.component === null && one.path === path);
    return found === undefined ? undefined : mistakeText(t, found.mistake);
  };
  return (
    <fieldset className="plain-fieldset" disabled={isReadOnly}>
      <Stack gap="md">
        <Title order={2}>{t('flowEditor.flow')}</Title>
        <TextInput
          name="name"
          label={t('flowEditor.flowName')}
          withAsterisk
          value={draft.name}
          error={draft.name === '' ? undefined : of('name')}
          onChange={({ currentTarget: { value } }) => editing.replace({ ...draft, name: value }, 'name')}
        />
        <Select
          name="start"
          label={t('flowEditor.start')}
          description={t('flowEditor.startText')}
          data={Object.keys(draft.components)}
          value={draft.start === '' ? null : draft.start}
          error={of('start')}
          disabled={isReadOnly}
          allowDeselect={false}
          onChange={(start) => editing.replace({ ...draft, start: start ?? '' })}
        />
        <Text size="sm" c="dimmed">
          {t('flowEditor.hint')}
        </Text>
      </Stack>
    </fieldset>
  );
}

export function ComponentPanel({ editing, verdict }: PanelProps) {
  const { t } = useTranslation();
  const { draft, selected } = editing;
  return (
    <Stack gap="md">
      <Select
        label={t('flowEditor.component')}
        placeholder={t('flowEditor.flow')}
        data={Object.keys(draft.components)}
        value={selected}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        searchable
        onChange={(name) => editing.select(name)}
      />
      {selected === null ? (
        <FlowForm editing={editing} verdict={verdict} />
      ) : (
        <ComponentForms key={selected} editing={editing} verdict={verdict} name={selected} />
      )}
    </Stack>
  );
}
