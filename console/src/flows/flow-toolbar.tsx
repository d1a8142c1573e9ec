/** What is done to the flow as a whole, and what the server says of it. */

import { ActionIcon, Button, Group, Menu, Text, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCircleCheck,
  IconHelpCircle,
  IconLayoutGrid,
} from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { mistakeText } from '../parts/failure-text.ts';
import { KIND_NAMES } from './component-kinds.ts';
import type { KnownKinds } from './described-kinds.ts';
import type { Editing } from './editing.ts';
import { DRAGGED_KIND } from './flow-canvas.tsx';
import type { PlacedMistake, Verdict } from './flow-saving.ts';
import { kindText } from './flow-words.ts';
import { iconOf } from './kind-icons.ts';

/** Components that the server knows: pressed, or drawn into the picture. */
export function Palette({ editing, known }: { editing: Editing; known: KnownKinds | undefined }) {
  const { t } = useTranslation();
  const kinds = KIND_NAMES.filter((type) => known?.has(type) === true);
  return (
    <div className="flow-palette" role="toolbar" aria-label={t('flowEditor.palette')}>
      {kinds.map((type) => {
        const Icon = iconOf(type);
        return (
          <Button
            key={type}
            size="xs"
            variant="default"
            draggable
            leftSection={<Icon size={15} stroke={1.7} />}
            aria-label={t('flowEditor.add', { kind: kindText(t, type) })}
            onDragStart={(event) => event.dataTransfer.setData(DRAGGED_KIND, type)}
            onClick={() => editing.add(type)}
          >
            {kindText(t, type)}
          </Button>
        );
      })}
    </div>
  );
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

/** Ctrl or ⌘ with Z, with Shift or Y; in a field they are the field's own. */
function useUndoKeys({ undo, redo, isReadOnly }: Editing): void {
  useEffect(() => {
    if (isReadOnly) return;
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || isTyping(event.target)) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      if (key === 'y' || event.shiftKey) redo();
      else undo();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [undo, redo, isReadOnly]);
}

export function Steps({ editing }: { editing: Editing }) {
  const { t } = useTranslation();
  useUndoKeys(editing);
  const { canUndo, canRedo, undo, redo, draft, replace } = editing;
  const { layout: _places, ...withoutPlaces } = draft;
  return (
    <Group gap={4}>
      <Tooltip label={t('flowEditor.undo')}>
        <ActionIcon variant="default" size="lg" aria-label={t('flowEditor.undo')} disabled={!canUndo} onClick={undo}>
          <IconArrowBackUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('flowEditor.redo')}>
        <ActionIcon variant="default" size="lg" aria-label={t('flowEditor.redo')} disabled={!canRedo} onClick={redo}>
          <IconArrowForwardUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('flowEditor.arrange')}>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t('flowEditor.arrange')}
          disabled={!draft.layout}
          onClick={() => replace({ ...withoutPlaces, layout: null })}
        >
          <IconLayoutGrid size={18} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

function line({ component, path }: PlacedMistake): string {
  return [component, path].filter((part) => part !== null && part !== '').join(' › ');
}

function NoMistakes({ isKnown }: { isKnown: boolean }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} role="status" data-testid="verdict">
      {isKnown ? (
        <IconCircleCheck size={18} color="var(--mantine-color-teal-7)" aria-hidden />
      ) : (
        <IconHelpCircle size={18} color="var(--mantine-color-dimmed)" aria-hidden />
      )}
      <Text size="sm" c="dimmed">
        {t(isKnown ? 'flowEditor.right' : 'flowEditor.unchecked')}
      </Text>
    </Group>
  );
}

/** How many mistakes there are; each leads to its component. */
export function VerdictMark({ verdict, onChoose }: { verdict: Verdict; onChoose(component: string | null): void }) {
  const { t } = useTranslation();
  const { mistakes, warnings, isKnown } = verdict;
  const all = [...mistakes, ...warnings];
  if (all.length === 0) return <NoMistakes isKnown={isKnown} />;
  return (
    <Menu position="bottom-end" width={360}>
      <Menu.Target>
        <Button
          size="sm"
          variant="light"
          color={mistakes.length > 0 ? 'red' : 'yellow'}
          leftSection={<IconAlertTriangle size={16} />}
          data-testid="verdict"
        >
          {mistakes.length > 0
            ? t('flowEditor.mistakes', { count: mistakes.length })
            : t('flowEditor.warnings', { count: warnings.length })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {all.map((one) => (
          <Menu.Item key={`${one.component} ${one.path} ${one.mistake.code}`} onClick={() => onChoose(one.component)}>
            <Text size="xs" c="dimmed">
              {line(one)}
            </Text>
            <Text size="sm">{mistakeText(t, one.mistake)}</Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
