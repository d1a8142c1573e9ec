import { Box, Button, Divider, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useResource, useSaveResource } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { CallbackRule } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { useFirstMistake } from '../parts/first-mistake.ts';
import { type Form, useForm } from '../parts/form.ts';
import { useLeaveGuard } from '../parts/leave-guard.ts';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { FineFields } from './fine-fields.tsx';
import { InboundField, NameField, NextField, OriginFields } from './origin-fields.tsx';
import { CallerIdFields, MethodAdvice, MethodField, RouteFields, TargetFields, TimeFields } from './rule-fields.tsx';
import { ruleSentence } from './rule-words.ts';
import { TryRule } from './try-rule.tsx';

const NEW_RULE: CallbackRule = { name: '', origin: 'any', method: 'caller', delaySeconds: 5, timeoutSeconds: 5 };

/** Only what the method has a use for is kept. */
function cleaned(rule: CallbackRule): CallbackRule {
  const { method } = rule;
  return {
    ...rule,
    name: rule.name.trim(),
    number: method === 'number' ? rule.number : null,
    extension: method === 'extension' ? rule.extension : null,
    ...(method === 'extension' ? { trunk: null, outgoingRule: null } : {}),
  };
}

interface EditorProps {
  /** Null: it is new. */
  name: string | null;
  rule: CallbackRule;
  etag: string | null;
}

function useSaving({ name, etag }: EditorProps, form: Form<CallbackRule>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const save = useSaveResource('callback-rules');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await save.mutateAsync({ name, item: cleaned(form.values), etag });
      form.reset(form.values);
      notifications.show({ color: 'teal', message: t('saved') });
      await navigate({ to: '/callback-rules', ignoreBlocker: true });
    } catch (error) {
      form.refuse(error);
    }
  };
  return { submit, isSaving: save.isPending, error: save.error };
}

function RuleForm({
  form,
  onSubmit,
  isSaving,
  error,
}: {
  form: Form<CallbackRule>;
  onSubmit: (event: FormEvent) => void;
  isSaving: boolean;
  error: unknown;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ref = useFirstMistake(error);
  const may = useMay('numbers:write');
  return (
    <form ref={ref} onSubmit={onSubmit} noValidate>
      <Stack className="panel" p={{ base: 'md', sm: 'xl' }} gap="lg">
        <Title order={2}>{t('rules.section.who')}</Title>
        <NameField form={form} />
        <OriginFields form={form} />
        <InboundField form={form} />
        <Divider color="var(--console-line)" />
        <Title order={2}>{t('rules.section.how')}</Title>
        <MethodField form={form} />
        <MethodAdvice form={form} />
        <RouteFields form={form} />
        <TargetFields form={form} />
        <CallerIdFields form={form} />
        <TimeFields form={form} />
        <Divider color="var(--console-line)" />
        <Title order={2}>{t('rules.section.after')}</Title>
        <NextField form={form} />
        <FineFields form={form} />
        {error === null ? null : <Failure error={error} />}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={() => navigate({ to: '/callback-rules' })}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={isSaving} disabled={!may}>
            {t('action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function RuleEditor(read: EditorProps) {
  // As the fields were filled, whatever is read again meanwhile.
  const [props] = useState(read);
  const { name, rule } = props;
  const { t } = useTranslation();
  const form = useForm(rule);
  const { submit, isSaving, error } = useSaving(props, form);
  useLeaveGuard(form.isChanged);
  return (
    <Page title={name ?? t('rules.new')} lead={name === null ? t('rules.lead') : t('rules.editTitle')}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <RuleForm form={form} onSubmit={submit} isSaving={isSaving} error={error} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack pos="sticky" top={72} gap="lg">
            <Box component="section" className="panel" p="lg" aria-label={t('rules.sentence.label')}>
              <Title order={3} mb={6}>
                {t('rules.sentence.label')}
              </Title>
              <Text size="md" lh={1.6} aria-live="polite" data-testid="sentence">
                {ruleSentence(t, form.values)}
              </Text>
            </Box>
            <TryRule rule={form.values} name={name} isChanged={form.isChanged} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

export function RulePage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const { data, error, refetch } = useResource('callback-rules', name);
  if (error !== null) return <Failure error={error} onRetry={refetch} />;
  if (data === undefined) return <Loading />;
  return <RuleEditor key={name} name={name} rule={data.item} etag={data.etag} />;
}

export function NewRulePage() {
  const { t } = useTranslation();
  const { copy } = useSearch({ strict: false }) as { copy?: string };
  const { data, error } = useResource('callback-rules', copy === undefined ? null : String(copy));
  if (error !== null) return <Failure error={error} />;
  if (copy !== undefined && data === undefined) return <Loading />;
  const rule = data === undefined ? NEW_RULE : { ...data.item, name: t('rules.copyOf', { name: data.item.name }) };
  return <RuleEditor name={null} rule={rule} etag={null} />;
}
