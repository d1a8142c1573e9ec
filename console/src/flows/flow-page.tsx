/** One flow: its picture, the same in words, and who uses it. */

import { Box, Button, Grid, Stack, Text, Title, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useResource } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { Flow } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { PromptLinks } from '../parts/prompt-links.tsx';
import { useResourceRemoval } from '../parts/row-actions.tsx';
import { draftOf, exitId } from './flow-draft.ts';
import { FlowPicture } from './flow-picture.tsx';
import { planFlow } from './flow-plan.ts';
import { useFlowUses } from './flow-uses.ts';
import { componentText, exitText } from './flow-words.ts';
import { UseList } from './use-list.tsx';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="section" className="panel" p={{ base: 'md', sm: 'lg' }} aria-label={title}>
      <Title order={2} mb="md">
        {title}
      </Title>
      {children}
    </Box>
  );
}

function Words({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  return (
    <Stack component="ol" gap="sm" className="plain-list" data-testid="flow-words">
      {planFlow(draftOf(flow)).map(({ name, component, depth, edges }) => (
        <li key={name}>
          <Text size="sm">
            <strong>{name}</strong> {componentText(t, component)}
          </Text>
          <PromptLinks of={component} />
          {edges.map((edge) => (
            <Text key={exitId(edge)} size="sm" c="dimmed" pl="md">
              {t('flows.leadsTo', { on: exitText(t, component.type, edge), to: edge.to })}
            </Text>
          ))}
          {depth === null ? (
            <Text size="sm" c="var(--mantine-color-error)" pl="md">
              {t('flows.unreachable')}
            </Text>
          ) : null}
        </li>
      ))}
    </Stack>
  );
}

function DeleteButton({ flow, useCount }: { flow: Flow; useCount: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { name } = flow;
  const remove = useResourceRemoval({
    resource: 'flows',
    name,
    item: flow,
    question: { title: t('flows.delete', { name }), text: t('flows.deleteText') },
  });
  if (!useMay('configuration:write')) return null;
  const isUsed = useCount > 0;
  const click = async () => {
    if (isUsed) {
      notifications.show({ color: 'yellow', message: t('flows.inUse', { count: useCount }) });
      return;
    }
    if (await remove()) await navigate({ to: '/flows' });
  };
  return (
    <Tooltip label={t('flows.inUse', { count: useCount })} disabled={!isUsed}>
      <Button
        variant="light"
        color="red"
        leftSection={<IconTrash size={16} />}
        aria-disabled={isUsed}
        data-disabled={isUsed || undefined}
        onClick={() => void click()}
      >
        {t('action.delete')}
      </Button>
    </Tooltip>
  );
}

function Ways({ name }: { name: string }) {
  const { t } = useTranslation();
  const may = useMay('configuration:write');
  return (
    <>
      <Button component={Link} to={`/flows/${encodeURIComponent(name)}/edit`} leftSection={<IconPencil size={16} />}>
        {may ? t('action.edit') : t('flowEditor.open')}
      </Button>
      {may ? (
        <Button component={Link} to="/new-flow" search={{ copy: name } as never} variant="default">
          {t('rules.duplicate')}
        </Button>
      ) : null}
    </>
  );
}

export function FlowPage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false }) as { name: string };
  const { data, error, refetch } = useResource('flows', name);
  const usesOf = useFlowUses();
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const { item: flow } = data;
  const uses = usesOf?.(name) ?? [];
  return (
    <Page
      title={name}
      lead={t('flows.steps', { count: Object.keys(flow.components).length })}
      actions={
        <>
          <Ways name={name} />
          {usesOf === undefined ? null : <DeleteButton flow={flow} useCount={uses.length} />}
        </>
      }
    >
      <Section title={t('flows.picture')}>
        <FlowPicture flow={flow} />
      </Section>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Section title={t('flows.inWords')}>
            <Words flow={flow} />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Section title={t('flows.usedBy')}>{usesOf === undefined ? null : <UseList uses={uses} />}</Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
