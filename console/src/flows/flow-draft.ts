/** A flow while it is being written. Every change makes another flow, so that each can be taken back. */

import { kindOf } from './component-kinds.ts';

/** As it is written: the fields of its kind, whatever they are. */
export type Component = Record<string, unknown> & { type: string };
export type XY = [x: number, y: number];

export interface Draft {
  name: string;
  start: string;
  components: Record<string, Component>;
  layout?: Record<string, XY> | null;
}

/** A field that names another component: `otherwise`, or one name of a group, `choices` by its keys. */
export interface ExitRef {
  field: string;
  key?: string;
}

export interface Exit extends ExitRef {
  /** Null: it is there, and leads nowhere. */
  to: string | null;
}

export const exitId = ({ field, key }: ExitRef): string => (key === undefined ? field : `${field}/${key}`);
export function exitOfId(id: string): ExitRef {
  const at = id.indexOf('/');
  return at === -1 ? { field: id } : { field: id.slice(0, at), key: id.slice(at + 1) };
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const nameIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** All that its kind has, in the order in which a person meets them. @param isKnown whether the server knows the field */
export function exitsOf(component: Component, isKnown: (field: string) => boolean = () => true): Exit[] {
  const { exits, many } = kindOf(component.type);
  const group = many !== undefined && isGroup(component[many.field]) ? (component[many.field] as object) : {};
  return [
    ...Object.entries(group).map(([key, to]) => ({ field: many!.field, key, to: nameIn(to) })),
    ...exits
      .filter((field) => isKnown(field) || nameIn(component[field]) !== null)
      .map((field) => ({ field, to: nameIn(component[field]) })),
  ];
}

/** The longest entry follows from the keys unless somebody says another one: as what is read it would forbid longer keys. */
function withoutFollowing(component: Component): Component {
  const { choices, maxDigits } = component;
  if (component.type !== 'menu' || !isGroup(choices)) return component;
  const longest = Math.max(2, ...Object.keys(choices).map((keys) => keys.length));
  return maxDigits === longest ? { ...component, maxDigits: null } : component;
}

/** As the API has it. */
interface StoredFlow {
  name: string;
  start?: string | null;
  components: object;
  layout?: object | null;
}

export function draftOf(flow: StoredFlow): Draft {
  const { name, start, layout } = flow;
  const components = Object.fromEntries(
    Object.entries(flow.components).map(([word, one]) => [word, withoutFollowing(one as unknown as Component)]),
  );
  return {
    name,
    start: start ?? '',
    components,
    ...(layout ? { layout: layout as Record<string, XY> } : {}),
  };
}

/** `menu`, `menu-2`: a name that is free. */
export function freeName(components: Draft['components'], wish: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wish : `${wish}-${count}`;
    if (!Object.hasOwn(components, name)) return name;
  }
}

export function withComponent(draft: Draft, name: string, component: Component, at?: XY): Draft {
  const { layout } = draft;
  return {
    ...draft,
    start: draft.start === '' ? name : draft.start,
    components: { ...draft.components, [name]: component },
    ...(at !== undefined && layout ? { layout: { ...layout, [name]: at } } : {}),
  };
}

export function added(draft: Draft, type: string, at?: XY): { draft: Draft; name: string } {
  const name = freeName(draft.components, type);
  return { draft: withComponent(draft, name, structuredClone(kindOf(type).blank), at), name };
}

export function duplicated(draft: Draft, original: string): { draft: Draft; name: string } {
  const name = freeName(draft.components, original.replace(/-\d+$/, ''));
  const place = draft.layout?.[original];
  const beside: XY | undefined = place === undefined ? undefined : [place[0] + 40, place[1] + 60];
  return { draft: withComponent(draft, name, structuredClone(draft.components[original]!), beside), name };
}

export function changed(draft: Draft, name: string, change: Record<string, unknown>): Draft {
  const component = { ...draft.components[name]!, ...change } as Component;
  return { ...draft, components: { ...draft.components, [name]: component } };
}

/** Every field that names a component, with another name in its place; null: it leads nowhere. */
function withExits(component: Component, rename: (to: string) => string | null): Component {
  const { exits, many } = kindOf(component.type);
  const next: Component = { ...component };
  for (const field of exits) {
    const to = nameIn(component[field]);
    if (to !== null) next[field] = rename(to);
  }
  const group = many === undefined ? undefined : component[many.field];
  if (many !== undefined && isGroup(group)) {
    const named = Object.entries(group).map(([key, to]) => [
      key,
      nameIn(to) === null ? '' : (rename(String(to)) ?? ''),
    ]);
    next[many.field] = Object.fromEntries(named);
  }
  return next;
}

function mapped(draft: Draft, rename: (name: string) => string | null): Draft {
  const entries = Object.entries(draft.components).flatMap(([name, component]) => {
    const after = rename(name);
    return after === null ? [] : [[after, withExits(component, rename)] as const];
  });
  const layout = Object.entries(draft.layout ?? {}).flatMap(([name, place]) => {
    const after = rename(name);
    return after === null ? [] : [[after, place] as const];
  });
  const components = Object.fromEntries(entries);
  const start = (draft.start === '' ? null : rename(draft.start)) ?? Object.keys(components)[0] ?? '';
  return { ...draft, start, components, ...(draft.layout ? { layout: Object.fromEntries(layout) } : {}) };
}

/** Exits that led to it lead nowhere. */
export const removed = (draft: Draft, name: string): Draft => mapped(draft, (one) => (one === name ? null : one));

export const renamed = (draft: Draft, before: string, after: string): Draft =>
  mapped(draft, (one) => (one === before ? after : one));

export function connected(draft: Draft, name: string, exit: ExitRef, to: string | null): Draft {
  const { field, key } = exit;
  if (key === undefined) return changed(draft, name, { [field]: to });
  const group = draft.components[name]?.[field];
  return changed(draft, name, { [field]: { ...(isGroup(group) ? group : {}), [key]: to ?? '' } });
}

/** One name of a group under another one, in its place. @param after null: it goes */
export function rekeyed(draft: Draft, name: string, { field, key = '' }: ExitRef, after: string | null): Draft {
  const group = draft.components[name]?.[field];
  const entries = Object.entries(isGroup(group) ? group : {}).flatMap(([one, to]) =>
    one !== key ? [[one, to] as const] : after === null ? [] : [[after, to] as const],
  );
  return changed(draft, name, { [field]: Object.fromEntries(entries) });
}

/** What whoever is rung may press where he is asked whether he takes the call: the key that takes it, and another one. */
export function targetKeys(component: Component | undefined): [takes: string, other: string] {
  const asking = component?.type === 'dial' && isGroup(component['confirm']) ? component['confirm'] : component;
  const takes = nameIn(asking?.['key']) ?? '1';
  return [takes, takes === '2' ? '1' : '2'];
}

/** As it is sent: no name has spaces around it. */
export function toSave(draft: Draft): Draft {
  return { ...draft, name: draft.name.trim() };
}
