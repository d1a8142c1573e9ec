/** What must never happen, looked at from outside: by what the network saw, and by what the store holds. */

import type { DialRequest } from '../../../lib/core/call/dial-request.ts';
import type { HangupReason } from '../../../lib/core/call/leg.ts';
import type { AttemptRecord, Callback } from '../../../lib/core/callback/callback.ts';
import type { CallbackEvent, Step } from '../../../lib/core/callback/event.ts';
import { laneOf } from '../../../lib/core/trunk/line-state.ts';
import type { Lanes } from './lanes.ts';
import type { Invite } from './network.ts';
import type { World } from './world.ts';

export class Violation extends Error {}

function must(isSo: boolean, guarantee: string, detail: unknown = ''): asserts isSo {
  if (!isSo) throw new Violation(`${guarantee} ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
}

/** The latest event, a few failed saves, a round trip. */
const LATEST_MS = 10_000;

/** `calls.transfers.ringTimeoutSeconds`. */
const TRANSFER_MS = 30_000;

const TALKING: ReadonlySet<string> = new Set(['answered', 'connecting', 'connected']);

/** Reasons in the ledger of attempts that do not count. */
const TAKEN_BACK = new Set(['called-again', 'rescheduled', 'shutdown', 'restart']);

/** What an INVITE says; when it leaves is not part of it. */
const textOf = ({ notBefore, ...said }: DialRequest): string => JSON.stringify(said);

export class Oracle {
  readonly #world: World;
  /** World time before which the person must not be dialled; null: an operator or the clock said otherwise. */
  #notBefore: number | null = null;
  /** The caller has been promised nothing, and no crash left it open whether he was. */
  #isUnpromised = false;
  #wasReopened = false;
  #everAnswered = false;
  /** The person answered and has not been promised another call since. */
  #wasReached = false;
  /** INVITEs that were given up for silence while the next one was tried. */
  readonly #givenUp = new Set<string>();
  readonly #heard = new Set<string>();
  /** He has talked to a target since he was dialled last. */
  #hasTalked = false;
  #bridges: Array<[Invite, Invite]> = [];
  /** Legs that have begun to hand the person over. */
  readonly #transferors = new Set<string>();
  readonly #dialled = new Map<string, { request: string; mayRepeat: boolean }>();
  /** The leg by attempt, trunk and caller ID. */
  readonly #shown = new Map<string, string>();
  /** World time of the last promise that the application knew of. */
  #promisedTime = 0;
  #doneTime = 0;
  #lastCalledAgain = 0;
  #isSuppressed = false;

  constructor(world: World) {
    this.#world = world;
  }

  get #isTimeless(): boolean {
    const { reschedules, retries } = this.#world.scenario;
    return this.#hasLostCount || reschedules.length + retries.length > 0;
  }

  /** The clock was set, and a process began that does not know how far: stored instants are all that it has. */
  get #hasLostCount(): boolean {
    const { clockSteps, crashChance, drainAt } = this.#world.scenario;
    return clockSteps.length > 0 && (crashChance > 0 || drainAt !== null);
  }

  /** World time of an instant of the wall clock as it stands. */
  #timeOf(wall: number): number {
    const { agenda } = this.#world;
    return agenda.time - (agenda.wall() - wall);
  }

  /** An unanswered call of his is here. */
  firstCall(): void {
    this.#isUnpromised = true;
  }

  /** The rejection with the promise left. */
  promised(wall: number): void {
    this.#isUnpromised = false;
    this.#notBefore ??= this.#timeOf(wall) + this.#world.scenario.terms.delaySeconds * 1000;
  }

  /** The application took one event in. */
  step(before: Callback, event: CallbackEvent, step: Step, now: number): void {
    const after = step.callback;
    const { attempts } = after.plan.terms.retry;
    must(after.attempts <= attempts, 'attempts never exceed the policy', { used: after.attempts, attempts });
    must((after.state === 'done') === (after.outcome !== null), 'done has an outcome, nothing else has');
    if (event.type === 'leg' && (event.event.type === 'trying' || event.event.type === 'ringing')) {
      this.#heard.add(event.event.legId);
    }
    if (before.state === 'done' && after.state !== 'done') {
      this.#wasReopened = true;
      this.#wasReached = false;
    }
    if (after.state === 'scheduled') this.#hasTalked = false;
    if (before.state === 'dialing' && TALKING.has(after.state)) this.#wasReached = true;
    if (after.state === 'done' && before.state !== 'done') {
      const isEarly = after.outcome === 'expired' && now < before.expiresAt;
      must(!isEarly, 'nothing expires early', { now, expiresAt: before.expiresAt });
      this.#ended(after);
    }
    if (event.type === 'calledAgain') this.#calledAgain(before, event.at);
    for (const effect of step.effects) {
      if (effect.type !== 'dial' || effect.request.likeLeg !== null) continue;
      must(now < before.expiresAt, 'nobody is dialled at or after the expiry', { now, expiresAt: before.expiresAt });
      this.#withinHours(after, event, Math.max(now, effect.request.notBefore ?? 0));
    }
  }

  #ended(after: Callback): void {
    this.#doneTime = this.#world.agenda.time;
    must(after.reason !== null && after.doneAt !== null && after.attempt === null, 'the end is complete', after);
    must(after.outcome !== 'connected' || this.#everAnswered, 'connected: the person answered');
    const isOtherwise = after.outcome === 'cancelled' || after.reason === 'talk-too-short';
    const isConnected = after.outcome === 'connected' || isOtherwise;
    must(!this.#hasTalked || isConnected, 'whoever has talked to a target was connected', after);
  }

  #calledAgain(before: Callback, at: number): void {
    if (at <= this.#lastCalledAgain) return;
    this.#lastCalledAgain = at;
    // One that was given before the one that is known, and is heard late, adds nothing to it.
    if (before.promisedAt === null || at > before.promisedAt) this.#promisedTime = this.#world.agenda.time;
    const attempt = before.attempt;
    if (before.state !== 'dialing' || attempt === null || at < attempt.plannedAt) return;
    if (before.promisedAt !== null && at <= before.promisedAt) return;
    // It is not his phone that rings.
    if (before.plan.terms.method === 'extension') return;
    this.#notBefore = this.#timeOf(at) + before.plan.terms.delaySeconds * 1000;
  }

  /** The application knows that his number is on the suppression list. */
  suppressed(): void {
    this.#isSuppressed = true;
  }

  recovered(callback: Callback): void {
    // Nobody knows whether the promise went out before the crash: then it counts as given at the acceptance.
    this.promised(callback.acceptedAt);
    for (const entry of this.#dialled.values()) entry.mayRepeat = true;
  }

  /** An INVITE to the person is about to leave. */
  dialsPerson(request: DialRequest, invites: ReadonlyMap<string, Invite>, callback: Callback): void {
    const { agenda } = this.#world;
    const time = agenda.time + agenda.until(request.notBefore ?? 0);
    const { retry } = callback.plan.terms;
    must(!this.#isUnpromised || this.#isTimeless, 'nobody is dialled who was promised nothing');
    if (!this.#isTimeless && this.#notBefore !== null) {
      must(time >= this.#notBefore, 'no INVITE leaves before its due time', { time, notBefore: this.#notBefore });
    }
    must(!this.#isSuppressed, 'nobody is dialled who is known to be suppressed', request.legId);
    must(
      !this.#wasReached || (['abandoned', 'failed', 'machine'] as const).some((one) => retry.on.includes(one)),
      'a person who answered is not rung again',
    );
    this.#wasReached = false;
    for (const invite of invites.values()) {
      if (!invite.isPerson || invite.over || invite.request.idempotencyKey === request.idempotencyKey) continue;
      const isFailover = this.#givenUp.has(invite.request.legId);
      const mayBe = isFailover || this.#hasLostCount;
      must(mayBe, 'no INVITE leaves while another one may ring', [invite.request.legId, request.legId]);
    }
  }

  /** What a trunk is shown, as its `callerIds` are meant; an attempt asks no trunk more than once with each caller ID. */
  #shows({ candidate, identity, callerIdChange, legId }: DialRequest): void {
    if (candidate.kind !== 'trunk') return;
    const trunk = this.#world.scenario.configuration.trunks.find(({ name }) => name === candidate.trunk);
    const { allow, default: standard } = trunk?.callerIds ?? { allow: [], default: null };
    const { number } = identity.callerId;
    const instead = standard ?? allow.find((entry) => !entry.endsWith('*')) ?? null;
    const isAllowed = allow.length === 0 || allow.some((one) => number.startsWith(one.replace('*', '')));
    must(isAllowed || instead === null || number === instead, 'no trunk is shown what it does not allow', {
      legId,
      number,
    });
    must(callerIdChange === null || number === instead, 'what is shown instead is the default', { legId, number });
    const attempt = legId.slice(0, legId.lastIndexOf('.'));
    const key = `${attempt} ${candidate.trunk} ${number}`;
    const known = this.#shown.get(key);
    must(known === undefined || known === legId, 'no trunk is asked twice with one caller ID in one attempt', key);
    this.#shown.set(key, legId);
  }

  /** The doors are open for three minutes of ten. */
  #withinHours(after: Callback, event: CallbackEvent, now: number): void {
    const { callingHours, method } = this.#world.scenario.terms;
    // An extension has a calendar at most.
    if (callingHours === undefined || method === 'extension') return;
    // The INVITE of a dead process is repeated; a trunk that failed as the doors closed has a next one.
    if (event.type === 'recovered' || (after.attempt?.index ?? 0) > 0) return;
    // So has one that refused the caller ID: itself, with its own.
    if (after.attempt?.callerIdRefused === true) return;
    must(now % 600_000 < 180_000, 'nobody is dialled outside the hours', { intoTen: now % 600_000 });
  }

  /** Any INVITE; `hasSlot`: its trunk has room for it. */
  dials(request: DialRequest, hasSlot: boolean): void {
    const { legId } = request;
    const text = textOf(request);
    const known = this.#dialled.get(legId);
    must(hasSlot || request.candidate.kind !== 'trunk' || known !== undefined, 'no INVITE without a slot', legId);
    must(known?.mayRepeat !== false, 'no INVITE is ordered twice by one process', legId);
    must(known === undefined || known.request === text, 'a repeated INVITE is the same', [known?.request, text]);
    this.#dialled.set(legId, { request: text, mayRepeat: false });
    this.#shows(request);
  }

  repeated(invite: Invite, request: DialRequest): void {
    must(invite.orphan, 'only the INVITE of a dead process is repeated', request.legId);
    must(textOf(invite.request) === textOf(request), 'a repeated INVITE is the same', request.legId);
  }

  hangsUp(invite: Invite, reason: HangupReason): void {
    const { legId } = invite.request;
    const isSilent = reason.cause === 102 && !this.#heard.has(legId) && this.#world.scenario.showsTrying;
    if (isSilent) this.#givenUp.add(legId);
  }

  ringing(invite: Invite, invites: ReadonlyMap<string, Invite>): void {
    if (!invite.isPerson || this.#hasLostCount) return;
    for (const other of invites.values()) {
      if (other === invite || !other.isPerson || !other.ringing || other.over) continue;
      const isFailover = [invite, other].some(({ request }) => this.#givenUp.has(request.legId));
      must(isFailover, 'a person is never rung twice at once', [invite.request.legId, other.request.legId]);
    }
  }

  answered(invite: Invite, invites: ReadonlyMap<string, Invite>): void {
    if (!invite.isPerson) return;
    this.#everAnswered = true;
    for (const other of invites.values()) {
      const isConnected =
        other !== invite && other.isPerson && other.answered && !other.over && !other.hungUp && !other.orphan;
      must(!isConnected, 'nobody is connected twice', [invite.request.legId, other.request.legId]);
    }
  }

  bridges(a: Invite | undefined, b: Invite | undefined): void {
    must(a !== undefined && b !== undefined, 'only legs of ours are bridged');
    must(a.answered && b.answered, 'nothing is bridged that has not answered', [a, b]);
    must(a.isPerson && !b.isPerson, 'the person is bridged with a target');
    this.#hasTalked = true;
    // Whoever has handed him over has gone, and so has whoever he talked to before.
    const former = this.#bridges.filter(([person, target]) => person === a && target !== b);
    const isTwice = former.some(
      ([, { over, hungUp, request }]) => !over && !hungUp && !this.#transferors.has(request.legId),
    );
    must(!isTwice, 'nobody talks to two at once', [a, b]);
    this.#bridges = this.#bridges.filter(([person]) => person !== a);
    this.#bridges.push([a, b]);
  }

  handsOver(legId: string): void {
    this.#transferors.add(legId);
  }

  get #mayGoOn(): boolean {
    const components = this.#world.scenario.configuration.flows.flatMap((flow) => Object.values(flow.components));
    return components.some((one) => one.type === 'dial' && one.next !== null);
  }

  /** Whoever has been handed over waits alone until the target has answered, or has not. */
  #endsWithin({ request }: Invite): number {
    return this.#transferors.has(request.legId) ? LATEST_MS + TRANSFER_MS : LATEST_MS;
  }

  /** The state and what this process has under way belong together. */
  waits({ state, attempt }: Callback, slots: ReadonlyMap<string, string>, invite: Invite | undefined): void {
    if (attempt === null || attempt.unknown || state === 'done' || state === 'scheduled') return;
    if (state === 'queued') must(slots.has(attempt.legId), 'whoever is queued has asked for a slot', attempt.legId);
    else must(invite?.orphan === false, `${state}: the leg is one of this process`, attempt.legId);
  }

  /** Nobody waits before a closed door for long while there is an open one that he may take. */
  waitsWhereItIsOpen({ state, attempt }: Callback, lanes: Lanes): void {
    if (state !== 'queued' || attempt === null) return;
    const present = attempt.candidates[attempt.index]!;
    if (!lanes.isClosed(laneOf(present)) || !lanes.isSettled(present, LATEST_MS)) return;
    const others = attempt.failedOver === true ? attempt.candidates.slice(attempt.index + 1) : attempt.candidates;
    const open = others.filter((one) => !lanes.isClosed(laneOf(one)) && lanes.isSettled(one, LATEST_MS));
    // Trunks that a change of the configuration took away are open to nobody.
    if (this.#world.scenario.configurationChangesAt !== null) return;
    must(open.length === 0, 'nobody waits before a closed door while another one is open', [present, open]);
  }

  slots(states: Iterable<[string, string]>): void {
    for (const [legId, state] of states)
      must(state === 'used' || state === 'withdrawn', 'no slot is kept', [legId, state]);
  }

  /** Nothing happens any more. */
  atTheEnd(callback: Callback, ledger: Iterable<AttemptRecord>, invites: Iterable<Invite>): void {
    must(callback.state === 'done', 'every accepted callback reaches done', callback);
    for (const invite of invites) must(invite.over, 'no leg is left up', invite);
    for (const [a, b] of this.#bridges) {
      const isSoon = a.overAt === null || b.overAt === null || Math.abs(a.overAt - b.overAt) < this.#endsWithin(b);
      // A person may go on after the talk; a target has nowhere to go.
      const goesOn = a.overAt !== null && b.overAt !== null && b.overAt < a.overAt && this.#mayGoOn;
      must(isSoon || goesOn, "one side's end is the other's", [a, b]);
    }
    const rows = [...ledger];
    for (const row of rows) must(row.endedAt !== null && row.outcome !== null, 'every attempt has an end', row);
    const used = rows.filter((row) => !TAKEN_BACK.has(row.reason ?? '') || row.outcome !== 'cancelled');
    const { attempts } = callback.plan.terms.retry;
    must(this.#wasReopened || used.length <= attempts, 'the ledger has no more attempts than the policy', rows);
    const isExcused = this.#everAnswered || this.#world.scenario.cancels.length > 0 || this.#hasLostCount;
    must(isExcused || this.#doneTime >= this.#promisedTime, 'a promise outlives the end that it crossed');
  }
}
