/**
 * The menu component: a prompt, keys, two timers. The first-digit timer runs from the end of the prompt; the inter-digit
 * timer is started again by each key. Both derive from the place, so they are gone when it is left.
 */

import type { MenuComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, FlowHost, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, note, own, play } from './flow-turn.ts';

type MenuPlace = Extract<Place, { type: 'menu' }>;

const DEFAULT_INTER_DIGIT_SECONDS = 5;
/** Keys kept while a prompt that can't be interrupted is played. */
const MAX_KEPT_KEYS = 32;

function enterMenu(turn: FlowTurn, menu: MenuComponent): Move {
  const playId = play(turn, menu.prompt);
  goTo(turn, { type: 'menu', playId, promptEndedAt: null, digits: '', lastDigitAt: null });
  return null;
}

function menuEvent(turn: FlowTurn, menu: MenuComponent, place: MenuPlace, event: FlowEvent): Move {
  if (event.type === 'alarm') return alarm(turn, menu, place);
  if (event.type !== 'leg' || event.event.legId !== turn.host.legId) return null;
  if (event.event.type === 'digit') return digitPressed(turn, menu, place, event.event.digit);
  const isPrompt = event.event.type === 'playEnded' && event.event.playId === place.playId;
  return isPrompt ? promptEnded(turn, menu, place) : null;
}

function digitPressed(turn: FlowTurn, menu: MenuComponent, place: MenuPlace, digit: string): Move {
  if (!/^[0-9*#A-D]$/.test(digit)) return null;
  const now = turn.context.now;
  if (place.playId !== null && !menu.interruptible) {
    if (place.digits.length < MAX_KEPT_KEYS) goTo(turn, { ...place, digits: place.digits + digit });
    return null;
  }
  if (place.playId !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  const digits = place.digits + digit;
  goTo(turn, { ...place, playId: null, promptEndedAt: place.promptEndedAt ?? now, digits, lastDigitAt: now });
  return judge(turn, menu, digits);
}

/** The prompt is over, however: keys pressed meanwhile are looked at one by one, as if they came now. */
function promptEnded(turn: FlowTurn, menu: MenuComponent, place: MenuPlace): Move {
  const now = turn.context.now;
  const over: MenuPlace = { ...place, playId: null, promptEndedAt: now };
  goTo(turn, over);
  for (let length = 1; length <= place.digits.length; length += 1) {
    const digits = place.digits.slice(0, length);
    goTo(turn, { ...over, digits, lastDigitAt: now });
    const move = judge(turn, menu, digits);
    if (move !== null || turn.end !== null) return move;
  }
  return null;
}

/** A choice is taken as soon as no longer one can match. */
function judge(turn: FlowTurn, menu: MenuComponent, digits: string): Move {
  const isOpen = Object.keys(menu.choices).some((key) => key.length > digits.length && key.startsWith(digits));
  if (isOpen && digits.length < menu.maxDigits) return null;
  return take(turn, menu, digits);
}

function take(turn: FlowTurn, menu: MenuComponent, digits: string): Move {
  turn.state = { ...turn.state, digits };
  const next = own(menu.choices, digits);
  if (next !== null) {
    note(turn, 'choice-taken', { component: turn.state.component, choice: digits, next });
    return next;
  }
  return otherwise(turn, menu, 'no-such-choice', 'No such choice');
}

function otherwise(turn: FlowTurn, menu: MenuComponent, reason: string, text: string): Move {
  note(turn, reason, { component: turn.state.component, next: menu.otherwise });
  if (menu.otherwise === null) finish(turn, 'abandoned', reason, { cause: 16, text });
  return menu.otherwise;
}

function interDigitMs(menu: MenuComponent, host: FlowHost): number {
  return (menu.interDigitTimeoutSeconds ?? host.timeoutSeconds ?? DEFAULT_INTER_DIGIT_SECONDS) * 1000;
}

/** Null: the prompt is still being played. */
function menuDeadline(menu: MenuComponent, place: MenuPlace, host: FlowHost): number | null {
  if (place.promptEndedAt === null) return null;
  if (place.lastDigitAt !== null) return place.lastDigitAt + interDigitMs(menu, host);
  return place.promptEndedAt + menu.firstDigitTimeoutSeconds * 1000;
}

function alarm(turn: FlowTurn, menu: MenuComponent, place: MenuPlace): Move {
  const deadline = menuDeadline(menu, place, turn.host);
  if (deadline === null || turn.context.now < deadline) return null;
  if (place.lastDigitAt === null) return otherwise(turn, menu, 'first-digit-timeout', 'First-digit timeout');
  const takes = menu.onInterDigitTimeout === 'take';
  if (takes && (own(menu.choices, place.digits) !== null || menu.otherwise !== null)) {
    return take(turn, menu, place.digits);
  }
  note(turn, 'inter-digit-timeout', { component: turn.state.component, next: null });
  finish(turn, 'abandoned', 'inter-digit-timeout', { cause: 16, text: 'Inter-digit timeout' });
  return null;
}

const later = (at: number | null, byMs: number) => (at === null ? null : at + byMs);

export const menuKind: StayingKind<MenuComponent, MenuPlace> = {
  needsMedia: true,
  enter: enterMenu,
  event: menuEvent,
  deadline: menuDeadline,
  moved: (place, byMs) => ({
    ...place,
    promptEndedAt: later(place.promptEndedAt, byMs),
    lastDigitAt: later(place.lastDigitAt, byMs),
  }),
  stopped: () => [],
  legId: () => null,
};
