/**
 * A question that one key says yes to, put to a leg as often as it may be: the prompt, then so long for the key. Another key
 * has it asked again at once.
 */

import type { LegId } from '../call/leg.ts';
import type { Question } from '../flow-components.ts';
import type { FlowEvent } from './flow-state.ts';
import { type FlowTurn, playTo } from './flow-turn.ts';
import { isKey } from './key-entry.ts';

export interface Asking {
  /** The prompt that is being played; null: it is over. */
  playId: string | null;
  promptEndedAt: number | null;
  /** How often it has been asked. */
  round: number;
  /** Some other key was pressed. */
  otherKey: boolean;
}

/** `other`: some key was pressed, and never the one. */
export type Answer = 'yes' | 'other' | 'nothing';

export interface Asked {
  question: Question;
  legId: LegId;
}

/** @param otherKey one was pressed before it was asked */
export function ask(turn: FlowTurn, { question, legId }: Asked, otherKey = false): Asking {
  return { playId: playTo(turn, legId, question.prompt), promptEndedAt: null, round: 1, otherKey };
}

/** @returns as it stands then, or how it was answered */
export function askingEvent(turn: FlowTurn, asked: Asked, asking: Asking, event: FlowEvent): Asking | Answer {
  if (event.type === 'alarm') return alarm(turn, asked, asking);
  if (event.type !== 'leg' || event.event.legId !== asked.legId) return asking;
  if (event.event.type === 'digit' && isKey(event.event.digit))
    return keyPressed(turn, asked, asking, event.event.digit);
  const isOver = event.event.type === 'playEnded' && event.event.playId === asking.playId;
  return isOver ? { ...asking, playId: null, promptEndedAt: turn.context.now } : asking;
}

function keyPressed(turn: FlowTurn, asked: Asked, asking: Asking, digit: string): Asking | Answer {
  if (digit !== asked.question.key) return again(turn, asked, { ...asking, otherKey: true });
  if (asking.playId !== null) turn.effects.push({ type: 'stopPlay', legId: asked.legId });
  return 'yes';
}

function again(turn: FlowTurn, asked: Asked, asking: Asking): Asking | Answer {
  const { otherKey, round } = asking;
  if (round < asked.question.repeat) return { ...ask(turn, asked, otherKey), round: round + 1 };
  if (asking.playId !== null) turn.effects.push({ type: 'stopPlay', legId: asked.legId });
  return otherKey ? 'other' : 'nothing';
}

/** Null: the prompt is still being played. */
export function askingDeadline({ timeoutSeconds }: Question, { promptEndedAt }: Asking): number | null {
  return promptEndedAt === null ? null : promptEndedAt + timeoutSeconds * 1000;
}

function alarm(turn: FlowTurn, asked: Asked, asking: Asking): Asking | Answer {
  const deadline = askingDeadline(asked.question, asking);
  return deadline === null || turn.context.now < deadline ? asking : again(turn, asked, asking);
}

export function askingMoved(asking: Asking, byMs: number): Asking {
  return { ...asking, promptEndedAt: asking.promptEndedAt === null ? null : asking.promptEndedAt + byMs };
}
