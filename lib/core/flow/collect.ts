/** The collect component: digits of any number within bounds, read back where that is wanted, and kept under a name. */

import type { CollectComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, FlowHost, Place } from './flow-state.ts';
import { type FlowTurn, goOn, goTo, type Move, note, play } from './flow-turn.ts';
import {
  ask,
  cutShort,
  entryDeadline,
  entryMoved,
  type Failure,
  forgetKeys,
  interDigitTimeout,
  isKey,
  noFirstDigit,
  noFurtherDigit,
  promptOver,
  takeKept,
  tryFailed,
  waitsForPrompt,
  withKept,
} from './key-entry.ts';
import { withVariables } from './variables.ts';

type CollectPlace = Extract<Place, { type: 'collect' }>;

/** So long after the last digit of a number that is complete its terminator still belongs to it. */
const TRAILING_MS = 2000;

function askCollect(turn: FlowTurn, collect: CollectComponent, failures: number): Move {
  goTo(turn, { type: 'collect', phase: 'asking', ...ask(turn, collect, failures) });
  return kept(turn, collect);
}

function collectEvent(turn: FlowTurn, collect: CollectComponent, place: CollectPlace, event: FlowEvent): Move {
  if (event.type === 'alarm') return alarm(turn, collect, place);
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit') return digitPressed(turn, collect, place, event.event.digit);
  const isPrompt = event.event.type === 'playEnded' && event.event.playId === place.playId;
  return isPrompt ? promptEnded(turn, collect, place) : null;
}

function promptEnded(turn: FlowTurn, collect: CollectComponent, place: CollectPlace): Move {
  if (place.phase === 'readBack') {
    goTo(turn, { ...place, playId: null, promptEndedAt: turn.context.now });
    return null;
  }
  goTo(turn, promptOver(turn, place));
  return kept(turn, collect);
}

function digitPressed(turn: FlowTurn, collect: CollectComponent, place: CollectPlace, digit: string): Move {
  if (!isKey(digit)) return null;
  if (place.phase === 'readBack') return answered(turn, collect, place, digit);
  if (waitsForPrompt(collect, place)) {
    goTo(turn, withKept(place, digit));
    return null;
  }
  return take(turn, collect, cutShort(turn, place), digit);
}

function kept(turn: FlowTurn, collect: CollectComponent): Move {
  return takeKept<CollectPlace>(turn, {
    asks: (place) => (place.type === 'collect' && place.phase === 'asking' ? place : null),
    take: (place, key) => take(turn, collect, place, key),
  });
}

function take(turn: FlowTurn, collect: CollectComponent, place: CollectPlace, key: string): Move {
  if (key === collect.terminator) return ended(turn, collect, place);
  const digits = place.digits + key;
  const next: CollectPlace = { ...place, digits, lastDigitAt: turn.context.now };
  goTo(turn, next);
  if (digits.length < collect.max) return null;
  expectTerminator(turn, collect.terminator);
  return complete(turn, collect, next);
}

/** Who is used to ending a number by a key does so here too. */
function expectTerminator(turn: FlowTurn, key: string): void {
  const { ahead } = turn.state;
  if (key === '') return;
  if (ahead.startsWith(key)) turn.state = { ...turn.state, ahead: ahead.slice(1) };
  else if (ahead === '') turn.state = { ...turn.state, trailing: { key, until: turn.context.now + TRAILING_MS } };
}

/** No more digits come. */
function ended(turn: FlowTurn, collect: CollectComponent, place: CollectPlace): Move {
  if (place.digits.length >= collect.min) return complete(turn, collect, place);
  return failed(turn, collect, place, { reason: 'too-few-digits', text: 'Too few digits', exit: collect.invalid });
}

function complete(turn: FlowTurn, collect: CollectComponent, place: CollectPlace): Move {
  if (collect.readBack === null) return accept(turn, collect, place);
  return readBack(turn, collect.readBack, place);
}

/** Nobody can have confirmed what he has not heard yet. */
function readBack(turn: FlowTurn, said: NonNullable<CollectComponent['readBack']>, place: CollectPlace): Move {
  forgetKeys(turn);
  const playId = play(turn, `${said.prompt}&digits:${place.digits}&${said.confirmPrompt}`);
  const promptStartedAt = turn.context.now;
  goTo(turn, { ...place, phase: 'readBack', playId, promptStartedAt, promptEndedAt: null, lastDigitAt: null });
  return null;
}

function answered(turn: FlowTurn, collect: CollectComponent, place: CollectPlace, key: string): Move {
  if (key !== collect.readBack?.confirm && key !== collect.readBack?.again) return null;
  const cut = cutShort(turn, place);
  if (key === collect.readBack.confirm) return accept(turn, collect, cut);
  return failed(turn, collect, cut, { reason: 'not-confirmed', text: 'Not confirmed', exit: collect.invalid });
}

function accept(turn: FlowTurn, collect: CollectComponent, { digits }: CollectPlace): Move {
  const { variable, secret } = collect;
  const { state, refused } = withVariables(turn.state, { [variable]: digits }, { secret });
  turn.state = state;
  const { component } = state;
  if (refused.length > 0) note(turn, 'variables-refused', { component, variables: refused.join(', ') });
  note(turn, 'collected', { component, variable, digits: digits.length });
  return goOn(turn, collect.next, collect);
}

function failed(turn: FlowTurn, collect: CollectComponent, { failures }: CollectPlace, failure: Failure): Move {
  const result = tryFailed(turn, collect, { ...failure, failures });
  return result === 'again' ? askCollect(turn, collect, failures + 1) : result.move;
}

/** Who does not answer when his digits are read back hears them again. */
function collectDeadline(collect: CollectComponent, place: CollectPlace, host: FlowHost): number | null {
  if (place.phase === 'asking') return entryDeadline(collect, place, host);
  return place.promptEndedAt === null ? null : place.promptEndedAt + collect.firstDigitTimeoutSeconds * 1000;
}

function alarm(turn: FlowTurn, collect: CollectComponent, place: CollectPlace): Move {
  const deadline = collectDeadline(collect, place, turn.host);
  if (deadline === null || turn.context.now < deadline) return null;
  const cut = cutShort(turn, place);
  if (place.phase === 'readBack') return unanswered(turn, collect, cut);
  if (place.lastDigitAt === null) return failed(turn, collect, cut, noFirstDigit(collect.noInput));
  if (collect.onInterDigitTimeout === 'disconnect') return interDigitTimeout(turn);
  if (collect.onInterDigitTimeout === 'take') return ended(turn, collect, cut);
  return failed(turn, collect, cut, noFurtherDigit(collect.invalid));
}

function unanswered(turn: FlowTurn, collect: CollectComponent, place: CollectPlace): Move {
  const result = tryFailed(turn, collect, { ...noFirstDigit(collect.noInput), failures: place.failures });
  if (result !== 'again') return result.move;
  if (collect.readBack === null) return askCollect(turn, collect, place.failures + 1);
  return readBack(turn, collect.readBack, { ...place, failures: place.failures + 1 });
}

export const collectKind: StayingKind<CollectComponent, CollectPlace> = {
  needsMedia: true,
  enter: (turn, collect) => askCollect(turn, collect, 0),
  event: collectEvent,
  deadline: collectDeadline,
  moved: entryMoved,
  stopped: () => [],
  legId: () => null,
};
