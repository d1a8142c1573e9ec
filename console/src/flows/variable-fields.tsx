/** Names and texts, one line each. */

import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Form } from '../parts/form.ts';
import type { Component } from './flow-draft.ts';
import { freeVariable, type Line, linesOf, valuesOf } from './variable-lines.ts';

export interface VariableFieldsProps {
  form: Form<Component>;
  path: string;
  label: string;
}

/** As they are typed: on its way to `queue2` a name may be that of another line, which must not be lost by that. */
function useLines({ form, path }: VariableFieldsProps) {
  const given = form.values[path];
  const [typed, setTyped] = useState<readonly Line[]>([]);
  // what is taken back, or read anew, is not what was typed here
  const lines = JSON.stringify(valuesOf(typed)) === JSON.stringify(given ?? {}) ? typed : linesOf(given);
  const put = (next: readonly Line[]) => {
    setTyped(next);
    form.set({ [path]: valuesOf(next) });
  };
  return { lines, put };
}

export function VariableFields(props: VariableFieldsProps) {
  const { t } = useTranslation();
  const { lines, put } = useLines(props);
  const error = props.form.mistake(props.path);
  const change = (index: number, line: Line) => put(lines.map((one, at) => (at === index ? line : one)));
  return (
    <Stack gap={6} component="fieldset" className="plain-fieldset">
      <Text component="legend" size="sm" fw={500}>
        {props.label}
      </Text>
      {lines.map(([name, text], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place while its name is typed
        <Group key={index} gap={6} wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={t('flowEditor.variable')}
            value={name}
            error={lines.findIndex(([other]) => other === name) === index ? undefined : t('flowEditor.taken')}
            onChange={({ currentTarget: { value } }) => change(index, [value, text])}
          />
          <TextInput
            aria-label={t('flowEditor.valueOf', { name })}
            value={text}
            onChange={({ currentTarget: { value } }) => change(index, [name, value])}
          />
          <ActionIcon
            mt={4}
            variant="subtle"
            color="gray"
            aria-label={t('flowEditor.removeExit', { name })}
            onClick={() => put(lines.filter((_, at) => at !== index))}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      {error === undefined ? null : (
        <Text size="xs" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => put([...lines, [freeVariable(lines), '']])}
        >
          {t('flowEditor.addVariable')}
        </Button>
      </Group>
    </Stack>
  );
}
