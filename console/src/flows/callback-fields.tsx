/** The callback component: by a rule, or with the fields of the component's manual, in its order. */

import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import type { CallbackRule } from '../api/types.ts';
import { ChoiceAt } from '../parts/fields.tsx';
import type { Form } from '../parts/form.ts';
import { FineFields } from '../rules/fine-fields.tsx';
import { CallerIdFields, MethodField, RouteFields, TargetFields, TimeFields } from '../rules/rule-fields.tsx';
import type { ComponentForm } from './component-fields.tsx';
import type { Component } from './flow-draft.ts';

/** What stays when a rule says all the rest. */
const BESIDE_RULE = ['type', 'next', 'otherwise', 'maxEntries', 'maxSeconds'];

function byRule(component: Component, rule: unknown): Component {
  const kept = Object.entries(component).map(([field, value]) => [field, BESIDE_RULE.includes(field) ? value : null]);
  return { ...(Object.fromEntries(kept) as Component), rule };
}

/** Only what the method has a use for is kept. */
function ofMethod(change: Partial<CallbackRule>): Partial<CallbackRule> {
  const { method } = change;
  if (method === undefined) return change;
  return {
    ...(method === 'number' ? {} : { number: null }),
    ...(method === 'extension' ? { trunk: null, outgoingRule: null } : { extension: null }),
    ...change,
  };
}

export function CallbackFields({ form }: { form: ComponentForm }) {
  const { t } = useTranslation();
  const rules = useResources('callback-rules').data?.items ?? [];
  const ruleForm = {
    ...form,
    values: form.values as unknown as CallbackRule,
    set: (change: Partial<CallbackRule>) => form.set(ofMethod(change) as Partial<Component>),
  } as unknown as Form<CallbackRule>;
  const choosing: ComponentForm = {
    ...form,
    set: ({ rule }) =>
      form.set(typeof rule === 'string' ? byRule(form.values, rule) : { rule: null, method: 'caller' }),
  };
  return (
    <Stack gap="md">
      <ChoiceAt
        form={choosing}
        path="rule"
        label={t('flowEditor.byRule')}
        description={t('flowEditor.byRuleText')}
        data={rules.map(({ name }) => name)}
      />
      {typeof form.values['rule'] === 'string' ? null : (
        <>
          <MethodField form={ruleForm} />
          <RouteFields form={ruleForm} />
          <TargetFields form={ruleForm} />
          <CallerIdFields form={ruleForm} />
          <TimeFields form={ruleForm} />
          <FineFields form={ruleForm} isComponent />
        </>
      )}
    </Stack>
  );
}
