/** A decision about a call: the result in words, and every step to it. */

import { Collapse, Group, List, Stack, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowBackUp, IconBan, IconCheck, IconChevronRight, IconGitBranch, IconMinus } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Explanation } from '../api/types.ts';
import { gateText, Wording } from './sentence.ts';

const LOOKS = {
  callback: { Icon: IconArrowBackUp, color: 'teal' },
  flow: { Icon: IconGitBranch, color: 'accent' },
  refused: { Icon: IconBan, color: 'red' },
} as const;

const STEP_ICONS = { passed: IconCheck, chosen: IconCheck, refused: IconBan, skipped: IconMinus } as const;
const STEP_COLORS = { passed: 'dimmed', chosen: 'teal', refused: 'red', skipped: 'dimmed' } as const;

/** What becomes of a call that is not refused. A component of the number's flow calls back without any rule. */
export function takenText(t: TFunction, { outcome, rule, flow }: Explanation): string {
  if (outcome === 'flow') return t('rules.try.flow', { flow: flow ?? '' });
  return rule === null ? t('rules.try.callbackByFlow') : t('rules.try.callback', { rule });
}

function headline(t: TFunction, explanation: Explanation): string {
  const { outcome, gate } = explanation;
  return outcome === 'refused' ? t('rules.try.refused', { gate: gateText(t, gate ?? '') }) : takenText(t, explanation);
}

function facts(t: TFunction, explanation: Explanation): string[] {
  const { reject, status, candidates, callerId, delaySeconds, outcome } = explanation;
  const lines: string[] = [];
  if (reject?.reason) lines.push(t('rules.try.answers', { status: reject.status, text: reject.reason.text }));
  else if (status) lines.push(t('rules.try.answersPlain', { status }));
  if (outcome !== 'callback') return lines;
  if (typeof delaySeconds === 'number') lines.push(t('rules.try.due', { seconds: delaySeconds }));
  for (const { kind, trunk, user, extension } of candidates)
    lines.push(kind === 'extension' ? t('rules.try.rings', { extension }) : t('rules.try.dials', { user, trunk }));
  if (callerId) lines.push(t('rules.try.shows', { number: callerId.number }));
  return lines;
}

function Steps({ steps }: Pick<Explanation, 'steps'>) {
  const { t, i18n } = useTranslation();
  const [opened, { toggle }] = useDisclosure(false);
  const wording = new Wording(t, i18n.language);
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={opened} fz="sm" fw={600}>
        <Group gap={4}>
          <IconChevronRight size={14} style={{ transform: opened ? 'rotate(90deg)' : undefined }} />
          {t('rules.try.steps')}
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap={6} mt="xs">
          {steps.map((one) => {
            const { step, verdict, text } = one;
            const Icon = STEP_ICONS[verdict];
            return (
              <Group key={step + text} gap={8} wrap="nowrap" align="flex-start">
                <Text component="span" c={STEP_COLORS[verdict]} mt={2}>
                  <Icon size={14} aria-label={t(`decision.verdict.${verdict}`)} />
                </Text>
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  <Text span fw={600}>
                    {gateText(t, step)}
                  </Text>{' '}
                  {wording.of(one)}
                </Text>
              </Group>
            );
          })}
        </Stack>
      </Collapse>
    </div>
  );
}

export function ExplanationView({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { Icon, color } = LOOKS[explanation.outcome];
  return (
    <Stack gap="xs" role="status" data-testid="explanation">
      <Group gap="xs" wrap="nowrap">
        <ThemeIcon color={color} variant="light" size="md">
          <Icon size={16} />
        </ThemeIcon>
        <Text fw={600}>{headline(t, explanation)}</Text>
      </Group>
      <List size="sm" spacing={4}>
        {facts(t, explanation).map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
      <Steps steps={explanation.steps} />
    </Stack>
  );
}
