/** Where a component leads: a choice for each of its exits, and the names of those that have names of their own. */

import { ActionIcon, Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ComponentSelect } from './component-fields.tsx';
import { kindOf, type ManyExits } from './component-kinds.ts';
import { type Component, type Exit, type ExitRef, exitId } from './flow-draft.ts';
import { exitText } from './flow-words.ts';

export interface ExitFieldsProps {
  name: string;
  component: Component;
  exits: readonly Exit[];
  /** All components of the flow. */
  names: readonly string[];
  isReadOnly: boolean;
  mistake(path: string): string | undefined;
  onConnect(exit: ExitRef, to: string | null): void;
  onRekey(exit: ExitRef, key: string | null): void;
}

/** What comes next: the first key that is free. */
function nextKey({ of }: ManyExits, taken: readonly string[]): string {
  const wishes = of === 'keys' ? [...'1234567890*#'] : [];
  const free = wishes.find((key) => !taken.includes(key));
  if (free !== undefined) return free;
  for (let count = taken.length + 1; ; count += 1) if (!taken.includes(`${of}-${count}`)) return `${of}-${count}`;
}

/** Typed letter by letter, taken over when it is left: half a name must not become another one. */
function KeyField({
  exit,
  taken,
  onRekey,
  label,
  isNew,
}: {
  exit: Exit;
  taken: readonly string[];
  label: string;
  /** It has been added just now: that is where one goes on. */
  isNew: boolean;
  onRekey(key: string): void;
}) {
  const key = exit.key ?? '';
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isNew) input.current?.focus();
  }, [isNew]);
  const [typed, setTyped] = useState(key);
  const isTaken = typed !== key && taken.includes(typed);
  const { t } = useTranslation();
  const leave = () => {
    if (typed === '' || isTaken) setTyped(key);
    else if (typed !== key) onRekey(typed);
  };
  return (
    <TextInput
      ref={input}
      label={label}
      w={96}
      classNames={{ input: 'mono' }}
      value={typed}
      error={isTaken ? t('flowEditor.taken') : undefined}
      onChange={({ currentTarget: { value } }) => setTyped(value)}
      onBlur={leave}
      onKeyDown={({ key: pressed }) => {
        if (pressed === 'Enter') leave();
      }}
    />
  );
}

export function ExitFields(props: ExitFieldsProps) {
  const { name, component, exits, names, isReadOnly, mistake, onConnect, onRekey } = props;
  const { t } = useTranslation();
  const { many } = kindOf(component.type);
  const [fresh, setFresh] = useState<string | null>(null);
  const keyed = exits.filter(({ key }) => key !== undefined);
  const plain = exits.filter(({ key }) => key === undefined);
  const taken = keyed.map(({ key }) => key ?? '');
  if (exits.length === 0 && many === undefined) return null;
  return (
    <Stack gap="sm" component="section" aria-label={t('flowEditor.exits')}>
      <Title order={3}>{t('flowEditor.exits')}</Title>
      {keyed.map((exit) => (
        <Group key={`${name} ${exitId(exit)}`} gap={6} align="flex-start" wrap="nowrap">
          <KeyField
            exit={exit}
            taken={taken}
            isNew={exit.key === fresh}
            label={t(`flowEditor.key.${many?.of ?? 'keys'}`)}
            onRekey={(key) => onRekey(exit, key)}
          />
          <div style={{ flex: 1 }}>
            <ComponentSelect
              label={t('flowEditor.leadsTo', { on: exitText(t, component.type, exit) })}
              value={exit.to}
              names={names}
              placeholder={t('flowEditor.nowhere')}
              error={mistake(`${exit.field}.${exit.key ?? ''}`)}
              isReadOnly={isReadOnly}
              onChange={(to) => onConnect(exit, to)}
            />
          </div>
          <ActionIcon
            mt={26}
            variant="subtle"
            color="gray"
            disabled={isReadOnly}
            aria-label={t('flowEditor.removeExit', { name: exitText(t, component.type, exit) })}
            onClick={() => onRekey(exit, null)}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      {many === undefined || isReadOnly ? null : (
        <Group>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => {
              const key = nextKey(many, taken);
              setFresh(key);
              onConnect({ field: many.field, key }, null);
            }}
          >
            {t(`flowEditor.addExit.${many.of}`)}
          </Button>
        </Group>
      )}
      {plain.map((exit) => (
        <ComponentSelect
          key={`${name} ${exitId(exit)}`}
          label={exitText(t, component.type, exit)}
          value={exit.to}
          names={names}
          placeholder={t('flowEditor.nowhere')}
          error={mistake(exit.field)}
          isReadOnly={isReadOnly}
          onChange={(to) => onConnect(exit, to)}
        />
      ))}
    </Stack>
  );
}
