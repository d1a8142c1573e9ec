/** Users, keys, webhooks, origins, holds: removed after a question, and that is said. */

import { notifications } from '@mantine/notifications';
import { deleteKept, type KeptItems, type KeptKind, readKept } from '../api/administration.ts';
import type { Question } from './confirmation.tsx';
import { useRemoval } from './removal.ts';

export interface KeptRemoval<K extends KeptKind> {
  kind: K;
  /** Its name in the address. */
  name: string;
  shown: KeptItems[K];
  question: Question;
  /** What is said when it is gone. */
  done: string;
}

/** Resolves to whether it is gone. */
export function useKeptRemoval() {
  const removal = useRemoval();
  return async <K extends KeptKind>({ kind, name, shown, question, done }: KeptRemoval<K>): Promise<boolean> => {
    const isGone = await removal({
      shown,
      read: () => readKept(kind, name),
      question,
      remove: (etag) => deleteKept(kind, name, etag),
      queryKey: [kind],
    });
    if (isGone) notifications.show({ message: done });
    return isGone;
  };
}
