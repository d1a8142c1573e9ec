/** A flow as a graph that is worked in: palette, picture, forms, a call played through, text, and what it has been. */

import { Box, Button, Group, Stack, Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/failure.ts';
import { useResource } from '../api/queries.ts';
import { isLimited, useMay, useSession } from '../api/session.ts';
import { Failure } from '../parts/failure.tsx';
import { useLeaveGuard } from '../parts/leave-guard.ts';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ComponentPanel } from './component-panel.tsx';
import { type Editing, useEditing } from './editing.ts';
import { FlowCanvas } from './flow-canvas.tsx';
import { type Draft, draftOf, targetKeys } from './flow-draft.ts';
import { type Stored, useSaveFlow, useVerdict, type Verdict } from './flow-saving.ts';
import { Palette, Steps, VerdictMark } from './flow-toolbar.tsx';
import { useKnownKinds } from './known-kinds.ts';
import { sampleOf } from './samples.ts';
import { type Setting, useSimulation } from './simulation.ts';
import { SimulationPanel } from './simulation-panel.tsx';
import { TextPanel } from './text-panel.tsx';
import { VersionsPanel } from './versions-panel.tsx';

interface EditorProps extends Stored {
  flow: Draft;
  /** What is stored by now, in place of what is being written. */
  onReadAgain?: () => void;
}

/** Saves, and goes on with what is stored then. */
function useSaving(editing: Editing, first: EditorProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const save = useSaveFlow();
  const [stored, setStored] = useState<Stored>(first);
  const [saved, setSaved] = useState<Draft | null>(first.name === null ? null : first.flow);
  const { draft } = editing;
  const isChanged = saved === null ? Object.keys(draft.components).length > 0 || draft.name !== '' : draft !== saved;
  const submit = async () => {
    try {
      const { flow, etag } = await save.mutateAsync({ draft, stored });
      setSaved(draft);
      setStored({ name: flow.name, etag });
      notifications.show({ color: 'teal', message: t('saved') });
      if (flow.name !== stored.name)
        await navigate({ to: '/flows/$name/edit', params: { name: flow.name }, replace: true, ignoreBlocker: true });
    } catch {
      // It is shown above the picture.
    }
  };
  return { submit, isSaving: save.isPending, error: save.error, isChanged, stored };
}

const SETTING: Setting = { caller: '+5548991996260', inboundNumber: '', answered: false };

function useCounts(verdict: Verdict) {
  return useCallback(
    (name: string) => ({
      mistakes: verdict.mistakes.filter(({ component }) => component === name).length,
      warnings: verdict.warnings.filter(({ component }) => component === name).length,
    }),
    [verdict],
  );
}

interface WorkProps {
  editing: Editing;
  verdict: Verdict;
  stored: Stored;
  tab: string | null;
  onTab(tab: string | null): void;
  text: string | null;
  onText(text: string | null): void;
}

function Work({ editing, verdict, stored, tab, onTab, text, onText }: WorkProps) {
  const { t } = useTranslation();
  const [setting, setSetting] = useState(SETTING);
  const simulation = useSimulation(editing.draft, stored.name, setting);
  const count = useCounts(verdict);
  const { draft } = editing;
  const session = useSession();
  const maySimulate = session !== undefined && session !== null && !isLimited(session);
  const { call } = simulation;
  const here = call !== null && call.end === null ? call.component : null;
  return (
    <div className="flow-work">
      <FlowCanvas
        draft={draft}
        exitsOf={editing.exitsOf}
        selected={editing.selected}
        here={here}
        count={count}
        isReadOnly={editing.isReadOnly}
        onSelect={(name) => {
          editing.select(name);
          if (name !== null) onTab('component');
        }}
        onConnect={editing.connect}
        onRemove={editing.remove}
        onMove={editing.move}
        onDropKind={editing.add}
      />
      <Box className="panel flow-side" component="section" p="md" aria-label={t('flowEditor.side')}>
        <Tabs value={tab} onChange={onTab} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="component">{t('flowEditor.tab.component')}</Tabs.Tab>
            {maySimulate ? <Tabs.Tab value="play">{t('flowEditor.tab.play')}</Tabs.Tab> : null}
            <Tabs.Tab value="text">{t('flowEditor.tab.text')}</Tabs.Tab>
            <Tabs.Tab value="versions">{t('flowEditor.tab.versions')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="component">
            <ComponentPanel editing={editing} verdict={verdict} />
          </Tabs.Panel>
          <Tabs.Panel value="play">
            <SimulationPanel
              simulation={simulation}
              setting={setting}
              onSetting={setSetting}
              exitsOf={(name) =>
                editing.exitsOf(name).flatMap(({ field, key }) => (field === 'exits' ? [key ?? ''] : []))
              }
              targetKeysOf={(name) => targetKeys(draft.components[name])}
              isWrong={verdict.mistakes.length > 0}
            />
          </Tabs.Panel>
          <Tabs.Panel value="text">
            <TextPanel editing={editing} typed={text} onType={onText} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsPanel name={stored.name} editing={editing} />
          </Tabs.Panel>
        </Tabs>
      </Box>
    </div>
  );
}

function FlowEditor(read: EditorProps) {
  const { t } = useTranslation();
  // As the picture was drawn, whatever is read again meanwhile.
  const [props] = useState(read);
  const known = useKnownKinds();
  const mayWrite = useMay('configuration:write');
  const editing = useEditing(props.flow, known, !mayWrite);
  const { submit, isSaving, error, isChanged, stored } = useSaving(editing, props);
  const verdict = useVerdict(editing.draft, stored, mayWrite);
  const [tab, setTab] = useState<string | null>('component');
  const [text, setText] = useState<string | null>(null);
  useLeaveGuard(isChanged || text !== null);
  return (
    <Page
      title={stored.name ?? t('flowEditor.new')}
      lead={mayWrite ? t('flowEditor.lead') : t('flowEditor.readOnly')}
      actions={
        mayWrite ? (
          <>
            <VerdictMark
              verdict={verdict}
              onChoose={(component) => {
                editing.select(component);
                setTab('component');
              }}
            />
            <Steps editing={editing} />
            <Button
              leftSection={<IconDeviceFloppy size={16} />}
              loading={isSaving}
              disabled={!isChanged}
              onClick={() => void submit()}
            >
              {t('action.save')}
            </Button>
          </>
        ) : null
      }
    >
      {error === null ? null : (
        <Stack gap="xs">
          <Failure error={error} />
          {error instanceof ApiFailure && error.status === 412 && read.onReadAgain !== undefined ? (
            <Group>
              <Button size="xs" variant="default" onClick={read.onReadAgain}>
                {t('flowEditor.readAgain')}
              </Button>
            </Group>
          ) : null}
        </Stack>
      )}
      {mayWrite ? (
        <Group>
          <Palette editing={editing} known={known} />
        </Group>
      ) : null}
      <Work {...{ editing, verdict, stored, tab, text }} onTab={setTab} onText={setText} />
    </Page>
  );
}

export function FlowEditorPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const { data, error, refetch } = useResource('flows', name);
  const [round, setRound] = useState(0);
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <FlowEditor
      key={`${name} ${round}`}
      name={name}
      etag={data.etag}
      flow={draftOf(data.item)}
      onReadAgain={() => void refetch().then(() => setRound(round + 1))}
    />
  );
}

const NOTHING: Draft = { name: '', start: '', components: {} };

export function NewFlowPage() {
  const { t } = useTranslation();
  const { copy, sample } = useSearch({ strict: false }) as { copy?: string | number; sample?: string };
  const { data, error } = useResource('flows', copy === undefined ? null : String(copy));
  if (error !== null) return <Failure error={error} />;
  if (copy !== undefined && data === undefined) return <Loading />;
  const copied = data === undefined ? null : draftOf(data.item);
  const flow =
    copied === null
      ? (sampleOf(String(sample ?? '')) ?? NOTHING)
      : { ...copied, name: t('rules.copyOf', { name: copied.name }) };
  return <FlowEditor name={null} etag={null} flow={flow} />;
}
