import { type RefObject, useEffect, useRef } from 'react';

/**
 * The reader is led to the first field that is wrong, once for each time that something is refused.
 *
 * @returns for the form
 */
export function useFirstMistake(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  return form;
}
