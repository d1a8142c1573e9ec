/** A flow as the file has it: without what is so anyway. */

import { yamlOf } from '../parts/configuration-text.ts';
import { type FieldSpec, kindOf } from './component-kinds.ts';
import type { Component, Draft } from './flow-draft.ts';

/** What a callback says where nothing is said, beside the fields of the table. */
const CALLBACK: Readonly<Record<string, unknown>> = {
  ringTimeoutSeconds: 25,
  retry: { attempts: 1, intervalSeconds: 60, on: ['busy', 'no-answer', 'unreachable'] },
  expiresSeconds: 1800,
  maxCallSeconds: 7200,
  reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
  outsideHours: 'refuse',
  minimumTalkSeconds: 0,
};

const same = (a: unknown, b: unknown) => yamlOf(a) === yamlOf(b);

/** The same fields in whatever order. */
export function sortedFields(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortedFields(inner)]),
  );
}

function standardOf(type: string, path: string, specs: readonly FieldSpec[]): unknown {
  const spec = specs.find((one) => one.path === path);
  if (spec?.standard !== undefined) return spec.standard;
  return type === 'callback' ? CALLBACK[path] : undefined;
}

export function compactComponent(component: Component): Component {
  const { fields } = kindOf(component.type);
  const left = Object.entries(component).filter(([path, value]) => {
    if (path === 'type') return true;
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return false;
    const standard = standardOf(component.type, path, fields);
    return standard === undefined || !same(sortedFields(value), sortedFields(standard));
  });
  return Object.fromEntries(left) as Component;
}

export function compactDraft(draft: Draft): Draft {
  const { layout, ...rest } = draft;
  const components = Object.entries(draft.components).map(([name, one]) => [name, compactComponent(one)]);
  return { ...rest, components: Object.fromEntries(components), ...(layout ? { layout } : {}) };
}

export const draftText = (draft: Draft): string => yamlOf(compactDraft(draft));
