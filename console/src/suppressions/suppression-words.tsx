/** Why a number is barred and who barred it: the server keeps words of its own for what happens by itself. */

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Suppression } from '../api/types.ts';

const CALLBACK = 'callback:';

/** Barred by what its phone said: that callback tells more. */
export function SuppressionSource({ source }: Pick<Suppression, 'source'>) {
  const { t } = useTranslation();
  if (source.startsWith(CALLBACK))
    return (
      <Link to="/callbacks/$id" params={{ id: source.slice(CALLBACK.length) }} className="text-link">
        {t('suppressions.by.callback')}
      </Link>
    );
  return source === 'api' || source === 'cli' ? t(`suppressions.by.${source}`) : source;
}

export function SuppressionReason({ reason, source }: Pick<Suppression, 'reason' | 'source'>) {
  const { t } = useTranslation();
  return reason === 'unwanted' && source.startsWith(CALLBACK) ? t('suppressions.unwanted') : reason;
}
