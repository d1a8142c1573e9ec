/** The menu component: a prompt, keys, and a choice. */

import type { MenuComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, goTo, type Move, note, own } from './flow-turn.ts';
import {
  ask,
  cutShort,
  entryDeadline,
  entryMoved,
  type Failure,
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

type MenuPlace = Extract<Place, { type: 'menu' }>;

function askMenu(turn: FlowTurn, menu: MenuComponent, failures: number): Move {
  goTo(turn, { type: 'menu', ...ask(turn, menu, failures) });
  return kept(turn, menu);
}

function menuEvent(turn: FlowTurn, menu: MenuComponent, place: MenuPlace, event: FlowEvent): Move {
  if (event.type === 'alarm') return alarm(turn, menu, place);
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit') return digitPressed(turn, menu, place, event.event.digit);
  const isPrompt = event.event.type === 'playEnded' && event.event.playId === place.playId;
  if (!isPrompt) return null;
  goTo(turn, promptOver(turn, place));
  return kept(turn, menu);
}

function digitPressed(turn: FlowTurn, menu: MenuComponent, place: MenuPlace, digit: string): Move {
  if (!isKey(digit)) return null;
  if (waitsForPrompt(menu, place)) {
    goTo(turn, withKept(place, digit));
    return null;
  }
  return take(turn, menu, cutShort(turn, place), digit);
}

function kept(turn: FlowTurn, menu: MenuComponent): Move {
  return takeKept<MenuPlace>(turn, {
    asks: (place) => (place.type === 'menu' ? place : null),
    take: (place, key) => take(turn, menu, place, key),
  });
}

/** A choice is taken as soon as no longer one can match. */
function take(turn: FlowTurn, menu: MenuComponent, place: MenuPlace, key: string): Move {
  const digits = place.digits + key;
  goTo(turn, { ...place, digits, lastDigitAt: turn.context.now });
  const isOpen = Object.keys(menu.choices).some((choice) => choice.length > digits.length && choice.startsWith(digits));
  if (isOpen && digits.length < menu.maxDigits) return null;
  return choose(turn, menu, { failures: place.failures, digits });
}

function choose(turn: FlowTurn, menu: MenuComponent, { failures, digits }: Pick<MenuPlace, 'failures' | 'digits'>) {
  turn.state = { ...turn.state, digits };
  const next = own(menu.choices, digits);
  if (next === null) return failed(turn, menu, failures, noSuchChoice(menu));
  note(turn, 'choice-taken', { component: turn.state.component, choice: digits, next });
  return next;
}

const noSuchChoice = (menu: MenuComponent): Failure => ({
  reason: 'no-such-choice',
  text: 'No such choice',
  exit: menu.invalid,
});

function failed(turn: FlowTurn, menu: MenuComponent, failures: number, failure: Failure): Move {
  const result = tryFailed(turn, menu, { ...failure, failures });
  return result === 'again' ? askMenu(turn, menu, failures + 1) : result.move;
}

function alarm(turn: FlowTurn, menu: MenuComponent, place: MenuPlace): Move {
  const deadline = entryDeadline(menu, place, turn.host);
  if (deadline === null || turn.context.now < deadline) return null;
  const { failures } = cutShort(turn, place);
  if (place.lastDigitAt === null) return failed(turn, menu, failures, noFirstDigit(menu.noInput));
  if (menu.onInterDigitTimeout === 'retry') return failed(turn, menu, failures, noFurtherDigit(menu.invalid));
  const leadsOn = menu.invalid !== null || menu.otherwise !== null || failures < menu.retries;
  const takes = menu.onInterDigitTimeout === 'take' && (leadsOn || own(menu.choices, place.digits) !== null);
  return takes ? choose(turn, menu, place) : interDigitTimeout(turn);
}

export const menuKind: StayingKind<MenuComponent, MenuPlace> = {
  needsMedia: true,
  enter: (turn, menu) => askMenu(turn, menu, 0),
  event: menuEvent,
  deadline: entryDeadline,
  moved: entryMoved,
  stopped: () => [],
  legId: () => null,
};
