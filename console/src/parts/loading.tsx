import { Loader, type MantineSize } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Something is on its way: seen, and said by a screen reader. */
export function Loading({ size }: { size?: MantineSize }) {
  const { t } = useTranslation();
  return <Loader role="status" aria-label={t('loading')} {...(size === undefined ? {} : { size })} />;
}
