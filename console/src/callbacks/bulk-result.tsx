/** What became of a change of many: how many went through, and which were refused, and why. */

import { Alert, Anchor, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { failureText, refusalText } from '../parts/failure-text.ts';
import type { BulkResult, Refused } from './bulk.ts';
import { isCallbackState } from './states.ts';

/** The rest is counted. */
const MOST_SHOWN = 100;

export function whyText(t: TFunction, { result, code, message }: Pick<Refused, 'result' | 'code' | 'message'>): string {
  if (result === 'not-found') return t('callbacks.bulk.notFound');
  if (result === 'refused') return refusalText(t, code ?? '', message ?? '');
  if (code === 'done') return t('callbacks.bulk.isDone');
  if (code === 'was-connected') return t('callbacks.bulk.wasConnected');
  if (code !== null && isCallbackState(code))
    return t('callbacks.bulk.isNow', { state: t(`callbacks.state.${code}`).toLowerCase() });
  return message ?? result;
}

function byReason(t: TFunction, refused: readonly Refused[]): Map<string, Refused[]> {
  const groups = new Map<string, Refused[]>();
  for (const one of refused) {
    const why = whyText(t, one);
    groups.set(why, [...(groups.get(why) ?? []), one]);
  }
  return groups;
}

function Reason({ why, refused }: { why: string; refused: readonly Refused[] }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="md" fw={550}>
        {t('callbacks.bulk.refusedBecause', { count: refused.length, why })}
      </Text>
      <List size="sm" mah={180} style={{ overflowY: 'auto' }} tabIndex={0} aria-label={why}>
        {refused.slice(0, MOST_SHOWN).map(({ id, number }) => (
          <List.Item key={id}>
            <Anchor component={Link} to={`/callbacks/${encodeURIComponent(id)}`} className="number">
              {number ?? id}
            </Anchor>
          </List.Item>
        ))}
        {refused.length > MOST_SHOWN ? (
          <List.Item>{t('callbacks.bulk.more', { count: refused.length - MOST_SHOWN })}</List.Item>
        ) : null}
      </List>
    </div>
  );
}

export function BulkResultView({ result, onClose }: { result: BulkResult | null; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={result !== null}
      onClose={onClose}
      title={t('callbacks.bulk.resultTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {result === null ? null : (
        <Stack data-testid="bulk-result">
          <Text size="md">{t('callbacks.bulk.changed', { count: result.changed })}</Text>
          {[...byReason(t, result.refused)].map(([why, refused]) => (
            <Reason key={why} why={why} refused={refused} />
          ))}
          {result.failure === null ? null : (
            <Alert color="red" variant="light" role="alert">
              {failureText(t, result.failure)}
            </Alert>
          )}
          {result.left > 0 ? <Text size="md">{t('callbacks.bulk.left', { count: result.left })}</Text> : null}
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              {t('action.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
