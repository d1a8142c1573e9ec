/** Asks before something is done that can't be taken back easily. */

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it: the deed itself, never just “OK”. */
  confirm: string;
  /** What the other button says, where “Cancel” could be taken for the deed. */
  dismiss?: string;
  isHarmless?: boolean;
}

type Ask = (question: Question) => Promise<boolean>;
const Context = createContext<Ask>(async () => false);

export const useConfirmation = (): Ask => useContext(Context);

export function ConfirmationProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  // What was asked stands there until the window has faded out: its words do not change under the eye.
  const [asked, setAsked] = useState<{ question: Question; answer: (yes: boolean) => void } | null>(null);
  const [open, setOpen] = useState(false);
  const question = asked?.question;
  const ask = useCallback<Ask>((next) => {
    setOpen(true);
    return new Promise((answer) => setAsked({ question: next, answer }));
  }, []);
  const answer = useMemo(
    () => (yes: boolean) => {
      asked?.answer(yes);
      setOpen(false);
    },
    [asked],
  );
  return (
    <Context value={ask}>
      {children}
      <Modal
        opened={open}
        onClose={() => answer(false)}
        title={question?.title}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Stack>
          <Text size="md">{question?.text}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => answer(false)} data-autofocus>
              {question?.dismiss ?? t('action.cancel')}
            </Button>
            <Button color={question?.isHarmless === true ? undefined : 'red.8'} onClick={() => answer(true)}>
              {question?.confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Context>
  );
}
