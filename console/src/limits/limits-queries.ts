/** The part of the configuration that this page is about; the rest of it goes back as it came. */

import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { Configuration } from '../api/types.ts';

const FIELDS = ['defaultCountry', 'defaultLanguage', 'limits', 'registrar', 'calls', 'trustedProxies'] as const;

export type SystemLimits = Pick<Configuration, (typeof FIELDS)[number]>;
export type LimitFields = NonNullable<SystemLimits['limits']>;

export interface LimitsDocument {
  whole: Configuration;
  limits: SystemLimits;
  etag: string | null;
}

const limitsOf = (whole: Configuration): SystemLimits =>
  Object.fromEntries(FIELDS.map((field) => [field, whole[field]])) as SystemLimits;

export function useLimits() {
  return useQuery({
    queryKey: ['system-limits'],
    // A form that is being filled in is not to change under its reader.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<LimitsDocument> => {
      const { body, etag } = await api.read('/api/v1/configuration', { signal });
      return { whole: body, limits: limitsOf(body), etag };
    },
  });
}

/** Rejected with 412 where somebody else has changed the configuration since it was read. */
export function useSavingLimits({ whole, etag }: LimitsDocument) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (limits: SystemLimits) =>
      api.put('/api/v1/configuration', { body: { ...whole, ...limits }, ifMatch: etag }),
    onSuccess: async ({ body }) => {
      notifications.show({ color: 'teal', message: t('saved') });
      const { warnings = [] } = body as { warnings?: Array<{ path: string; message: string }> };
      for (const { path, message } of warnings.filter((one) =>
        /^(limits|registrar|calls|trustedProxies)/.test(one.path),
      ))
        notifications.show({ color: 'yellow', title: t('settings.warnings'), message: `${path}: ${message}` });
      await client.invalidateQueries({ queryKey: ['configuration'] });
    },
  });
}
