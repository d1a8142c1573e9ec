/** Everything that is removed goes this way: what somebody else has changed since it was shown stays, and that is said. */

import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Answered, ApiFailure } from '../api/client.ts';
import { tagOfShown } from '../api/unchanged.ts';
import { type Question, useConfirmation } from './confirmation.tsx';
import { sayFailed } from './failure.tsx';

export interface Removal {
  /** As the page has it. */
  shown: object;
  read(): Promise<Answered<unknown>>;
  question: Question;
  /** @param ifMatch the ETag of what was shown when it was asked */
  remove(ifMatch: string | null): Promise<unknown>;
  /** What is read again afterwards, also when nothing was removed: the page showed what is not there any more. */
  queryKey: readonly string[];
}

/** Asks first. Resolves to whether it is gone. */
export function useRemoval(): (removal: Removal) => Promise<boolean> {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  const client = useQueryClient();
  return async ({ shown, read, question, remove, queryKey }) => {
    try {
      const etag = tagOfShown(shown, await read());
      if (!(await confirm(question))) return false;
      await remove(etag);
      return true;
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 412)
        notifications.show({
          color: 'red',
          title: t('error.title'),
          message: t('changedMeanwhile'),
          autoClose: 10_000,
        });
      else sayFailed(t, error);
      return false;
    } finally {
      void client.invalidateQueries({ queryKey });
    }
  };
}
