/**
 * The focus is never lost to nothing, from where a keyboard would have to begin at the top again. When what had it goes (a dialog
 * that is closed, a row that was deleted) it goes back to what had it on the page before, or else to the page's content.
 */

import { useEffect } from 'react';

/** Of a new page too: it has to be new to a screen reader, and Tab goes on inside of it. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true });
}

export function useKeptFocus(): void {
  useEffect(() => {
    const page = document.getElementById('console');
    let latest: Element | null = null;
    /** Dialogs and menus stand outside of the page's own element. */
    let onPage: HTMLElement | null = null;
    const note = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      latest = target;
      if (page?.contains(target) === true) onPage = target;
    };
    const keep = () => {
      const isLost = document.activeElement === document.body && latest?.isConnected === false;
      if (!isLost) return;
      latest = null;
      onPage?.focus({ preventScroll: true });
      if (document.activeElement === document.body) focusContent();
    };
    const observer = new MutationObserver(keep);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', note);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', note);
    };
  }, []);
}
