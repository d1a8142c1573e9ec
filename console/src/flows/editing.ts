/** One flow being edited: the draft with its history, what is selected, and everything that can be done to it. */

import { useCallback, useMemo, useReducer, useState } from 'react';
import type { KnownKinds } from './described-kinds.ts';
import { begun, stepped } from './draft-history.ts';
import {
  added,
  changed,
  connected,
  type Draft,
  duplicated,
  type Exit,
  type ExitRef,
  exitsOf,
  rekeyed,
  removed,
  renamed,
  type XY,
} from './flow-draft.ts';

export interface Editing {
  draft: Draft;
  selected: string | null;
  isReadOnly: boolean;
  canUndo: boolean;
  canRedo: boolean;
  isKnown(type: string, field: string): boolean;
  exitsOf(name: string): readonly Exit[];
  select(name: string | null): void;
  undo(): void;
  redo(): void;
  /** @param what letters typed into one field are one change */
  replace(draft: Draft, what?: string): void;
  add(type: string, at?: XY): void;
  duplicate(name: string): void;
  remove(name: string): void;
  rename(before: string, after: string): void;
  change(name: string, change: Record<string, unknown>): void;
  connect(name: string, exit: ExitRef, to: string | null): void;
  rekey(name: string, exit: ExitRef, key: string | null): void;
  move(layout: Record<string, XY>): void;
}

export function useEditing(initial: Draft, known: KnownKinds | undefined, isReadOnly: boolean): Editing {
  const [history, step] = useReducer(stepped, initial, begun);
  const [selected, select] = useState<string | null>(null);
  const { present: draft } = history;

  const isKnown = useCallback(
    (type: string, field: string) => known === undefined || known.get(type)?.has(field) === true,
    [known],
  );
  const exits = useMemo(() => {
    const found = new Map(
      Object.entries(draft.components).map(([name, component]) => [
        name,
        exitsOf(component, (field) => isKnown(component.type, field)),
      ]),
    );
    return (name: string): readonly Exit[] => found.get(name) ?? [];
  }, [draft, isKnown]);

  return useMemo(() => {
    const replace = (next: Draft, what?: string) => {
      if (!isReadOnly) step({ type: 'change', draft: next, ...(what === undefined ? {} : { what }) });
    };
    const take = ({ draft: next, name }: { draft: Draft; name: string }) => {
      replace(next);
      select(name);
    };
    return {
      draft,
      selected: selected !== null && Object.hasOwn(draft.components, selected) ? selected : null,
      isReadOnly,
      canUndo: history.past.length > 0,
      canRedo: history.future.length > 0,
      isKnown,
      exitsOf: exits,
      select,
      undo: () => step({ type: 'undo' }),
      redo: () => step({ type: 'redo' }),
      replace,
      add: (type, at) => take(added(draft, type, at)),
      duplicate: (name) => take(duplicated(draft, name)),
      remove: (name) => replace(removed(draft, name)),
      rename: (before, after) => take({ draft: renamed(draft, before, after), name: after }),
      change: (name, change) => replace(changed(draft, name, change), `${name} ${Object.keys(change).join()}`),
      connect: (name, exit, to) => replace(connected(draft, name, exit, to)),
      rekey: (name, exit, key) => replace(rekeyed(draft, name, exit, key)),
      move: (layout) => replace({ ...draft, layout }),
    };
  }, [draft, selected, isReadOnly, history.past.length, history.future.length, isKnown, exits]);
}
