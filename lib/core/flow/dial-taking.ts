/** Between a target's answer and the talk: what it is told first, and whether it takes the call at all. */

import type { LegId } from '../call/leg.ts';
import type { DialComponent, Question } from '../configuration.ts';
import { type Asking, ask, askingDeadline, askingEvent, askingMoved } from './asking.ts';
import type { FlowEvent } from './flow-state.ts';
import { type FlowTurn, playTo } from './flow-turn.ts';

/** The keys of the target's leg are for this alone. */
export type Taking = { step: 'whisper'; playId: string } | { step: 'confirm'; asking: Asking };

/** `declined`: by another key, or by hanging up; `ignored`: nothing was pressed; `lost`: its leg, by no doing of its own. */
export type Taken = 'taken' | 'declined' | 'ignored' | 'lost';

/** @returns null: the call is taken by answering it */
export function beginTaking(turn: FlowTurn, dial: DialComponent, legId: LegId): Taking | null {
  if (dial.whisper !== null) return { step: 'whisper', playId: playTo(turn, legId, dial.whisper) };
  return dial.confirm === null ? null : confirming(turn, dial.confirm, legId);
}

function confirming(turn: FlowTurn, question: Question, legId: LegId): Taking {
  return { step: 'confirm', asking: ask(turn, { question, legId }) };
}

type Situation = { dial: DialComponent; legId: LegId; taking: Taking };

export function takingEvent(turn: FlowTurn, situation: Situation, event: FlowEvent): Taking | Taken {
  const { dial, legId, taking } = situation;
  const isTargets = event.type === 'leg' && event.event.legId === legId;
  if (isTargets && event.event.type === 'ended') return event.event.by === 'remote' ? 'declined' : 'lost';
  if (taking.step === 'whisper') return isTargets ? whisperEvent(turn, situation, event) : taking;
  if (dial.confirm === null) return 'taken';
  const after = askingEvent(turn, { question: dial.confirm, legId }, taking.asking, event);
  if (typeof after !== 'string') return { step: 'confirm', asking: after };
  if (after === 'yes') return 'taken';
  return after === 'other' ? 'declined' : 'ignored';
}

function whisperEvent(
  turn: FlowTurn,
  situation: Situation,
  event: Extract<FlowEvent, { type: 'leg' }>,
): Taking | Taken {
  const { dial, legId, taking } = situation;
  // Who knows what he is going to be asked need not hear it all.
  if (event.event.type === 'digit' && event.event.digit === dial.confirm?.key) {
    turn.effects.push({ type: 'stopPlay', legId });
    return 'taken';
  }
  const isOver = taking.step === 'whisper' && event.event.type === 'playEnded' && event.event.playId === taking.playId;
  if (!isOver) return taking;
  return dial.confirm === null ? 'taken' : confirming(turn, dial.confirm, legId);
}

/** Null: a prompt is being played. */
export function takingDeadline({ confirm }: DialComponent, taking: Taking): number | null {
  if (taking.step === 'whisper') return null;
  return confirm === null ? 0 : askingDeadline(confirm, taking.asking);
}

export function takingMoved(taking: Taking, byMs: number): Taking {
  return taking.step === 'whisper' ? taking : { ...taking, asking: askingMoved(taking.asking, byMs) };
}
