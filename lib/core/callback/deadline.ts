import { huntDeadline } from '../call/hunt.ts';
import type { Configuration } from '../configuration.ts';
import { flowDeadlineOf } from '../flow/flow.ts';
import type { Callback } from './callback.ts';
import { closedBy, unknownUntil } from './closing.ts';
import { conversationEndsAt, hostOf } from './conversation.ts';
import { unpromisedUntil } from './dialing.ts';
import type { CoreContext } from './event.ts';

type AlarmContext = Pick<CoreContext, 'configuration' | 'aheadMs'>;

/**
 * The only timer a callback has: the instant (epoch milliseconds) at which an `alarm` has something to do; null: none.
 * It derives from the state, so that leaving a state takes it back and a restart sets it again.
 */
export function deadlineOf(callback: Callback, { configuration, aheadMs = 0 }: AlarmContext): number | null {
  switch (callback.state) {
    case 'scheduled':
      return scheduledDeadline(callback, aheadMs);
    case 'queued':
      return callback.expiresAt;
    case 'dialing':
      return dialingDeadline(callback);
    case 'answered':
    case 'connecting':
    case 'connected':
      return conversationDeadline(callback, configuration);
    case 'done':
      return null;
  }
}

function scheduledDeadline(callback: Callback, aheadMs: number): number {
  const { dueAt, expiresAt, promisedAt } = callback;
  if (promisedAt === null) return unpromisedUntil(callback);
  const beginsAt = dueAt - aheadMs;
  return Math.min(Math.max(beginsAt, closedBy(callback) ?? beginsAt), expiresAt);
}

function dialingDeadline(callback: Callback): number | null {
  const { attempt } = callback;
  if (attempt === null) return null;
  const { terms } = callback.plan;
  return attempt.unknown ? unknownUntil(callback, attempt) : huntDeadline(attempt, terms);
}

function conversationDeadline(callback: Callback, configuration: Configuration): number {
  const end = conversationEndsAt(callback);
  const { attempt, flow } = callback;
  if (attempt === null || flow === null) return end;
  return Math.min(end, flowDeadlineOf(flow, hostOf(callback, attempt, configuration), configuration) ?? end);
}
