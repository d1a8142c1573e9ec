import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Callback } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { Instant } from '../parts/instant.tsx';
import { StateMark } from './state-words.tsx';
import type { ColumnName } from './views.ts';

export interface GridColumnsOptions {
  chosen: readonly ColumnName[];
  items: readonly Callback[];
  selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
}

const SORTED: ReadonlySet<string> = new Set(['acceptedAt', 'dueAt', 'state']);

function targetText({ target, number, e164 }: Callback): string {
  if (target?.extension) return target.extension;
  return target?.number ?? e164 ?? number;
}

function cellOf(t: TFunction, name: ColumnName, callback: Callback): ReactNode {
  switch (name) {
    case 'number':
      return (
        <Link
          to="/callbacks/$id"
          params={{ id: callback.id }}
          className="row-link number"
          aria-label={t('callbacks.one.open', { number: callback.number })}
        >
          {callback.number}
        </Link>
      );
    case 'state':
      return <StateMark callback={callback} />;
    case 'acceptedAt':
    case 'dueAt':
    case 'doneAt':
      return <Instant at={callback[name]} />;
    case 'target':
      return <span className="number">{targetText(callback)}</span>;
    default:
      return <span className="number one-line">{callback[name] ?? t('none')}</span>;
  }
}

function selectColumn(t: TFunction, { items, selected, onSelect }: GridColumnsOptions): Column<Callback> {
  const shown = items.filter(({ id }) => selected.has(id)).length;
  return {
    key: 'select',
    width: 40,
    title: (
      <input
        type="checkbox"
        className="select"
        aria-label={t('callbacks.column.select')}
        checked={items.length > 0 && shown === items.length}
        ref={(box) => {
          if (box !== null) box.indeterminate = shown > 0 && shown < items.length;
        }}
        onChange={({ currentTarget: { checked } }) => onSelect(new Set(checked ? items.map(({ id }) => id) : []))}
      />
    ),
    cell: ({ id, number }) => (
      <input
        type="checkbox"
        className="select"
        aria-label={`${t('callbacks.column.select')}: ${number}`}
        checked={selected.has(id)}
        onChange={({ currentTarget: { checked } }) => {
          const next = new Set(selected);
          if (checked) next.add(id);
          else next.delete(id);
          onSelect(next);
        }}
      />
    ),
  };
}

export function useGridColumns(options: GridColumnsOptions): ReadonlyArray<Column<Callback>> {
  const { t } = useTranslation();
  return [
    selectColumn(t, options),
    ...options.chosen.map(
      (name): Column<Callback> => ({
        key: name,
        title: t(`callbacks.column.${name}`),
        ...(SORTED.has(name) ? { sort: name } : {}),
        ...(name === 'attemptCount' ? { align: 'right' as const, width: 90 } : {}),
        cell: (callback) => cellOf(t, name, callback),
      }),
    ),
  ];
}
