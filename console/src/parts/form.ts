/** The fields of a form, and what the server says about each. */

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, type Mistake } from '../api/client.ts';
import { mistakeText } from './failure-text.ts';

export interface Form<T> {
  values: T;
  isChanged: boolean;
  /** The mistake of a field by its path (`callerId.number`), or of anything inside it. */
  mistake(path: string): string | undefined;
  set(change: Partial<T>): void;
  /** Takes over what the server refused; @returns whether it was about fields */
  refuse(error: unknown): boolean;
  reset(values: T): void;
}

export function useForm<T extends object>(initial: T): Form<T> {
  const { t } = useTranslation();
  const [start, setStart] = useState(initial);
  const [values, setValues] = useState(initial);
  const [mistakes, setMistakes] = useState<ReadonlyMap<string, Mistake>>(new Map());
  return {
    values,
    isChanged: values !== start && JSON.stringify(values) !== JSON.stringify(start),
    mistake(path) {
      for (const [where, mistake] of mistakes)
        if (where === path || where.startsWith(`${path}.`) || where.startsWith(`${path}[`))
          return mistakeText(t, mistake);
      return undefined;
    },
    set(change) {
      setValues((before) => ({ ...before, ...change }));
      setMistakes((before) => {
        const fields = Object.keys(change);
        const left = [...before].filter(([where]) => !fields.some((field) => where.split(/[.[]/)[0] === field));
        return left.length === before.size ? before : new Map(left);
      });
    },
    refuse(error) {
      if (!(error instanceof ApiFailure) || error.mistakes.length === 0) return false;
      setMistakes(new Map(error.mistakes.map((mistake) => [mistake.path ?? '', mistake])));
      return true;
    },
    reset(next) {
      setStart(next);
      setValues(next);
      setMistakes(new Map());
    },
  };
}
