import type { DialFacts } from '../core/call/dial-facts.ts';
import type { DecisionStep, Gate, Rejection } from '../core/call/rejection.ts';
import type { AttemptRecord, Callback, CallbackId, CallbackLogEntry } from '../core/callback/callback.ts';
import { duplicateKeyOf } from '../core/callback/callback.ts';
import type { Configuration } from '../core/configuration.ts';
import { routeTo } from '../core/dialplan/route.ts';
import {
  attemptCharges,
  type Charge,
  chargesByTrunk,
  countsNewNumbers,
  promiseCharges,
  settledCharges,
} from '../core/policy/charges.ts';
import type { PhoneNumber } from '../core/policy/phone-number.ts';
import { PING_PONG_DEFAULTS, pingPongOf, pingPongSince } from '../core/policy/ping-pong.ts';
import { type UsageChange, usageChange } from '../core/policy/sliding-window.ts';
import { type Suppression, suppressionKeyOf, suppressionSaid } from '../core/policy/suppression.ts';
import { withinTrunkClasses } from '../core/rules/gate-checks.ts';
import { limitRefusal } from '../core/rules/gates.ts';
import { refusalAt } from '../core/rules/refusals.ts';
import { type CallbackRequest, routeSpecOf } from '../core/rules/request.ts';
import { type Said, type Sentence, say, saying, sentence, type Worded } from '../core/sentence.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { DialLedger } from './dial-ledger.ts';

export type StoreGate = Extract<Gate, 'suppressed' | 'ping-pong' | 'limits' | 'spend'>;

export type Passage =
  | ({ type: 'refused'; gate: StoreGate; rejection: Rejection } & Worded)
  /** `taken`: what was counted; to be given back where no callback comes of it. */
  | { type: 'passed'; taken: UsageChange[] };

type Refused = Extract<Passage, { type: 'refused' }>;

export interface GatekeeperOptions {
  clock: Clock;
  store: Pick<Store, 'callbacks' | 'suppressions' | 'usage'>;
  configuration: () => Configuration;
  log: Log;
}

/** What has expired is deleted so often. */
const PURGE_MS = 600_000;

/** What the store says of one request. */
interface Findings {
  suppression: Suppression | null;
  /** Null: it is no round of ping-pong. */
  pingPong: Said | null;
  accepted: number;
  charges: Charge[];
  spend: Charge[];
  /** Of each trunk that may carry the call; null: it has no cap. */
  trunks: Array<Charge | null>;
}

/** The gates that need the store: before a promise, and once more before a number is dialled. */
export class Gatekeeper {
  readonly #options: GatekeeperOptions;
  readonly #ledger: DialLedger;
  #cancelPurge: (() => void) | null = null;

  constructor(options: GatekeeperOptions) {
    this.#options = options;
    this.#ledger = new DialLedger(options);
  }

  start(): void {
    const { clock, store, log } = this.#options;
    const purge = async () => {
      const now = clock.now();
      await Promise.all([store.usage.purge(now), store.suppressions.purge(now)]).catch((error: unknown) =>
        log.warn({ err: error }, 'what has expired could not be deleted; trying again'),
      );
    };
    this.#cancelPurge = clock.alarm(clock.now() + PURGE_MS, () => {
      void purge();
      this.start();
    });
  }

  stop(): void {
    this.#cancelPurge?.();
  }

  /**
   * Gates `suppressed` to `spend`, and what is counted is counted. Rejects with StoreUnavailable.
   * @param asked `byCall`: a call asks for it; the API can't be rung back. `except`: a callback that ends with it
   */
  async beforePromise(
    request: CallbackRequest,
    { byCall, except }: { byCall: boolean; except: CallbackId | null },
  ): Promise<Passage> {
    const findings = await this.#look(request, byCall);
    const refusal = this.#refusalOf(findings);
    if (refusal !== null) return refusal;
    const capped = findings.trunks.some((charge) => charge !== null);
    if (!capped && findings.charges.length + findings.spend.length === 0) return { type: 'passed', taken: [] };
    const { store, clock } = this.#options;
    // Who has an open callback gets the same promise: nothing more is going to be dialled.
    const open = await store.callbacks.findOpen(duplicateKeyOf(request));
    if (open !== null && open.id !== except) return { type: 'passed', taken: [] };
    const broke = await this.#broke(findings);
    if (broke !== null) return (await this.#firstFull('limits', findings.charges)) ?? broke;
    const changes = findings.charges.map((charge) => usageChange(charge, clock.now()));
    const full = changes.length === 0 ? null : await store.usage.take(changes);
    return full === null ? { type: 'passed', taken: changes } : refused('limits', findings.charges[full]!);
  }

  /** The first of the counters that has no room for one more; nothing is counted. */
  async #firstFull(gate: 'limits' | 'spend', charges: readonly Charge[]): Promise<Refused | null> {
    if (charges.length === 0) return null;
    const { store, clock } = this.#options;
    const totals = await store.usage.totals(charges.map((charge) => usageChange(charge, clock.now())));
    const full = charges.find(({ amount, max }, index) => (totals[index] ?? 0) + amount > max);
    return full === undefined ? null : refused(gate, full);
  }

  /** All together, its rule, or every trunk that might carry it have spent what they may. */
  async #broke({ spend, trunks }: Findings): Promise<Refused | null> {
    const shared = await this.#firstFull('spend', spend);
    const capped = trunks.filter((charge) => charge !== null);
    if (shared !== null || capped.length === 0 || capped.length < trunks.length) return shared;
    const full = await Promise.all(capped.map((charge) => this.#firstFull('spend', [charge])));
    return full.every((refusal) => refusal !== null) ? (full[0] ?? null) : null;
  }

  async giveBack(taken: readonly UsageChange[]): Promise<void> {
    if (taken.length > 0) await this.#options.store.usage.add(taken.map((one) => ({ ...one, amount: -one.amount })));
  }

  /** What `beforePromise` would refuse of a request through the API; nothing is counted. */
  async preview(request: CallbackRequest): Promise<Refused | null> {
    const findings = await this.#look(request, false);
    const refusal = this.#refusalOf(findings);
    if (refusal !== null) return refusal;
    if ((await this.#options.store.callbacks.findOpen(duplicateKeyOf(request))) !== null) return null;
    return (await this.#firstFull('limits', findings.charges)) ?? (await this.#broke(findings));
  }

  /** The same for the dry run: every gate with what it found, nothing counted. */
  async explain(request: CallbackRequest): Promise<DecisionStep[]> {
    const findings = await this.#look(request, true);
    const { store, configuration } = this.#options;
    const { max, perSeconds } = configuration().limits.perNumber;
    const refusal =
      this.#refusalOf(findings) ?? (await this.#firstFull('limits', findings.charges)) ?? (await this.#broke(findings));
    const limit = sentence('limit-of-number', { max, seconds: perSeconds });
    const perNumber = sentence('limit-now', { limit, count: findings.accepted });
    const spend = await this.#usedOf(spendOf(findings));
    const open = await store.callbacks.findOpen(duplicateKeyOf(request));
    return stepsOf(refusal, {
      suppressed: say('suppressed-not'),
      'ping-pong': say('ping-pong-none'),
      limits: saying([perNumber, ...(await this.#usedOf(findings.charges))]),
      spend: spend.length === 0 ? say('spend-none') : saying(spend),
      duplicate: open === null ? say('duplicate-none') : say('duplicate-open', { id: open.id }),
    });
  }

  /** How much of each is used up. */
  async #usedOf(charges: readonly Charge[]): Promise<Sentence[]> {
    const { store, clock } = this.#options;
    const totals = await store.usage.totals(charges.map((charge) => usageChange(charge, clock.now())));
    return charges.flatMap(({ sentences, unit }, index) =>
      sentences.map((limit) => sentence('limit-now', { limit, count: (totals[index] ?? 0) / unit })),
    );
  }

  async #look(request: CallbackRequest, byCall: boolean): Promise<Findings> {
    const { store, clock, configuration } = this.#options;
    const current = configuration();
    const now = clock.now();
    const { caller, plan } = request;
    const number = targetOf(current, request);
    const callerKey = caller.e164 ?? caller.received;
    const pingPong = byCall ? (current.limits.pingPong ?? PING_PONG_DEFAULTS) : false;
    const since = now - current.limits.perNumber.perSeconds * 1_000;
    const isCounted = plan.terms.method === 'caller' && countsNewNumbers(current);
    const [suppression, recent, accepted, earlier] = await Promise.all([
      number === null ? null : store.suppressions.get(suppressionKeyOf(number), now),
      pingPong === false
        ? []
        : store.callbacks.acceptedFor(callerKey, pingPongSince(pingPong, now), pingPong.rounds + MORE_THAN_ROUNDS),
      store.callbacks.countAccepted(callerKey, since),
      isCounted ? store.callbacks.acceptedFor(callerKey, 0, 1) : null,
    ]);
    const isNew = earlier !== null && earlier.length === 0;
    return {
      suppression,
      pingPong: pingPongOf(recent, pingPong, now),
      accepted,
      charges: promiseCharges(current, { plan, number, isNew }),
      spend: attemptCharges(current, plan, number),
      trunks: chargesByTrunk(current, number, trunksFor(current, request, now)),
    };
  }

  #refusalOf({ suppression, pingPong, accepted }: Findings): Refused | null {
    if (suppression !== null) return refused('suppressed', suppressionSaid(suppression));
    if (pingPong !== null) return refused('ping-pong', pingPong);
    const { perNumber } = this.#options.configuration().limits;
    if (limitRefusal(this.#options.configuration(), accepted) === null) return null;
    return refused('limits', say('limit-of-number', { max: perNumber.max, seconds: perNumber.perSeconds }));
  }

  /** Asked immediately before dialling; what the call is assumed to cost is counted. Never rejects. */
  async factsOf(callback: Callback): Promise<DialFacts> {
    const { clock, configuration } = this.#options;
    const current = configuration();
    const number = targetOf(current, callback);
    if (number === null) return { type: 'free' };
    const charges = attemptCharges(current, callback.plan, number);
    return this.#ledger.ask({ callbackId: callback.id }, { number, charges, at: clock.now() });
  }

  /** An attempt is over before anybody was called. */
  withdrawn(callback: Callback, { at, detail }: CallbackLogEntry): Promise<void> {
    return this.settled(callback, { plannedAt: Number(detail['plannedAt'] ?? at), answeredAt: null, endedAt: at });
  }

  /** An attempt is over: what it has really cost is counted, in the place of what was assumed. */
  async settled(
    callback: Callback,
    attempt: Pick<AttemptRecord, 'plannedAt' | 'answeredAt' | 'endedAt'>,
  ): Promise<void> {
    const current = this.#options.configuration();
    const { plannedAt, answeredAt, endedAt } = attempt;
    const talkMs = answeredAt === null || endedAt === null ? null : endedAt - answeredAt;
    const charges = settledCharges(current, { plan: callback.plan, number: targetOf(current, callback), talkMs });
    await this.#ledger.correct({ callbackId: callback.id }, charges, plannedAt);
  }
}

/** So many callbacks beside those that make up the rounds may lie between them: cancelled ones, expired ones. */
const MORE_THAN_ROUNDS = 8;

/** Those of its route as it would be dialled when it falls due. */
function trunksFor(configuration: Configuration, { plan, caller }: CallbackRequest, now: number): string[] {
  const spec = routeSpecOf(configuration, plan.terms, caller);
  const route = routeTo(spec, configuration, { at: now + plan.terms.delaySeconds * 1000, draw: null });
  if (route.type === 'refused') return [];
  const { candidates } = withinTrunkClasses(configuration, spec.number, route);
  return candidates.flatMap((candidate) => (candidate.kind === 'trunk' ? [candidate.trunk] : []));
}

function spendOf({ spend, trunks }: Findings): Charge[] {
  return [...spend, ...trunks.filter((charge) => charge !== null)];
}

function targetOf(
  configuration: Configuration,
  { plan, caller }: Pick<Callback, 'plan' | 'caller'>,
): PhoneNumber | null {
  return routeSpecOf(configuration, plan.terms, caller).number;
}

function refused(gate: StoreGate, { text, sentences }: Said): Refused {
  return { type: 'refused', gate, rejection: refusalAt(gate), text, sentences };
}

const ORDER = ['suppressed', 'ping-pong', 'limits', 'spend', 'duplicate'] as const;

/** Up to the first that refuses. */
function stepsOf(refusal: Refused | null, texts: Readonly<Record<(typeof ORDER)[number], Said>>): DecisionStep[] {
  const steps: DecisionStep[] = [];
  for (const gate of ORDER) {
    if (refusal?.gate === gate) {
      const { text, sentences } = refusal;
      return [...steps, { gate, verdict: 'refuse', text, ...(sentences === undefined ? {} : { sentences }) }];
    }
    steps.push({ gate, verdict: gate === 'duplicate' ? 'info' : 'pass', ...texts[gate] });
  }
  return steps;
}
