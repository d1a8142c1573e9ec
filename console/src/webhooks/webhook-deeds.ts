/** What is done to a webhook: paused, resumed, tested, removed. */

import { notifications } from '@mantine/notifications';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useWrite } from '../api/administration.ts';
import { api } from '../api/client.ts';
import type { Delivery, Webhook } from '../api/types.ts';
import { sayFailed } from '../parts/failure.tsx';
import { useKeptRemoval } from '../parts/kept-removal.ts';
import { failureText } from './failure-text.ts';
import { changeWebhook, valuesOf } from './webhook-form.tsx';

export function sayDelivered(t: TFunction, delivery: Delivery): void {
  const { ok, status, durationMs } = delivery;
  if (ok) notifications.show({ color: 'teal', message: t('webhooks.taken', { status: status ?? '', ms: durationMs }) });
  else
    notifications.show({
      color: 'red',
      title: t('webhooks.notTaken'),
      message: failureText(t, delivery) ?? String(status ?? ''),
      autoClose: 10_000,
    });
}

export function useWebhookDeeds(name: string) {
  const { t } = useTranslation();
  const remove = useKeptRemoval();
  const parameters = { name };
  const enable = useWrite('webhooks', async (enabled: boolean) => {
    const { body, etag } = await api.read('/api/v1/webhooks/{name}', { parameters });
    return changeWebhook({ values: { ...valuesOf(body as Webhook), enabled }, etag });
  });
  const test = useWrite('webhooks', () => api.post('/api/v1/webhooks/{name}/test', { parameters }));
  const resend = useWrite('webhooks', (id: string) =>
    api.post('/api/v1/webhooks/{name}/deliveries/{id}/resend', { parameters: { name, id } }),
  );
  const onError = (error: unknown) => sayFailed(t, error);
  const onSuccess = (delivery: Delivery) => sayDelivered(t, delivery);
  return {
    isBusy: enable.isPending || test.isPending || resend.isPending,
    turn: (enabled: boolean) =>
      enable.mutate(enabled, {
        onError,
        onSuccess: () =>
          notifications.show({ message: t(enabled ? 'webhooks.resumed' : 'webhooks.isPaused', { name }) }),
      }),
    test: () => test.mutate(undefined, { onError, onSuccess }),
    resend: (id: string) => resend.mutate(id, { onError, onSuccess }),
    /** @returns whether it is gone */
    remove: (shown: Webhook) => {
      const question = { title: t('webhooks.removeTitle', { name }), text: t('webhooks.removeText') };
      return remove({
        kind: 'webhooks',
        name,
        shown,
        question: { ...question, confirm: t('action.delete') },
        done: t('deleted', { name }),
      });
    },
  };
}
