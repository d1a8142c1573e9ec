import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useConfirmation } from './confirmation.tsx';

/** Nobody loses what he has entered by a slip. */
export function useLeaveGuard(isChanged: boolean): void {
  const { t } = useTranslation();
  const confirm = useConfirmation();
  useBlocker({
    shouldBlockFn: async () =>
      !(await confirm({ title: t('leave.title'), text: t('leave.text'), confirm: t('leave.confirm') })),
    disabled: !isChanged,
    enableBeforeUnload: isChanged,
  });
}
