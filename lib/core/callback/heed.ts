/** Rejections that concern more than their attempt. */

import type { LegResult } from '../call/leg.ts';
import { NETWORK_BLOCKED, UNWANTED, verdictOf } from '../call/verdict.ts';
import { suppressionKeyOf } from '../policy/suppression.ts';
import { routeSpecOf } from '../rules/request.ts';
import { note, type Turn } from './turn.ts';

/**
 * What a rejection asks for, whether or not another trunk is tried after it, and though it crossed our CANCEL: 607 the
 * suppression list, a block by the network somebody who complains.
 */
export function heed(turn: Turn, leg: LegResult): void {
  const { callback, context } = turn;
  const { reason } = verdictOf(leg.status >= 300 ? { ...leg, kind: 'final' } : leg);
  if (reason === NETWORK_BLOCKED) {
    const via = callback.attempt?.candidates[callback.attempt.index];
    const trunk = via?.kind === 'trunk' ? via.trunk : null;
    note(turn, 'redress-wanted', { status: leg.status, trunk, contact: leg.redress ?? null });
  }
  if (reason !== UNWANTED) return;
  const { number } = routeSpecOf(context.configuration, callback.plan.terms, callback.caller);
  if (number === null) return;
  const seconds = context.configuration.limits.unwantedSeconds ?? null;
  const expiresAt = seconds === null ? null : context.now + seconds * 1000;
  const key = suppressionKeyOf(number);
  turn.suppressions.push({ number: key, reason: UNWANTED, at: context.now, expiresAt });
  note(turn, 'suppressed', { number: key, reason: UNWANTED, expiresAt });
}
