/** A form at the side of a list: fields, what the server said about them, and the way out. */

import { Button, Drawer, Group, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from './failure.tsx';

export interface FormDrawerProps {
  title: string;
  /** What the button says that does it. */
  submit: string;
  isSaving: boolean;
  error: unknown;
  onSubmit(): void;
  onClose(): void;
  children: ReactNode;
}

export function FormDrawer({ title, submit, isSaving, error, onSubmit, onClose, children }: FormDrawerProps) {
  const { t } = useTranslation();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={send} noValidate>
        <Stack>
          {children}
          {error === null ? null : <Failure error={error} />}
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={isSaving}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}
