/**
 * The screen component: whether it is a person who has answered, and the one who was meant. A machine may be listened for
 * first, as Asterisk does; a key is the surer sign and beats it. On a machine a message may be left after its tone.
 */

import { AMD_STANDARD } from '../call/detection.ts';
import type { ScreenComponent } from '../configuration.ts';
import { type Asking, ask, askingDeadline, askingEvent, askingMoved } from './asking.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note, play } from './flow-turn.ts';
import { isKey } from './key-entry.ts';

type ScreenPlace = Extract<Place, { type: 'screen' }>;

export type ScreenStage =
  /** For a machine. */
  | { type: 'listening'; detectId: string; since: number }
  | { type: 'asking'; asking: Asking }
  /** It is a machine, and its tone is waited for. */
  | { type: 'tone'; detectId: string; since: number }
  | { type: 'message'; playId: string };

/** Whoever listens tells by then; later than this nothing is found out. */
const GRACE_MS = 1_000;

function goToStage(turn: FlowTurn, stage: ScreenStage): null {
  goTo(turn, { type: 'screen', stage });
  return null;
}

function enterScreen(turn: FlowTurn, screen: ScreenComponent): Move {
  const { amd } = screen;
  if (amd === null) return beginAsking(turn, screen);
  const { legId } = turn.host;
  const detectId = nextName(turn, 'detect');
  turn.effects.push({ type: 'detect', legId, detectId, detection: { what: 'human', settings: amd } });
  return goToStage(turn, { type: 'listening', detectId, since: turn.context.now });
}

function beginAsking(turn: FlowTurn, screen: ScreenComponent, otherKey = false): Move {
  const asking = ask(turn, { question: screen, legId: turn.host.legId }, otherKey);
  return goToStage(turn, { type: 'asking', asking });
}

function screenEvent(turn: FlowTurn, screen: ScreenComponent, { stage }: ScreenPlace, event: FlowEvent): Move {
  switch (stage.type) {
    case 'listening':
      return whileListening(turn, screen, stage, event);
    case 'asking':
      return whileAsking(turn, screen, stage.asking, event);
    case 'tone':
      return whileWaitingForTone(turn, screen, stage, event);
    case 'message':
      return whileLeavingMessage(turn, screen, stage, event);
  }
}

type Listening = Extract<ScreenStage, { type: 'listening' }>;

function whileListening(turn: FlowTurn, screen: ScreenComponent, stage: Listening, event: FlowEvent): Move {
  if (event.type === 'alarm') {
    if (turn.context.now < listensUntil(screen, stage)) return null;
    turn.effects.push({ type: 'stopDetect', legId: turn.host.legId });
    return beginAsking(turn, screen);
  }
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit' && isKey(event.event.digit)) {
    // Whoever presses a key is a person.
    turn.effects.push({ type: 'stopDetect', legId: turn.host.legId });
    return event.event.digit === screen.key ? passed(turn, screen) : beginAsking(turn, screen, true);
  }
  if (event.event.type !== 'detected' || event.event.detectId !== stage.detectId) return null;
  const { result, cause } = event.event;
  note(turn, 'screened', { component: turn.state.component, result, cause });
  return result === 'machine' ? onMachine(turn, screen) : beginAsking(turn, screen);
}

function whileAsking(turn: FlowTurn, screen: ScreenComponent, asking: Asking, event: FlowEvent): Move {
  const after = askingEvent(turn, { question: screen, legId: turn.host.legId }, asking, event);
  if (typeof after !== 'string') return goToStage(turn, { type: 'asking', asking: after });
  if (after === 'yes') return passed(turn, screen);
  const isDeclined = after === 'other';
  const next = (isDeclined ? screen.declined : null) ?? screen.otherwise;
  note(turn, isDeclined ? 'screen-declined' : 'screen-silent', { component: turn.state.component, next });
  if (next === null && isDeclined) finish(turn, 'rejected', 'screen-declined', { cause: 16, text: 'Declined' });
  if (next === null && !isDeclined) finish(turn, 'abandoned', 'screen-silent', { cause: 16, text: 'No key pressed' });
  return next;
}

function passed(turn: FlowTurn, { next }: ScreenComponent): Move {
  note(turn, 'screen-passed', { component: turn.state.component, next });
  if (next === null) finish(turn, 'connected', 'flow-ended');
  return next;
}

function onMachine(turn: FlowTurn, screen: ScreenComponent): Move {
  const { message } = screen;
  if (message === null) return leaveMachine(turn, screen);
  const { legId } = turn.host;
  const detectId = nextName(turn, 'detect');
  const settings = { within: message.beepSeconds * 1000 };
  turn.effects.push({ type: 'detect', legId, detectId, detection: { what: 'beep', settings } });
  return goToStage(turn, { type: 'tone', detectId, since: turn.context.now });
}

type Tone = Extract<ScreenStage, { type: 'tone' }>;

/** Machines without a tone record, too: the message is left in any case. */
function whileWaitingForTone(turn: FlowTurn, screen: ScreenComponent, stage: Tone, event: FlowEvent): Move {
  if (event.type === 'alarm') {
    if (turn.context.now < toneBy(screen, stage)) return null;
    turn.effects.push({ type: 'stopDetect', legId: turn.host.legId });
    return leaveMessage(turn, screen);
  }
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit' && event.event.digit === screen.key) {
    turn.effects.push({ type: 'stopDetect', legId: turn.host.legId });
    return passed(turn, screen);
  }
  const isHeard = event.event.type === 'detected' && event.event.detectId === stage.detectId;
  return isHeard ? leaveMessage(turn, screen) : null;
}

function leaveMessage(turn: FlowTurn, screen: ScreenComponent): Move {
  if (screen.message === null) return leaveMachine(turn, screen);
  note(turn, 'message-begun', { component: turn.state.component });
  return goToStage(turn, { type: 'message', playId: play(turn, screen.message.prompt) });
}

type Message = Extract<ScreenStage, { type: 'message' }>;

function whileLeavingMessage(turn: FlowTurn, screen: ScreenComponent, stage: Message, event: FlowEvent): Move {
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit' && event.event.digit === screen.key) {
    turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
    return passed(turn, screen);
  }
  const isOver = event.event.type === 'playEnded' && event.event.playId === stage.playId;
  if (!isOver) return null;
  note(turn, 'message-left', { component: turn.state.component });
  return leaveMachine(turn, screen);
}

function leaveMachine(turn: FlowTurn, { machine }: ScreenComponent): Move {
  note(turn, 'machine-answered', { component: turn.state.component, next: machine });
  if (machine === null) finish(turn, 'machine', 'machine', { cause: 16, text: 'A machine answered' });
  return machine;
}

function listensUntil({ amd }: ScreenComponent, { since }: Listening): number {
  return since + (amd ?? AMD_STANDARD).totalAnalysisTime + GRACE_MS;
}

function toneBy({ message }: ScreenComponent, { since }: Tone): number {
  return since + (message?.beepSeconds ?? 0) * 1000 + GRACE_MS;
}

function deadline(screen: ScreenComponent, { stage }: ScreenPlace): number | null {
  switch (stage.type) {
    case 'listening':
      return listensUntil(screen, stage);
    case 'asking':
      return askingDeadline(screen, stage.asking);
    case 'tone':
      return toneBy(screen, stage);
    case 'message':
      return null;
  }
}

function stageMoved(stage: ScreenStage, byMs: number): ScreenStage {
  if (stage.type === 'asking') return { ...stage, asking: askingMoved(stage.asking, byMs) };
  return stage.type === 'message' ? stage : { ...stage, since: stage.since + byMs };
}

export const screenKind: StayingKind<ScreenComponent, ScreenPlace> = {
  needsMedia: true,
  enter: enterScreen,
  event: screenEvent,
  deadline,
  moved: ({ type, stage }, byMs) => ({ type, stage: stageMoved(stage, byMs) }),
  // Whatever comes after it does not listen any more.
  stopped: ({ stage }, legId) =>
    stage.type === 'listening' || stage.type === 'tone' ? [{ type: 'stopDetect', legId }] : [],
  legId: () => null,
  // It was a machine, whoever of the two has hung up.
  hungUp: ({ stage }) =>
    stage.type === 'tone' || stage.type === 'message' ? { outcome: 'machine', reason: 'machine' } : null,
};
