import { ActionIcon, Box, Button, Group, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { OutgoingRule } from '../api/types.ts';
import type { Form } from '../parts/form.ts';
import { type Route, trunkName } from './route.ts';
import { RouteHours, Weights } from './route-conditions.tsx';

export const NEW_ROUTE: Route = { match: '', matchOn: 'e164', rewrite: null, trunks: [] };

interface RouteBoxProps {
  form: Form<OutgoingRule>;
  index: number;
}

/** Weights that a trunk has are kept as long as it is among them. */
function withTrunks(route: Route, names: readonly string[]): Route {
  return { ...route, trunks: names.map((name) => route.trunks.find((one) => trunkName(one) === name) ?? name) };
}

function RouteHead({ form, index }: RouteBoxProps) {
  const { t } = useTranslation();
  const { routes } = form.values;
  const number = index + 1;
  const moveUp = () => {
    const next = [...routes];
    next.splice(index - 1, 2, routes[index]!, routes[index - 1]!);
    form.set({ routes: next });
  };
  return (
    <Group justify="space-between">
      <Text fw={600} size="sm">
        {t('outgoing.route', { number })}
      </Text>
      <Group gap={2}>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={index === 0}
          aria-label={t('outgoing.up', { number })}
          onClick={moveUp}
        >
          <IconArrowUp size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={routes.length === 1}
          aria-label={t('outgoing.removeRoute', { number })}
          onClick={() => form.set({ routes: routes.filter((_, place) => place !== index) })}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}

function RouteBox({ form, index }: RouteBoxProps) {
  const { t } = useTranslation();
  const trunks = useResources('trunks');
  const { routes } = form.values;
  const route = routes[index]!;
  const set = (next: Route) => form.set({ routes: routes.map((one, place) => (place === index ? next : one)) });
  const path = `routes[${index}]`;
  return (
    <Box className="panel" p="md">
      <Stack gap="sm">
        <RouteHead form={form} index={index} />
        <TextInput
          name="routes.match"
          label={t('outgoing.match')}
          description={t('outgoing.matchText')}
          withAsterisk
          classNames={{ input: 'mono' }}
          value={route.match}
          error={form.mistake(`${path}.match`)}
          onChange={({ currentTarget: { value } }) => set({ ...route, match: value })}
        />
        <Select
          name="routes.matchOn"
          label={t('outgoing.matchOn')}
          allowDeselect={false}
          data={(['e164', 'received'] as const).map((value) => ({ value, label: t(`outgoing.on.${value}`) }))}
          value={route.matchOn ?? 'e164'}
          onChange={(value) => set({ ...route, matchOn: value as Route['matchOn'] })}
        />
        <TextInput
          name="routes.rewrite"
          label={t('outgoing.rewrite')}
          description={t('outgoing.rewriteText')}
          placeholder="0$1"
          classNames={{ input: 'mono' }}
          value={route.rewrite ?? ''}
          error={form.mistake(`${path}.rewrite`)}
          onChange={({ currentTarget: { value } }) => set({ ...route, rewrite: value === '' ? null : value })}
        />
        <TagsInput
          name="routes.trunks"
          label={t('outgoing.trunks')}
          withAsterisk
          data={(trunks.data?.items ?? []).map(({ name }) => name)}
          value={route.trunks.map(trunkName)}
          error={form.mistake(`${path}.trunks`)}
          onChange={(names) => set(withTrunks(route, names))}
        />
        <Weights route={route} onChange={set} />
        <RouteHours route={route} mistake={(field) => form.mistake(`${path}.${field}`)} onChange={set} />
      </Stack>
    </Box>
  );
}

export function OutgoingRuleFields({ form }: { form: Form<OutgoingRule> }) {
  const { t } = useTranslation();
  const { name, routes } = form.values;
  return (
    <>
      <TextInput
        name="name"
        label={t('outgoing.name')}
        withAsterisk
        value={name}
        error={form.mistake('name')}
        onChange={({ currentTarget: { value } }) => form.set({ name: value })}
      />
      {routes.map((_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a route is its place
        <RouteBox key={index} form={form} index={index} />
      ))}
      <Button
        variant="default"
        leftSection={<IconPlus size={16} />}
        onClick={() => form.set({ routes: [...routes, NEW_ROUTE] })}
      >
        {t('outgoing.addRoute')}
      </Button>
    </>
  );
}
