/**
 * Asking for keys: a prompt, and two timers. The first-digit timer runs from the end of the prompt or from its start, the
 * inter-digit timer is started again by each key. Both derive from the place, so they are gone when it is left.
 */

import type { KeyTimers, Stay } from '../configuration.ts';
import type { FlowHost, KeyEntry, Place } from './flow-state.ts';
import { type FlowTurn, finish, type Move, note, play } from './flow-turn.ts';

const DEFAULT_INTER_DIGIT_SECONDS = 5;
/** Keys kept while nobody takes them. */
const MOST_KEPT_KEYS = 32;

const KEY = /^[0-9*#A-D]$/;

export function isKey(digit: string): boolean {
  return KEY.test(digit);
}

/** A key came while nobody asks for one. */
export function keepKey(turn: FlowTurn, digit: string): void {
  const { ahead } = turn.state;
  if (!isKey(digit) || ahead.length >= MOST_KEPT_KEYS) return;
  turn.state = { ...turn.state, ahead: ahead + digit };
}

export function forgetKeys(turn: FlowTurn): void {
  if (turn.state.ahead !== '') turn.state = { ...turn.state, ahead: '' };
}

/** The first of the keys that are kept; null: there is none. */
function nextKept(turn: FlowTurn): string | null {
  const { ahead } = turn.state;
  if (ahead === '') return null;
  turn.state = { ...turn.state, ahead: ahead.slice(1) };
  return ahead.charAt(0);
}

/**
 * Keys that were pressed before are taken one by one, as long as they are asked for. While a prompt is played that no key
 * cuts they are in the place; what is left when it is left is for what follows.
 * @param asks the place, if it still asks for keys
 */
export function takeKept<P extends Place & KeyEntry>(
  turn: FlowTurn,
  { asks, take }: { asks(place: Place): P | null; take(place: P, key: string): Move },
): Move {
  for (let place = asks(turn.state.place); place !== null && place.playId === null; place = asks(turn.state.place)) {
    const key = nextKept(turn);
    if (key === null) return null;
    const move = take(place, key);
    if (move !== null || turn.end !== null) return move;
  }
  return null;
}

/** Asks, and begins to wait. Keys that are there already cut the prompt before it begins; they are still to be taken. */
export function ask(turn: FlowTurn, component: KeyTimers, failures: number): KeyEntry {
  const { now } = turn.context;
  if (!component.typeAhead) forgetKeys(turn);
  const entry = { promptStartedAt: now, promptEndedAt: null, digits: '', lastDigitAt: null, failures };
  if (turn.state.ahead !== '' && component.interruptible) return { ...entry, playId: null, promptEndedAt: now };
  const prompt = failures === 0 ? component.prompt : (component.retryPrompt ?? component.prompt);
  const playId = play(turn, prompt);
  const { ahead: digits } = turn.state;
  forgetKeys(turn);
  return { ...entry, playId, digits };
}

/** Not now: a prompt is played that no key cuts. */
export function waitsForPrompt(component: KeyTimers, entry: KeyEntry): boolean {
  return entry.playId !== null && !component.interruptible;
}

export function withKept<E extends KeyEntry>(entry: E, digit: string): E {
  return entry.digits.length < MOST_KEPT_KEYS ? { ...entry, digits: entry.digits + digit } : entry;
}

/** A key counts: what is played ends. */
export function cutShort<E extends KeyEntry>(turn: FlowTurn, entry: E): E {
  if (entry.playId !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  return { ...entry, playId: null, promptEndedAt: entry.promptEndedAt ?? turn.context.now };
}

/** The prompt is over, however: keys pressed meanwhile are still to be taken, as if they came now. */
export function promptOver<E extends KeyEntry>(turn: FlowTurn, entry: E): E {
  turn.state = { ...turn.state, ahead: entry.digits };
  return { ...entry, playId: null, promptEndedAt: turn.context.now, digits: '' };
}

/** Null: no timer runs, as the prompt is still being played. */
export function entryDeadline(component: KeyTimers, entry: KeyEntry, host: FlowHost): number | null {
  if (entry.lastDigitAt !== null) {
    const { interDigitTimeoutSeconds } = component;
    return entry.lastDigitAt + (interDigitTimeoutSeconds ?? host.timeoutSeconds ?? DEFAULT_INTER_DIGIT_SECONDS) * 1000;
  }
  // Keys are there, and taken when the prompt is over.
  if (entry.digits !== '' && entry.playId !== null) return null;
  const from = component.firstDigitTimerFrom === 'promptStart' ? entry.promptStartedAt : entry.promptEndedAt;
  return from === null ? null : from + component.firstDigitTimeoutSeconds * 1000;
}

const later = (at: number | null, byMs: number) => (at === null ? null : at + byMs);

/** The wall clock was set by so much. */
export function entryMoved<E extends KeyEntry>(entry: E, byMs: number): E {
  return {
    ...entry,
    promptStartedAt: entry.promptStartedAt + byMs,
    promptEndedAt: later(entry.promptEndedAt, byMs),
    lastDigitAt: later(entry.lastDigitAt, byMs),
  };
}

export interface Failure {
  /** Low-cardinality word. */
  reason: string;
  /** Of the BYE, where it ends the call. */
  text: string;
  exit: string | null;
}

export const noFirstDigit = (exit: string | null): Failure => ({
  reason: 'first-digit-timeout',
  text: 'First-digit timeout',
  exit,
});

export const noFurtherDigit = (exit: string | null): Failure => ({
  reason: 'inter-digit-timeout',
  text: 'Inter-digit timeout',
  exit,
});

/** A try came to nothing. @returns `again`: it is to be asked again; else where the call goes on */
export function tryFailed(
  turn: FlowTurn,
  component: KeyTimers & Stay,
  { failures, reason, text, exit }: Failure & { failures: number },
): 'again' | { move: Move } {
  forgetKeys(turn);
  const { component: name } = turn.state;
  if (failures < component.retries) {
    note(turn, 'asked-again', { component: name, why: reason, retry: failures + 1, of: component.retries });
    return 'again';
  }
  const next = exit ?? component.otherwise;
  note(turn, reason, { component: name, next });
  if (next === null) finish(turn, 'abandoned', reason, { cause: 16, text });
  return { move: next };
}

export function interDigitTimeout(turn: FlowTurn): Move {
  note(turn, 'inter-digit-timeout', { component: turn.state.component, next: null });
  finish(turn, 'abandoned', 'inter-digit-timeout', { cause: 16, text: 'Inter-digit timeout' });
  return null;
}
