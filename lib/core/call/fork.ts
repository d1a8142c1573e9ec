/**
 * One extension, several contacts: all of the highest q ring at once, those of the next lower one when these have failed or
 * have rung for a while; the first answer wins and the others are told so. Several extensions ring likewise, each beginning
 * with its own highest q. To whoever dials it is one leg (`leg.ts`). RFC 3261 16.6 to 16.8, as far as they speak of a user agent.
 */

import type { HangupReason, LegEvent, LegId, LegResult } from './leg.ts';

/** After so long the contacts of the next q ring as well. */
export const NEXT_GROUP_MS = 10_000;

/** One contact. */
export interface ForkContact {
  /** Whose it is: what that person says at one phone holds for all phones of that person, and for nobody else's. Empty: nobody's. */
  extension: string;
  /** Any number: only which is higher counts, and that among the contacts of one extension. */
  q: number;
}

export interface ForkBranch {
  extension: string;
  /** How many q of the same extension are higher. */
  place: number;
  /** `stopping`: hung up, and its end is not known yet. */
  phase: 'waiting' | 'calling' | 'stopping' | 'over';
  /** Somebody is there. */
  heard: boolean;
  result: LegResult | null;
}

export interface Fork {
  legId: LegId;
  branches: ForkBranch[];
  winner: number | null;
  /** It was hung up, before any answer. */
  hungUp: HangupReason | null;
  dialled: boolean;
  /** When the next group joins in; null: there is none. */
  nextGroupAt: number | null;
  isOver: boolean;
}

export type ForkEvent =
  | { type: 'branch'; index: number; event: LegEvent }
  | { type: 'hangUp'; reason: HangupReason }
  | { type: 'alarm' };

export type ForkEffect =
  | { type: 'call'; index: number }
  | { type: 'stop'; index: number; why: 'elsewhere' | 'refused' | HangupReason }
  /** This branch is the leg from now on. */
  | { type: 'win'; index: number }
  | { type: 'tell'; event: LegEvent };

export interface ForkStep {
  fork: Fork;
  effects: ForkEffect[];
}

class Turn {
  readonly fork: Fork;
  readonly now: number;
  readonly effects: ForkEffect[] = [];

  constructor(fork: Fork, now: number) {
    this.fork = { ...fork, branches: fork.branches.map((branch) => ({ ...branch })) };
    this.now = now;
  }

  step(): ForkStep {
    return { fork: this.fork, effects: this.effects };
  }

  tell(event: LegEvent): void {
    this.effects.push({ type: 'tell', event });
  }

  /** The waiting branches that come first. */
  callNextGroup(): void {
    const { branches } = this.fork;
    const waiting = branches.filter(({ phase }) => phase === 'waiting');
    const place = Math.min(...waiting.map((branch) => branch.place));
    for (const [index, branch] of branches.entries()) {
      if (branch.phase !== 'waiting' || branch.place !== place) continue;
      branch.phase = 'calling';
      this.effects.push({ type: 'call', index });
    }
    const isMore = branches.some(({ phase }) => phase === 'waiting');
    this.fork.nextGroupAt = isMore ? this.now + NEXT_GROUP_MS : null;
  }

  stopAll(why: 'elsewhere' | HangupReason, except: number | null = null): void {
    this.fork.nextGroupAt = null;
    for (const index of this.fork.branches.keys()) if (index !== except) this.#stop(index, why);
  }

  /** A 6xx speaks for the person at all phones. */
  refusedBy(extension: string): void {
    for (const [index, branch] of this.fork.branches.entries())
      if (branch.extension === extension) this.#stop(index, 'refused');
    if (!this.fork.branches.some(({ phase }) => phase === 'waiting')) this.fork.nextGroupAt = null;
  }

  #stop(index: number, why: 'elsewhere' | 'refused' | HangupReason): void {
    const branch = this.fork.branches[index]!;
    if (branch.phase === 'waiting') branch.phase = 'over';
    if (branch.phase !== 'calling') return;
    branch.phase = 'stopping';
    this.effects.push({ type: 'stop', index, why });
  }

  /** Nobody has answered, and nobody will. */
  settleFailure(): void {
    const { fork } = this;
    const isOpen = ({ phase, heard }: ForkBranch) =>
      phase === 'calling' || (phase === 'stopping' && (heard || fork.hungUp !== null));
    if (fork.isOver || fork.winner !== null || fork.branches.some(isOpen)) return;
    if (fork.hungUp === null && fork.branches.some(({ phase }) => phase === 'waiting')) {
      this.callNextGroup();
      return;
    }
    fork.isOver = true;
    this.tell({ type: 'rejected', legId: fork.legId, result: resultOf(fork) });
  }
}

/** @param contacts at least one */
export function beginFork(legId: LegId, contacts: readonly ForkContact[], now: number): ForkStep {
  const branches = contacts.map(({ extension, q }): ForkBranch => {
    const higher = contacts.filter((other) => other.extension === extension && other.q > q);
    const place = new Set(higher.map((other) => other.q)).size;
    return { extension, place, phase: 'waiting', heard: false, result: null };
  });
  const empty = { winner: null, hungUp: null, dialled: false, nextGroupAt: null, isOver: false };
  const turn = new Turn({ legId, branches, ...empty }, now);
  turn.callNextGroup();
  return turn.step();
}

export function reduceFork(fork: Fork, event: ForkEvent, now: number): ForkStep {
  const turn = new Turn(fork, now);
  if (event.type === 'branch') branchEvent(turn, event.index, event.event);
  else if (event.type === 'hangUp') hangUp(turn, event.reason);
  else if (fork.nextGroupAt !== null && now >= fork.nextGroupAt) turn.callNextGroup();
  return turn.step();
}

function hangUp(turn: Turn, reason: HangupReason): void {
  if (turn.fork.isOver || turn.fork.winner !== null || turn.fork.hungUp !== null) return;
  turn.fork.hungUp = reason;
  turn.stopAll(reason);
  turn.settleFailure();
}

function branchEvent(turn: Turn, index: number, event: LegEvent): void {
  const { fork } = turn;
  const branch = fork.branches[index];
  if (branch === undefined || branch.phase === 'over') return;
  if (fork.winner === index) {
    if (event.type === 'rejected' || event.type === 'ended') {
      branch.phase = 'over';
      fork.isOver = true;
    }
    turn.tell(event);
    return;
  }
  const isQuiet = fork.winner !== null || fork.isOver || branch.phase !== 'calling';
  switch (event.type) {
    case 'dialled':
      if (!isQuiet && !fork.dialled) turn.tell(event);
      fork.dialled ||= !isQuiet;
      break;
    case 'trying':
    case 'ringing':
      branch.heard = true;
      if (!isQuiet) turn.tell(event);
      break;
    case 'answered':
      answered(turn, index, isQuiet);
      break;
    case 'rejected':
    case 'ended':
      branch.phase = 'over';
      branch.result = event.type === 'rejected' ? event.result : null;
      if (!isQuiet && branch.result !== null && branch.result.status >= 600) turn.refusedBy(branch.extension);
      turn.settleFailure();
      break;
  }
}

function answered(turn: Turn, index: number, isLate: boolean): void {
  if (isLate) {
    // Somebody else was faster by less than a message takes: nobody is left with silence.
    turn.fork.branches[index]!.phase = 'stopping';
    turn.effects.push({ type: 'stop', index, why: 'elsewhere' });
    return;
  }
  turn.fork.winner = index;
  turn.effects.push({ type: 'win', index });
  turn.stopAll('elsewhere', index);
  const { legId, branches } = turn.fork;
  const { extension } = branches[index]!;
  turn.tell({ type: 'answered', legId, ...(extension === '' ? {} : { extension }) });
}

const NOTHING: LegResult = {
  kind: 'notReachable',
  status: 0,
  phrase: '',
  q850Cause: null,
  location: null,
  text: 'no contact',
  retryAfterSeconds: null,
  rang: false,
};

function resultOf({ branches, hungUp }: Fork): LegResult {
  const results = branches.flatMap(({ result }) => result ?? []);
  const rang = results.some((result) => result.rang);
  if (hungUp !== null) return { ...NOTHING, kind: 'cancelled', text: hungUp.text, rang };
  const isRefusal = ({ result }: ForkBranch) => result !== null && result.status >= 600;
  const refusing = new Set(branches.filter(isRefusal).map(({ extension }) => extension));
  // Those that were stopped for a 6xx have nothing of their own to say
  const spoken = branches.filter((branch) => !refusing.has(branch.extension) || isRefusal(branch));
  return { ...bestFailure(spoken.flatMap(({ result }) => result ?? [])), rang };
}

/** The most telling first: the person's own word, then what a phone said, then what the network did. */
const TELLING = [486, 480, 403, 404];

/**
 * RFC 3261 16.7 step 6: a 6xx, else one of the lowest class; what never got a response is the last choice. Within a class
 * that of a phone where somebody is (busy) beats that of one where nobody is.
 */
export function bestFailure(results: readonly LegResult[]): LegResult {
  const rank = ({ kind, status }: LegResult): number => {
    if (kind !== 'final') return kind === 'media' ? 50_000 : 100_000;
    if (status >= 600) return 0;
    const place = TELLING.indexOf(status);
    return Math.floor(status / 100) * 1000 + (place < 0 ? 100 : place);
  };
  return results.reduce((best, one) => (rank(one) < rank(best) ? one : best), results[0] ?? NOTHING);
}
