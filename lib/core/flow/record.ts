/**
 * The record component: a voice message. A prompt, a beep, and what the person says until he presses the terminator, falls
 * silent, has said enough, or hangs up: the message is kept then, too.
 */

import type { LegEvent } from '../call/leg.ts';
import type { RecordComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note, play } from './flow-turn.ts';
import { keepKey } from './key-entry.ts';
import { RECORDED_PROMPT, subjectOf } from './recorded-talk.ts';
import { withVariables } from './variables.ts';

type RecordPlace = Extract<Place, { type: 'record' }>;
type Recorded = Extract<LegEvent, { type: 'recorded' }>;

const BEEP = 'tone:beep';
/** The leg tells how a recording ended; where it never does, the person is not kept. */
const GRACE_MS = 5000;
/** Ends by which nothing, or only a part, was kept. */
const FAILURES: ReadonlySet<string> = new Set(['noMedia', 'storage', 'overrun']);

function enterRecord(turn: FlowTurn, record: RecordComponent): Move {
  const prompt = record.prompt ?? (record.consent ? null : RECORDED_PROMPT);
  if (prompt === null) beep(turn, record);
  else goTo(turn, { type: 'record', step: 'prompt', playId: play(turn, prompt), recordingId: null, since: 0 });
  return null;
}

function beep(turn: FlowTurn, record: RecordComponent): void {
  if (!record.beep) return start(turn, record);
  goTo(turn, { type: 'record', step: 'beep', playId: play(turn, BEEP), recordingId: null, since: 0 });
}

function start(turn: FlowTurn, record: RecordComponent): void {
  const recordingId = nextName(turn, 'recording');
  const { legId } = turn.host;
  const { maxLengthSeconds: maxSeconds, silenceSeconds } = record;
  const options = { what: 'person', maxSeconds, silenceSeconds } as const;
  turn.effects.push({ type: 'record', legId, recordingId, options, subject: subjectOf(turn, 'message', null) });
  note(turn, 'recording-began', { component: turn.state.component, recordingId });
  goTo(turn, { type: 'record', step: 'recording', playId: null, recordingId, since: turn.context.now });
}

function recordEvent(turn: FlowTurn, record: RecordComponent, place: RecordPlace, event: FlowEvent): Move {
  if (event.type === 'alarm') return alarm(turn, record, place);
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  switch (event.event.type) {
    case 'playEnded':
      if (event.event.playId !== place.playId) return null;
      if (place.step === 'prompt') beep(turn, record);
      else start(turn, record);
      return null;
    case 'digit':
      pressed(turn, record, place, event.event.digit);
      return null;
    case 'recorded':
      return event.event.recordingId === place.recordingId ? recorded(turn, record, place, event.event) : null;
    default:
      return null;
  }
}

/** Who knows the prompt skips it; who has said what he wanted to ends the recording. */
function pressed(turn: FlowTurn, record: RecordComponent, place: RecordPlace, digit: string): void {
  if (record.terminator === '' || digit !== record.terminator) {
    if (place.step === 'prompt') keepKey(turn, digit);
    return;
  }
  const { legId } = turn.host;
  if (place.step === 'recording') turn.effects.push({ type: 'stopRecord', legId });
  if (place.step !== 'prompt') return;
  turn.effects.push({ type: 'stopPlay', legId });
  beep(turn, record);
}

function recorded(turn: FlowTurn, record: RecordComponent, place: RecordPlace, event: Recorded): Move {
  const { component } = turn.state;
  const { recordingId, seconds, why } = event;
  const isKept = seconds > 0 && event.silent !== true;
  note(turn, 'recorded', { component, recordingId, seconds, why, kept: isKept });
  if (isKept) turn.state = withVariables(turn.state, { recording: recordingId }).state;
  // His leg tells that he is gone.
  if (why === 'hangup') {
    goTo(turn, { ...place, step: isKept ? 'kept' : 'nothing' });
    return null;
  }
  if (FAILURES.has(why)) return otherwise(turn, record, 'recording-failed');
  if (!isKept) return otherwise(turn, record, 'nothing-said');
  if (record.next === null) finish(turn, 'connected', 'flow-ended');
  return record.next;
}

function otherwise(turn: FlowTurn, record: RecordComponent, reason: string): Move {
  note(turn, reason, { component: turn.state.component, next: record.otherwise });
  const outcome = reason === 'nothing-said' ? 'abandoned' : 'failed';
  if (record.otherwise === null) finish(turn, outcome, reason);
  return record.otherwise;
}

/** Null: what is played has its own end. */
function recordDeadline(record: RecordComponent, { step, since }: RecordPlace): number | null {
  return step === 'recording' ? since + record.maxLengthSeconds * 1000 + GRACE_MS : null;
}

function alarm(turn: FlowTurn, record: RecordComponent, place: RecordPlace): Move {
  const deadline = recordDeadline(record, place);
  if (deadline === null || turn.context.now < deadline) return null;
  turn.effects.push({ type: 'stopRecord', legId: turn.host.legId });
  return otherwise(turn, record, 'recording-failed');
}

export const recordKind: StayingKind<RecordComponent, RecordPlace> = {
  needsMedia: true,
  enter: enterRecord,
  event: recordEvent,
  deadline: recordDeadline,
  moved: (place, byMs) => ({ ...place, since: place.since + byMs }),
  stopped: ({ step }, person) => (step === 'recording' ? [{ type: 'stopRecord', legId: person }] : []),
  legId: () => null,
  // Many people end a message so.
  hungUp: ({ step }) =>
    step === 'recording' || step === 'kept' ? { outcome: 'connected', reason: 'message-left' } : null,
};
