/** The SIP ladder: one lane per party, one arrow per message. What a message says is text from outside: never markup. */

import { Box, Code, Drawer, Stack, Text } from '@mantine/core';
import { IconArrowNarrowLeft, IconArrowNarrowRight } from '@tabler/icons-react';
import { type CSSProperties, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallbackDetail } from '../api/types.ts';
import { durationText, wholeTimeText } from '../parts/instant.tsx';
import { useMessageTexts } from './callback-queries.ts';
import { type LadderMessage, type LadderPlan, planLadder, withRemembered } from './ladder-lanes.ts';
import './ladder.css';

/** Requests, provisional, successful and failed responses each have their colour. */
function kindOf(summary: string): 'request' | 'provisional' | 'success' | 'failure' {
  const status = /^([1-6])\d\d\b/.exec(summary)?.[1];
  if (status === undefined) return 'request';
  return status === '1' ? 'provisional' : status === '2' ? 'success' : 'failure';
}

function Heads({ plan }: { plan: LadderPlan }) {
  const { t } = useTranslation();
  const names = {
    caller: t('callbacks.one.caller'),
    us: t('callbacks.one.us'),
    person: t('callbacks.one.person'),
    target: t('callbacks.one.target'),
  };
  return (
    <div className="ladder-row ladder-heads" aria-hidden>
      <span />
      {plan.lanes.map(({ legId, peer, kind }) => (
        <span key={legId} className="ladder-head">
          <Text span size="sm" fw={600}>
            {names[kind]}
          </Text>
          <Text span size="xs" c="dimmed" className="mono">
            {peer}
          </Text>
        </span>
      ))}
    </div>
  );
}

interface ArrowProps {
  plan: LadderPlan;
  message: LadderMessage;
  onChoose(message: LadderMessage): void;
}

function Arrow({ plan, message, onChoose }: ArrowProps) {
  const { t } = useTranslation();
  const { lane, direction, summary, peer, sinceMs } = message;
  const [left, right] = [Math.min(lane, plan.ours), Math.max(lane, plan.ours)];
  const pointsRight = (direction === 'sent') === lane > plan.ours;
  const way = direction === 'sent' ? t('callbacks.one.to', { peer }) : t('callbacks.one.from', { peer });
  const Head = pointsRight ? IconArrowNarrowRight : IconArrowNarrowLeft;
  return (
    <li className="ladder-row">
      <Text span size="xs" c="dimmed" className="mono ladder-time">
        {durationText(sinceMs)}
      </Text>
      <button
        type="button"
        className="ladder-arrow"
        data-kind={kindOf(summary)}
        data-points={pointsRight ? 'right' : 'left'}
        style={{ '--from': left, '--span': right - left } as CSSProperties}
        aria-label={`${summary} · ${way}`}
        onClick={() => onChoose(message)}
      >
        <span className="ladder-label">{summary}</span>
        <span className="ladder-line">
          <Head size={18} stroke={2} aria-hidden />
        </span>
      </button>
    </li>
  );
}

function MessageText({ callbackId, message }: { callbackId: string; message: LadderMessage }) {
  const { t } = useTranslation();
  const { data } = useMessageTexts(callbackId);
  const found = data?.items.find(
    ({ legId, at, direction, summary }) =>
      legId === message.legId && at === message.at && direction === message.direction && summary === message.summary,
  );
  if (data === undefined) return null;
  if (found === undefined)
    return (
      <Text size="sm" c="dimmed">
        {t('callbacks.one.messageText')}
      </Text>
    );
  return (
    <Code block className="message-text" data-testid="message-text">
      {found.text}
    </Code>
  );
}

interface MessageDetailProps {
  callbackId: string;
  message: LadderMessage | null;
  onClose(): void;
}

function MessageDetail({ callbackId, message, onClose }: MessageDetailProps) {
  const { t, i18n } = useTranslation();
  return (
    <Drawer
      opened={message !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={t('callbacks.one.message')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {message === null ? null : (
        <Stack gap="sm">
          <Text fw={600} size="lg" style={{ overflowWrap: 'anywhere' }}>
            {message.summary}
          </Text>
          <Text size="sm">
            {message.direction === 'sent'
              ? t('callbacks.one.to', { peer: message.peer })
              : t('callbacks.one.from', { peer: message.peer })}
          </Text>
          <Text size="sm" c="dimmed">
            {wholeTimeText(i18n.language, message.at)} · <span className="mono">{message.at}</span>
          </Text>
          <MessageText callbackId={callbackId} message={message} />
        </Stack>
      )}
    </Drawer>
  );
}

export function Ladder({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<LadderMessage | null>(null);
  const remembered = useMessageTexts(callback.id);
  const plan = planLadder(withRemembered(callback.events, remembered.data?.items ?? []));
  if (plan.messages.length === 0) return <Text c="dimmed">{t('callbacks.one.noLadder')}</Text>;
  return (
    <Box className="ladder" style={{ '--lanes': plan.lanes.length } as CSSProperties} data-testid="ladder">
      <Text size="sm" c="dimmed" mb="sm">
        {t('callbacks.one.ladderHint')}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section className="ladder-scroll" tabIndex={0} aria-label={t('callbacks.one.ladder')}>
        <Heads plan={plan} />
        <ol className="ladder-body">
          {plan.messages.map((message) => (
            <Arrow key={message.index} plan={plan} message={message} onChoose={setChosen} />
          ))}
        </ol>
      </section>
      <MessageDetail callbackId={callback.id} message={chosen} onClose={() => setChosen(null)} />
    </Box>
  );
}
