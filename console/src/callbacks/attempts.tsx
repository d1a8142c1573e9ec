import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Attempt, CallbackDetail } from '../api/types.ts';
import { durationText, Instant } from '../parts/instant.tsx';
import { OUTCOME_COLORS, outcomeText, reasonText } from './state-words.tsx';

const lastedMs = (from: string | null | undefined, to: string | null | undefined) =>
  from && to ? Date.parse(to) - Date.parse(from) : null;

interface AttemptLineProps {
  attempt: Attempt;
  /** Among all that are shown: who calls again by hand begins to count anew. */
  number: number;
  dueAt: string | null;
}

function AttemptLine({ attempt, number, dueAt }: AttemptLineProps) {
  const { t } = useTranslation();
  const { outcome, reason, status, q850Cause, via, dialled, dialledAt, answeredAt, endedAt } = attempt;
  const said = [outcomeText(t, outcome), reasonText(t, reason)].filter((one) => one !== null).join('. ');
  const codes = [status && `SIP ${status}`, q850Cause && `Q.850 ${q850Cause}`].filter(Boolean).join(', ');
  const rangMs = lastedMs(dialledAt, answeredAt ?? endedAt);
  const talkedMs = lastedMs(answeredAt, endedAt);
  const lateMs = dueAt === null ? null : lastedMs(dueAt, dialledAt);
  const color =
    outcome && Object.hasOwn(OUTCOME_COLORS, outcome)
      ? OUTCOME_COLORS[outcome as keyof typeof OUTCOME_COLORS]
      : answeredAt
        ? 'teal.6'
        : 'blue.5';
  const details = [
    via ? t('callbacks.one.dialledThrough', { number: dialled ?? '', via }) : null,
    rangMs === null ? null : t('callbacks.one.rangFor', { duration: durationText(rangMs) }),
    talkedMs === null ? null : t('callbacks.one.talked', { duration: durationText(talkedMs) }),
    lateMs === null || lateMs < 0 || lateMs > 60_000 ? null : t('callbacks.one.lateness', { ms: lateMs }),
  ].filter((one) => one !== null);
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Text component="span" c={color} lh={0} mt={7}>
        <span className="state-dot" style={{ display: 'inline-block' }} />
      </Text>
      <div>
        <Text fw={550}>
          {t('callbacks.one.attempt', { number })} · <Instant at={dialledAt ?? attempt.plannedAt} />
        </Text>
        {said === '' ? null : (
          <Text size="md">
            {said}
            {codes === '' ? '' : ` (${codes})`}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {details.join(' · ')}
        </Text>
      </div>
    </Group>
  );
}

export function Attempts({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  if (callback.attempts.length === 0) return <Text c="dimmed">{t('callbacks.one.noAttempts')}</Text>;
  return (
    <Stack gap="md" data-testid="attempts">
      {callback.attempts.map((attempt, index) => (
        <AttemptLine
          key={attempt.id}
          attempt={attempt}
          number={index + 1}
          dueAt={index === callback.attempts.length - 1 ? callback.dueAt : null}
        />
      ))}
    </Stack>
  );
}
