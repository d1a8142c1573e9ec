/** What would be saved, line by line, before it is. */

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { yamlOf } from '../parts/configuration-text.ts';
import { DiffView } from '../parts/diff-view.tsx';
import { lineDiff } from '../parts/line-diff.ts';
import type { SystemLimits } from './limits-queries.ts';

export interface ChangesDialogProps {
  opened: boolean;
  before: SystemLimits;
  after: SystemLimits;
  isSaving: boolean;
  onSave(): void;
  onClose(): void;
}

const LONGEST_SHOWN = 400;

/** A price list of a megabyte is not shown line by line; that it is another one is. */
function shown({ limits, ...rest }: SystemLimits): unknown {
  const prices = limits?.spend?.prices ?? '';
  if (prices.length <= LONGEST_SHOWN) return { ...rest, limits };
  let sum = 0;
  for (const letter of prices) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  const words = `${prices.trim().split('\n').length} lines, #${sum.toString(16)}`;
  return { ...rest, limits: { ...limits, spend: { ...limits?.spend, prices: words } } };
}

export function ChangesDialog({ opened, before, after, isSaving, onSave, onClose }: ChangesDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('limits.reviewTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        <Text size="sm">{t('limits.reviewText')}</Text>
        {opened ? <DiffView diff={lineDiff(yamlOf(shown(before)), yamlOf(shown(after)))} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button loading={isSaving} onClick={onSave}>
            {t('limits.save')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
