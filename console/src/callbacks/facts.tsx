import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallbackDetail } from '../api/types.ts';
import { Instant } from '../parts/instant.tsx';

function viaText({ target }: CallbackDetail): string | null {
  if (target?.extension) return target.extension;
  return [target?.trunk, target?.outgoingRule].filter(Boolean).join(' · ') || null;
}

export function Facts({ callback }: { callback: CallbackDetail }) {
  const { t } = useTranslation();
  const { userData, rule, method } = callback;
  const rows: Array<[string, ReactNode]> = [
    [t('callbacks.one.fact.number'), callback.number],
    [t('callbacks.one.fact.e164'), callback.e164],
    [t('callbacks.one.fact.callerName'), callback.callerName],
    [t('callbacks.one.fact.inboundNumber'), callback.inboundNumber],
    [t('callbacks.one.fact.source'), callback.source],
    [
      t('callbacks.one.fact.rule'),
      rule ? (
        <Link key="rule" to="/callback-rules/$name" params={{ name: rule }} className="text-link">
          {rule}
        </Link>
      ) : (
        callback.origin
      ),
    ],
    [
      t('callbacks.one.fact.method'),
      method === 'caller' || method === 'number' || method === 'extension' ? t(`rules.method.${method}`) : method,
    ],
    [t('callbacks.one.fact.via'), viaText(callback)],
    [t('callbacks.one.fact.next'), callback.next?.flow],
    [t('callbacks.one.fact.acceptedAt'), <Instant key="accepted" at={callback.acceptedAt} />],
    [t('callbacks.one.fact.dueAt'), <Instant key="due" at={callback.dueAt} />],
    [t('callbacks.one.fact.expiresAt'), <Instant key="expires" at={callback.expiresAt} />],
    [
      t('callbacks.one.fact.answeredAt'),
      callback.answeredAt ? <Instant key="answered" at={callback.answeredAt} /> : null,
    ],
    [
      t('callbacks.one.fact.connectedAt'),
      callback.connectedAt ? <Instant key="connected" at={callback.connectedAt} /> : null,
    ],
    [t('callbacks.one.fact.doneAt'), callback.doneAt ? <Instant key="done" at={callback.doneAt} /> : null],
    [
      t('callbacks.one.fact.id'),
      <span key="id" className="mono">
        {callback.id}
      </span>,
    ],
    [
      t('callbacks.one.fact.userData'),
      userData ? (
        <code key="data" className="mono">
          {JSON.stringify(userData)}
        </code>
      ) : null,
    ],
  ];
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([title, value]) => (
          <div key={title}>
            <Text component="dt" size="sm" c="dimmed">
              {title}
            </Text>
            <Text component="dd" size="sm" className="number">
              {value}
            </Text>
          </div>
        ))}
    </dl>
  );
}
