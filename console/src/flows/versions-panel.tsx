/** What the flow has been: who changed it and when, what is different from the draft, and the way back. */

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Flow, FlowVersion } from '../api/types.ts';
import { actorText } from '../parts/actor-text.ts';
import { DiffView } from '../parts/diff-view.tsx';
import { Failure } from '../parts/failure.tsx';
import { Instant } from '../parts/instant.tsx';
import { lineDiff } from '../parts/line-diff.ts';
import { Loading } from '../parts/loading.tsx';
import type { Editing } from './editing.ts';
import { type Component, type Draft, draftOf } from './flow-draft.ts';
import { compactComponent, draftText, sortedFields } from './flow-text.ts';

export interface Difference {
  added: string[];
  removed: string[];
  changed: string[];
}

/** By the names of components, from one to the other. */
export function differenceOf(before: Draft, after: Draft): Difference {
  const [old, now] = [before.components, after.components];
  const said = (component: Component | undefined) => JSON.stringify(sortedFields(compactComponent(component!)));
  return {
    added: Object.keys(now).filter((name) => !Object.hasOwn(old, name)),
    removed: Object.keys(old).filter((name) => !Object.hasOwn(now, name)),
    changed: Object.keys(now).filter((name) => Object.hasOwn(old, name) && said(old[name]) !== said(now[name])),
  };
}

const withoutPlaces = ({ layout: _places, ...draft }: Draft) => draft;

function Shown({ name, version, editing }: { name: string; version: number; editing: Editing }) {
  const { t } = useTranslation();
  const { data, error } = useQuery({
    queryKey: ['configuration', 'flow-version', name, version],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      api.get('/api/v1/flows/{name}/versions/{version}', { parameters: { name, version: String(version) }, signal }),
  });
  if (error !== null) return <Failure error={error} />;
  if (data === undefined) return <Loading />;
  const kept = draftOf(data.flow as Flow);
  const { added, removed, changed } = differenceOf(editing.draft, kept);
  const restore = () => {
    editing.replace({ ...kept, name: editing.draft.name });
    notifications.show({ message: t('flowEditor.versions.restored', { version }) });
  };
  return (
    <Stack gap="sm" data-testid="version-difference">
      {(['added', 'removed', 'changed'] as const).map((what) => {
        const names = { added, removed, changed }[what];
        return names.length === 0 ? null : (
          <Text key={what} size="sm">
            {t(`flowEditor.versions.${what}`, { names: names.join(', ') })}
          </Text>
        );
      })}
      <DiffView diff={lineDiff(draftText(withoutPlaces(editing.draft)), draftText(withoutPlaces(kept)))} />
      {editing.isReadOnly ? null : (
        <Group>
          <Button size="xs" leftSection={<IconHistory size={14} />} onClick={restore}>
            {t('flowEditor.versions.restore', { version })}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Line({ one, isOpen, onClick }: { one: FlowVersion; isOpen: boolean; onClick(): void }) {
  const { t } = useTranslation();
  const { version, at, actor } = one;
  return (
    <Button
      variant={isOpen ? 'light' : 'default'}
      justify="space-between"
      fullWidth
      h="auto"
      py={6}
      aria-expanded={isOpen}
      rightSection={
        <Text size="xs" c="inherit">
          {actor === null ? '' : actorText(t, actor)}
        </Text>
      }
      onClick={onClick}
    >
      <Group gap="xs">
        {t('flowEditor.versions.one', { version })}
        <Text size="xs" c="inherit" component="span">
          {at === null ? t('flowEditor.versions.before') : <Instant at={at} />}
        </Text>
      </Group>
    </Button>
  );
}

export function VersionsPanel({ name, editing }: { name: string | null; editing: Editing }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const { data, error } = useQuery({
    queryKey: ['configuration', 'flow-versions', name],
    enabled: name !== null,
    queryFn: ({ signal }) =>
      api.get('/api/v1/flows/{name}/versions', {
        parameters: { name: name ?? '' },
        query: { pageSize: 50 } as never,
        signal,
      }),
  });
  if (name === null) return <Alert p="xs">{t('flowEditor.versions.none')}</Alert>;
  if (error !== null) return <Failure error={error} />;
  if (data === undefined) return <Loading />;
  return (
    <Stack gap="xs" component="section" aria-label={t('flowEditor.tab.versions')}>
      <Text size="sm" c="dimmed">
        {t('flowEditor.versions.lead')}
      </Text>
      {data.items.map((one) => (
        <Stack key={one.version} gap="xs">
          <Line
            one={one}
            isOpen={open === one.version}
            onClick={() => setOpen(open === one.version ? null : one.version)}
          />
          {open === one.version ? <Shown name={name} version={one.version} editing={editing} /> : null}
        </Stack>
      ))}
    </Stack>
  );
}
