/**
 * Trunks, phones and the legs to them, as the vocabulary of legs promises them. What a peer sees of an INVITE outlives
 * the process that sent it: the phone of a dead process's call rings on, and the same INVITE again rings nothing twice.
 */

import type { DialRequest } from '../../../lib/core/call/dial-request.ts';
import type { LegEvent, LegId, LegResult } from '../../../lib/core/call/leg.ts';
import type { Oracle } from './oracle.ts';
import type { PhoneMood, Scenario, TrunkMood } from './scenario.ts';
import type { World } from './world.ts';

export interface Invite {
  request: DialRequest;
  isPerson: boolean;
  /** World time of the last order to dial. */
  orderedAt: number;
  sent: boolean;
  /** A provisional response came. */
  heard: boolean;
  ringing: boolean;
  answered: boolean;
  hungUp: boolean;
  over: boolean;
  /** World time of the end; null: none, or its process had died. */
  overAt: number | null;
  result: LegResult | null;
  /** Its process died. */
  orphan: boolean;
  /** The phone rings for the INVITE of a dead process, and has refused the same one by another way. */
  merged: boolean;
  playId: string | null;
  detectId: string | null;
}

const TIMER_B_MS = 32_000;
const FINAL: LegResult = {
  kind: 'final',
  status: 487,
  phrase: '',
  q850Cause: null,
  location: null,
  text: '',
  retryAfterSeconds: null,
  rang: false,
};
const CANCELLED: LegResult = { ...FINAL, kind: 'cancelled' };

type WithoutLeg<E> = E extends LegEvent ? Omit<E, 'legId'> : never;

export class Network {
  readonly invites = new Map<string, Invite>();
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #oracle: Oracle;
  readonly #deliver: (event: LegEvent) => void;

  constructor(world: World, oracle: Oracle, deliver: (event: LegEvent) => void) {
    this.#world = world;
    this.#scenario = world.scenario;
    this.#oracle = oracle;
    this.#deliver = deliver;
  }

  dial(request: DialRequest, isPerson: boolean): void {
    const known = this.invites.get(request.idempotencyKey);
    if (known !== undefined) {
      this.#repeat(known, request);
      return;
    }
    const { time } = this.#world.agenda;
    const state = { sent: false, heard: false, ringing: false, answered: false, hungUp: false, over: false };
    const rest = { overAt: null, result: null, orphan: false, merged: false, playId: null, detectId: null };
    const invite: Invite = { request, isPerson, orderedAt: time, ...state, ...rest };
    this.invites.set(request.idempotencyKey, invite);
    this.#send(invite);
  }

  /**
   * The same INVITE again: for the peer a retransmission, he says again what he said last. By another way (from another
   * node, or of a drachtio-server) it is refused, and the phone rings on for the first one (RFC 3261 8.2.2.2).
   */
  #repeat(invite: Invite, request: DialRequest): void {
    this.#oracle.repeated(invite, request);
    const isMerged = !invite.over && invite.sent && this.#world.random.chance(0.3);
    invite.orphan = false;
    if (!isMerged) invite.orderedAt = this.#world.agenda.time;
    this.#emit(invite, { type: 'dialled', callId: request.idempotencyKey });
    if (isMerged) {
      this.#emit(invite, { type: 'rejected', result: { ...FINAL, status: 482 } });
      invite.merged = true;
      return;
    }
    if (invite.over) {
      this.#emit(invite, { type: 'rejected', result: invite.result ?? { ...FINAL, status: 481 } });
      return;
    }
    if (invite.heard) this.#emit(invite, { type: 'trying' });
    if (invite.ringing) this.#emit(invite, { type: 'ringing', status: 180 });
    if (invite.answered) this.#pickUp(invite);
  }

  #later(invite: Invite, delayMs: number, run: () => void): void {
    this.#world.agenda.after(delayMs, () => {
      if (!invite.over) run();
    });
  }

  #roundTrip(): number {
    return this.#world.random.between(1, 120);
  }

  #emit(invite: Invite, event: WithoutLeg<LegEvent>): void {
    if (!invite.orphan && !invite.merged) this.#deliver({ legId: invite.request.legId, ...event } as LegEvent);
  }

  #finish(invite: Invite, event: WithoutLeg<Extract<LegEvent, { type: 'rejected' | 'ended' }>>): void {
    invite.over = true;
    invite.overAt = invite.orphan ? null : this.#world.agenda.time;
    invite.ringing = false;
    invite.result = event.type === 'rejected' ? event.result : null;
    this.#emit(invite, event);
  }

  #respond(invite: Invite, status: number, kind: LegResult['kind'] = 'final'): void {
    this.#finish(invite, { type: 'rejected', result: { ...FINAL, kind, status, rang: invite.ringing } });
  }

  #send(invite: Invite): void {
    const { random, agenda } = this.#world;
    const heldMs = agenda.until(invite.request.notBefore ?? 0);
    this.#later(invite, heldMs + (random.chance(0.03) ? random.between(30, 8000) : random.between(0, 20)), () => {
      invite.sent = true;
      this.#emit(invite, { type: 'dialled', callId: invite.request.idempotencyKey });
      this.#trunk(invite);
    });
  }

  #trunk(invite: Invite): void {
    const { random } = this.#world;
    const { candidate } = invite.request;
    let mood: TrunkMood = candidate.kind === 'trunk' ? this.#scenario.trunks.get(candidate.trunk)! : 'good';
    if (mood === 'picky') mood = this.#isItsDefault(invite.request) ? 'good' : 'picky';
    if (mood === 'picky') this.#later(invite, this.#roundTrip(), () => this.#respond(invite, 403));
    if (mood === 'moody') mood = random.pick(['good', 'good', 'good', 'fault', 'silent', 'late']);
    if (mood === 'fault') {
      const status = random.pick([503, 500, 403, 404, 408]);
      this.#later(invite, this.#roundTrip(), () => this.#respond(invite, status));
    }
    if (mood === 'silent') this.#later(invite, TIMER_B_MS, () => this.#respond(invite, 0, 'noResponse'));
    if (mood === 'good') this.#later(invite, this.#roundTrip(), () => this.#progress(invite));
    if (mood === 'late') this.#later(invite, random.between(1500, 25_000), () => this.#progress(invite));
  }

  #isItsDefault({ candidate, identity }: DialRequest): boolean {
    const trunk = this.#scenario.configuration.trunks.find(
      ({ name }) => candidate.kind === 'trunk' && name === candidate.trunk,
    );
    return trunk?.callerIds.default === identity.callerId.number;
  }

  /** The first provisional response: from now on a CANCEL can go out (RFC 3261 9.1). */
  #progress(invite: Invite): void {
    invite.heard = true;
    if (this.#scenario.showsTrying) this.#emit(invite, { type: 'trying' });
    if (invite.hungUp) this.#cancel(invite);
    this.#later(invite, this.#world.random.between(50, 2000), () => this.#phone(invite));
  }

  #cancel(invite: Invite): void {
    this.#later(invite, this.#roundTrip(), () => {
      // A 2xx that crossed it is ACKed and ended with BYE, inside the leg.
      if (!invite.answered) this.#finish(invite, { type: 'rejected', result: CANCELLED });
    });
  }

  #phone(invite: Invite): void {
    const { random } = this.#world;
    let mood: PhoneMood = invite.isPerson ? this.#scenario.person : this.#scenario.target;
    if (mood === 'moody') mood = random.pick(['answers', 'busy', 'declines', 'noAnswer', 'absent', 'unknown']);
    if (invite.isPerson && [...this.invites.values()].some((other) => isTalking(other))) mood = 'busy';
    const status = { busy: 486, declines: 603, unwanted: 607, unknown: 404, absent: 480, answers: 0, noAnswer: 0 }[
      mood
    ];
    if (status > 0) {
      this.#later(invite, this.#roundTrip(), () => this.#respond(invite, status));
      return;
    }
    invite.ringing = true;
    this.#oracle.ringing(invite, this.invites);
    if (random.chance(0.9)) this.#emit(invite, { type: 'ringing', status: 180 });
    const isLate = random.chance(0.2);
    const ringMs = this.#scenario.terms.ringTimeoutSeconds * 1000;
    if (mood === 'noAnswer') this.#later(invite, random.between(70_000, 200_000), () => this.#respond(invite, 408));
    else if (isLate) this.#later(invite, ringMs + random.between(-2500, 1000), () => this.#pickUp(invite));
    else this.#later(invite, random.between(0, 9000), () => this.#pickUp(invite));
  }

  #pickUp(invite: Invite): void {
    invite.answered = true;
    invite.ringing = false;
    const bye = () =>
      this.#later(invite, this.#roundTrip(), () => this.#finish(invite, { type: 'ended', by: 'local', text: '' }));
    if (invite.hungUp || invite.orphan || invite.merged) {
      bye();
      return;
    }
    this.#oracle.answered(invite, this.invites);
    this.#emit(invite, { type: 'answered' });
    this.#talk(invite);
  }

  /** Keys, patience, and an end that may come from this side. */
  #talk(invite: Invite): void {
    const { random } = this.#world;
    let at = 0;
    // A target is asked for a key at most.
    for (let count = random.between(0, invite.isPerson ? 4 : 1); count > 0; count -= 1) {
      at += random.between(200, 7000);
      const digit = random.pick(['1', '1', '1', '2', '2', '0', '9', '5', '5', '#']);
      this.#later(invite, at, () => this.#emit(invite, { type: 'digit', digit }));
    }
    if (this.#isExtension(invite)) this.#refers(invite);
    if (random.chance(0.4)) return;
    const by = random.chance(0.9) ? 'remote' : 'system';
    this.#later(invite, random.between(100, 60_000), () => this.#finish(invite, { type: 'ended', by, text: '' }));
  }

  #isExtension({ isPerson, request }: Invite): boolean {
    return !isPerson && request.candidate.kind !== 'trunk';
  }

  /** Hands the person over, to somebody who is there or to nobody; some hang up at once, as many phones do. */
  #refers(invite: Invite): void {
    const { random } = this.#world;
    if (!random.chance(0.3)) return;
    const { legId } = invite.request;
    const user = random.pick(['201', '201', '201', '299']);
    const at = random.between(100, 8000);
    this.#later(invite, at, () =>
      this.#emit(invite, {
        type: 'transferAsked',
        transferId: `${legId}.refer`,
        target: { kind: 'user', user },
      }),
    );
    if (!random.chance(0.4)) return;
    this.#later(invite, at + random.between(1, 4000), () =>
      this.#finish(invite, { type: 'ended', by: 'remote', text: '' }),
    );
  }

  hangUp(legId: LegId): void {
    const invite = this.find(legId);
    if (invite === undefined || invite.over || invite.hungUp || invite.orphan || invite.merged) return;
    invite.hungUp = true;
    if (!invite.sent) this.#later(invite, 1, () => this.#finish(invite, { type: 'rejected', result: CANCELLED }));
    else if (invite.answered) {
      this.#later(invite, this.#roundTrip(), () => this.#finish(invite, { type: 'ended', by: 'local', text: '' }));
    } else if (invite.heard) this.#cancel(invite);
    else
      this.#later(
        invite,
        TIMER_B_MS,
        () => invite.heard || this.#finish(invite, { type: 'rejected', result: CANCELLED }),
      );
  }

  play(legId: LegId, playId: string): void {
    const invite = this.find(legId);
    if (invite === undefined || invite.over || !invite.answered) return;
    this.stopPlay(legId);
    const { random } = this.#world;
    invite.playId = playId;
    const fails = random.chance(0.1);
    this.#later(invite, fails ? 1 : random.between(100, 3000), () => {
      if (invite.playId !== playId) return;
      invite.playId = null;
      this.#emit(invite, { type: 'playEnded', playId, result: fails ? 'failed' : 'played' });
    });
  }

  stopPlay(legId: LegId): void {
    const invite = this.find(legId);
    if (invite === undefined || invite.playId === null || invite.over) return;
    const { playId } = invite;
    invite.playId = null;
    this.#emit(invite, { type: 'playEnded', playId, result: 'stopped' });
  }

  detect(legId: LegId, detectId: string, what: 'human' | 'beep'): void {
    const invite = this.find(legId);
    if (invite === undefined || invite.over || !invite.answered) return;
    const { random } = this.#world;
    invite.detectId = detectId;
    // Now and then nothing is told at all.
    if (random.chance(0.1)) return;
    const result = what === 'beep' ? random.pick(['beep', 'none']) : random.pick(['human', 'machine', 'notsure']);
    this.#later(invite, random.between(1, 5000), () => {
      if (invite.detectId !== detectId) return;
      invite.detectId = null;
      this.#emit(invite, { type: 'detected', detectId, result, cause: 'TOOLONG' } as WithoutLeg<LegEvent>);
    });
  }

  stopDetect(legId: LegId): void {
    const invite = this.find(legId);
    if (invite !== undefined) invite.detectId = null;
  }

  /** Many peers hang up as soon as they have called the other one. */
  refer(legId: LegId, referId: string): void {
    const invite = this.find(legId);
    if (invite === undefined || invite.over || !invite.answered) return;
    const { random } = this.#world;
    if (random.chance(0.1)) return;
    const isTransferred = random.chance(0.6);
    const result = isTransferred ? 'transferred' : 'failed';
    const status = isTransferred ? 200 : random.pick([486, 603, 408, 503]);
    this.#later(invite, random.between(50, 12_000), () => {
      this.#emit(invite, { type: 'referred', referId, result, status } as WithoutLeg<LegEvent>);
      if (isTransferred && random.chance(0.5)) this.#finish(invite, { type: 'ended', by: 'remote', text: '' });
    });
  }

  find(legId: LegId): Invite | undefined {
    return [...this.invites.values()].find((invite) => invite.request.legId === legId);
  }

  /**
   * The process died. An engine that lives on ends its calls; else they ring on, for as long as they may: that nothing
   * rings longer than the ring timeout is what recovery counts on.
   */
  abandon(): void {
    for (const [key, invite] of this.invites) {
      const wasOrphan = invite.orphan;
      invite.orphan = true;
      if (invite.over || wasOrphan) continue;
      if (!invite.sent) this.invites.delete(key);
      const { agenda, random, scenario } = this.#world;
      const ringMs = scenario.terms.ringTimeoutSeconds * 1000;
      const isShort = scenario.engineSurvives || invite.answered || !invite.sent;
      const ringsForMs = Math.max(0, invite.orderedAt + ringMs - agenda.time);
      const leftMs = isShort ? random.between(10, 500) : ringsForMs;
      agenda.after(invite.answered ? leftMs : Math.min(leftMs, ringsForMs), () => {
        if (invite.orphan || invite.merged) invite.over = true;
      });
    }
  }
}

/** Somebody is on the line with us. */
export function isTalking(invite: Invite): boolean {
  return invite.isPerson && invite.answered && !invite.over && !invite.hungUp && !invite.orphan;
}
