/** The recording of a talk: the two are told of it first, unless it is known that they agree; then it goes with the bridge. */

import type { LegEvent, LegId } from '../call/leg.ts';
import type { RecordingSubject } from '../call/recording.ts';
import type { DialComponent, TalkRecording } from '../configuration.ts';
import type { FlowEvent } from './flow-state.ts';
import { type FlowTurn, nextName, note, playTo } from './flow-turn.ts';

/** Who is recorded hears it, unless he is told in other words, or it is known that he agrees. */
export const RECORDED_PROMPT = 'recorded';
/** An announcement that never ends keeps nobody from talking. */
const LONGEST_ANNOUNCEMENT_MS = 20_000;

export function subjectOf(turn: FlowTurn, kind: RecordingSubject['kind'], otherLegId: LegId | null): RecordingSubject {
  const { host, state } = turn;
  return {
    kind,
    callbackId: host.callbackId,
    attemptId: host.attempt?.id ?? null,
    otherLegId,
    caller: host.call.caller,
    inboundNumber: host.call.inboundNumber,
    flow: state.flow,
    component: state.component,
  };
}

/** Null: the talk is not recorded. */
export function talkRecordingOf(turn: FlowTurn, dial: DialComponent): TalkRecording | null {
  if (dial.record === null) return turn.host.record;
  return dial.record ? { consent: dial.consent } : null;
}

/** What both sides are being told. */
export interface Announcing {
  since: number;
  /** Those that are not over. */
  plays: ReadonlyArray<{ legId: LegId; playId: string }>;
}

/** Null: nothing has to be said before the bridge. */
export function beginAnnouncing(turn: FlowTurn, dial: DialComponent, target: LegId): Announcing | null {
  const recording = talkRecordingOf(turn, dial);
  if (recording === null || recording.consent) return null;
  const plays = [turn.host.legId, target].map((legId) => ({ legId, playId: playTo(turn, legId, RECORDED_PROMPT) }));
  note(turn, 'recording-announced', { component: turn.state.component, legId: target });
  return { since: turn.context.now, plays };
}

export function announcingEndsAt({ since }: Announcing): number {
  return since + LONGEST_ANNOUNCEMENT_MS;
}

/** @returns `told`: both have heard it; `untold`: one of them has not: the talk is not recorded; `gone`: nobody is there to talk to */
export function announced(
  announcing: Announcing,
  event: FlowEvent,
  { target, now }: { target: LegId; now: number },
): Announcing | 'told' | 'untold' | 'gone' {
  if (event.type === 'alarm') return now < announcingEndsAt(announcing) ? announcing : 'untold';
  if (event.type !== 'leg') return announcing;
  const { event: leg } = event;
  if (leg.legId === target && (leg.type === 'ended' || leg.type === 'rejected')) return 'gone';
  const isOurs = ({ legId, playId }: Announcing['plays'][number]) =>
    leg.type === 'playEnded' && leg.legId === legId && leg.playId === playId;
  if (leg.type !== 'playEnded' || !announcing.plays.some(isOurs)) return announcing;
  if (leg.result !== 'played') return 'untold';
  const plays = announcing.plays.filter((play) => !isOurs(play));
  return plays.length === 0 ? 'told' : { ...announcing, plays };
}

/** The two are bridged: from now on both are recorded, the person on the left. */
export function beginTalkRecording(turn: FlowTurn, target: LegId): string {
  const recordingId = nextName(turn, 'recording');
  const { legId } = turn.host;
  const options = { what: 'stereo', maxSeconds: null, silenceSeconds: null } as const;
  turn.effects.push({ type: 'record', legId, recordingId, options, subject: subjectOf(turn, 'talk', target) });
  note(turn, 'recording-began', { component: turn.state.component, recordingId, legId: target });
  return recordingId;
}

/** Whoever comes into the talk from here on has not been told. */
export function talkRecordingStopped(turn: FlowTurn, recordingId: string | null): void {
  if (recordingId === null) return;
  turn.effects.push({ type: 'stopRecord', legId: turn.host.legId });
  note(turn, 'recording-stopped', { component: turn.state.component, recordingId });
}

export function talkRecorded(turn: FlowTurn, event: LegEvent & { type: 'recorded' }): void {
  const { recordingId, seconds, why } = event;
  note(turn, 'recorded', { component: turn.state.component, recordingId, seconds, why });
}
