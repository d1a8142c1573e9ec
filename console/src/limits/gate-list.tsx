/** The gates in their order, each with what it asks in words, and what it said of this number. */

import { Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconArrowBackUp, IconBan, IconCheck, IconGitBranch, IconMinus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Explanation } from '../api/types.ts';
import { takenText } from '../parts/explanation.tsx';

/** In the order in which they are asked. */
export const GATES = [
  'inbound-number',
  'anonymous',
  'attestation',
  'impossible',
  'emergency',
  'blocked',
  'special',
  'country',
  'price',
  'loop',
  'hours',
  'overload',
  'capacity',
  'accept',
  'suppressed',
  'ping-pong',
  'limits',
  'spend',
  'duplicate',
] as const;
type Gate = (typeof GATES)[number];
type Step = Explanation['steps'][number];
type Answer = 'passed' | 'refused' | 'unasked';

const LOOKS = {
  passed: { Icon: IconCheck, color: 'teal' },
  refused: { Icon: IconBan, color: 'red' },
  unasked: { Icon: IconMinus, color: 'gray' },
} as const;

function answerOf(step: Step | undefined): Answer {
  if (step === undefined || step.verdict === 'skipped') return 'unasked';
  return step.verdict === 'refused' ? 'refused' : 'passed';
}

function GateLine({ gate, step }: { gate: Gate; step: Step | undefined }) {
  const { t } = useTranslation();
  const answer = answerOf(step);
  const { Icon, color } = LOOKS[answer];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start" data-gate={gate} data-answer={answer}>
      <ThemeIcon color={color} variant="light" size="sm" mt={1}>
        <Icon size={13} aria-label={t(`tester.answer.${answer}`)} role="img" />
      </ThemeIcon>
      <div>
        <Text size="sm" fw={answer === 'refused' ? 650 : 500} c={answer === 'unasked' ? 'dimmed' : undefined}>
          {t(`tester.gate.${gate}.${answer === 'refused' ? 'refused' : answer === 'passed' ? 'passed' : 'asks'}`)}
        </Text>
        {step === undefined ? null : (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {step.text}
          </Text>
        )}
      </div>
    </Group>
  );
}

function Outcome({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { outcome, gate, candidates, reject } = explanation;
  const isKnown = (GATES as readonly string[]).includes(gate ?? '');
  const head =
    outcome === 'refused'
      ? isKnown
        ? t(`tester.gate.${gate as Gate}.refused`)
        : t('rules.try.refused', { gate: gate ?? '' })
      : takenText(t, explanation);
  const { Icon, color } = {
    callback: { Icon: IconArrowBackUp, color: 'teal' },
    flow: { Icon: IconGitBranch, color: 'accent' },
    refused: { Icon: IconBan, color: 'red' },
  }[outcome];
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <ThemeIcon color={color} variant="light" size="md">
          <Icon size={16} />
        </ThemeIcon>
        <Text fw={600}>{head}</Text>
      </Group>
      {candidates.map(({ kind, trunk, user, extension }) => (
        <Text key={`${trunk}${user}${extension}`} size="sm">
          {kind === 'extension' ? t('rules.try.rings', { extension }) : t('rules.try.dials', { user, trunk })}
        </Text>
      ))}
      {outcome === 'refused' && reject?.reason ? (
        <Text size="sm">{t('rules.try.answers', { status: reject.status, text: reject.reason.text })}</Text>
      ) : null}
    </>
  );
}

export function GateList({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { steps, outcome } = explanation;
  // A call that goes into a flow is nobody's callback: no gate was asked.
  const shown = outcome === 'flow' ? [] : GATES;
  return (
    <Stack gap="sm" role="status" data-testid="gates">
      <Outcome explanation={explanation} />
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('tester.flowText')}
        </Text>
      ) : (
        <Stack component="ol" gap="xs" className="plain-list" aria-label={t('tester.gates')}>
          {shown.map((gate) => (
            <GateLine key={gate} gate={gate} step={steps.findLast((one) => one.step === gate)} />
          ))}
        </Stack>
      )}
    </Stack>
  );
}
