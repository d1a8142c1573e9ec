import type { Gate } from '../core/call/rejection.ts';
import type { Callback, CallbackId } from '../core/callback/callback.ts';
import type { CallbackEvent } from '../core/callback/event.ts';
import type { Configuration } from '../core/configuration.ts';
import { readNumber, withoutSeparators } from '../core/policy/read-number.ts';
import { gateCallback } from '../core/rules/gates.ts';
import { inboundNumberOfRule, languageOfInbound } from '../core/rules/inbound-number.ts';
import { type CallbackRequest as AskedCallback, requestFromRule } from '../core/rules/request.ts';
import { testCallRequest } from '../core/rules/test-call.ts';
import { mayDial, type Switches } from '../core/trunk/switches.ts';
import type {
  CallbackRequest,
  CallbackService,
  ChangeResult,
  CreateResult,
  PreviewResult,
  Refusal,
  RefusalCode,
  TestCallRequest,
} from '../ports/callback-service.ts';
import type { Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptanceDetails, CallbackAcceptance } from './acceptance.ts';
import type { Admission } from './admission.ts';
import type { CallbackRunner } from './callback-runner.ts';

/** Nobody plans a call further away: a year. */
const MAX_AHEAD_MS = 366 * 86_400_000;

const CODE_OF_GATE: Partial<Record<Gate, RefusalCode>> = {
  anonymous: 'number-missing',
  impossible: 'number-impossible',
  emergency: 'number-emergency',
  blocked: 'number-blocked',
  special: 'number-special',
  country: 'country-not-allowed',
  price: 'price-class',
  loop: 'loop',
  hours: 'outside-hours',
  suppressed: 'number-suppressed',
  limits: 'limit-reached',
  spend: 'spend-reached',
  accept: 'not-accepting',
};

export interface CallbackDeskOptions {
  clock: Clock;
  configuration: () => Configuration;
  acceptance: CallbackAcceptance;
  runner: CallbackRunner;
  admission: Pick<Admission, 'refusal'>;
  switches: () => Switches;
  isDraining: () => boolean;
}

/** Beside the request itself. */
interface Wishes {
  /** Epoch milliseconds; null: after the delay. */
  dueAt: number | null;
  userData: Record<string, unknown> | null;
}

/** What the API and the console may ask about callbacks: the same gates, the same mailbox as for a call. */
export class CallbackDesk implements CallbackService {
  readonly #options: CallbackDeskOptions;

  constructor(options: CallbackDeskOptions) {
    this.#options = options;
  }

  /** The gates that need no store. */
  #prepare(asked: CallbackRequest): Prepared | Refusal {
    const { configuration, clock } = this.#options;
    const closed = this.#closed();
    if (closed !== null) return closed;
    const current = configuration();
    const rule = current.callbackRules.find(({ name }) => name === asked.rule);
    if (!rule) return refusal('unknown-rule', `there is no callback rule named "${asked.rule}"`);
    const number = asked.number ?? rule.number;
    if (rule.method === 'caller' && number === null) {
      return refusal('number-missing', 'a rule with the method "caller" needs the number to call');
    }
    if (asked.dueAt !== null && asked.dueAt > clock.now() + MAX_AHEAD_MS) {
      return refusal('due-too-late', 'dueAt is more than a year ahead');
    }
    // Written for people, `(48) 99199-6260`: a trunk that takes numbers as received gets the digits.
    const caller = readNumber(withoutSeparators(number ?? rule.extension ?? ''), current.defaultCountry);
    const inboundNumber = inboundNumberOfRule(rule, current);
    const language = languageOfInbound(current, inboundNumber);
    return this.#gated(
      requestFromRule(rule, { caller, callerName: null, inboundNumber, source: null, language }),
      asked,
    );
  }

  async create(asked: CallbackRequest): Promise<CreateResult> {
    return this.#accept(this.#prepare(asked));
  }

  async testCall(asked: TestCallRequest): Promise<CreateResult> {
    const { configuration, switches } = this.#options;
    const closed = this.#closed();
    if (closed !== null) return closed;
    const current = configuration();
    const trunk = current.trunks.find(({ name }) => name === asked.trunk);
    if (!trunk) return refusal('unknown-trunk', `there is no trunk named "${asked.trunk}"`);
    if (asked.flow !== null && !current.flows.some(({ name }) => name === asked.flow)) {
      return refusal('unknown-flow', `there is no flow named "${asked.flow}"`);
    }
    if (!mayDial(switches(), trunk.name)) return refusal('not-dialling', 'dialling is switched off');
    const { number, flow } = asked;
    return this.#accept(
      this.#gated(testCallRequest(current, { trunk, number, flow }), { dueAt: null, userData: null }),
    );
  }

  /** Null: callbacks are taken. */
  #closed(): Refusal | null {
    const { isDraining, admission } = this.#options;
    if (isDraining()) return refusal('draining', 'the application is shutting down');
    const overload = admission.refusal();
    return overload === null ? null : overloaded(overload);
  }

  #gated(request: AskedCallback, { dueAt: wanted, userData }: Wishes): Prepared | Refusal {
    const { configuration, clock } = this.#options;
    const now = clock.now();
    const dueAt = wanted === null ? now + request.plan.terms.delaySeconds * 1_000 : Math.max(wanted, now);
    const gate = gateCallback(configuration(), request, dueAt);
    if (gate.type === 'refuse') return refusalOf(gate.gate, gate.rejection.reason?.text);
    const { notBefore } = gate;
    const details = {
      inboundCallId: null,
      userData,
      ...(wanted === null ? {} : { dueAt }),
      ...(notBefore === undefined ? {} : { notBefore }),
    };
    return { result: 'prepared', request, details, dueAt: Math.max(dueAt, notBefore ?? dueAt) };
  }

  async #accept(prepared: Prepared | Refusal): Promise<CreateResult> {
    if (prepared.result === 'refused') return prepared;
    const accepted = await this.#options.acceptance.accept(prepared.request, prepared.details);
    switch (accepted.type) {
      case 'accepted':
        return { result: 'created', callback: accepted.callback };
      case 'merged':
        return { result: 'merged', callback: accepted.callback };
      case 'refused':
        return refusalOf(accepted.gate, accepted.rejection.reason?.text);
      // Nobody withdraws it.
      case 'withdrawn':
      case 'unavailable':
        throw Object.assign(new Error('the store is not available'), { code: 'STORE_UNAVAILABLE' });
    }
  }

  async preview(asked: CallbackRequest): Promise<PreviewResult> {
    const prepared = this.#prepare(asked);
    if (prepared.result === 'refused') return prepared;
    const accepted = await this.#options.acceptance.preview(prepared.request);
    switch (accepted.type) {
      case 'free':
        return { result: 'created', dueAt: prepared.dueAt };
      case 'merged':
        return { result: 'merged', id: accepted.callback.id, dueAt: accepted.callback.dueAt };
      case 'refused':
        return refusalOf(accepted.gate, accepted.rejection.reason?.text);
    }
  }

  cancel(id: CallbackId): Promise<ChangeResult> {
    return this.#change(id, { type: 'cancel', by: 'api' }, (callback) =>
      callback.state === 'done' ? { code: 'done', message: 'it is done already' } : null,
    );
  }

  reschedule(id: CallbackId, dueAt: number): Promise<ChangeResult> {
    const { clock } = this.#options;
    if (dueAt > clock.now() + MAX_AHEAD_MS) {
      return Promise.resolve(refusal('due-too-late', 'dueAt is more than a year ahead'));
    }
    return this.#change(id, { type: 'reschedule', dueAt: Math.max(dueAt, clock.now()) }, (callback) =>
      callback.state === 'scheduled' || callback.state === 'queued' ? null : stands(callback),
    );
  }

  retry(id: CallbackId): Promise<ChangeResult> {
    return this.#change(id, { type: 'retry' }, (callback) => {
      if (callback.state === 'scheduled' || callback.state === 'queued') return null;
      if (callback.state === 'done' && callback.outcome !== 'connected') return null;
      return callback.state === 'done' ? { code: 'was-connected', message: 'it was connected' } : stands(callback);
    });
  }

  async #change(
    id: CallbackId,
    event: CallbackEvent,
    objection: (callback: Callback) => Objection | null,
  ): Promise<ChangeResult> {
    const { runner } = this.#options;
    const before = await runner.read(id);
    if (!before) return { result: 'not-found' };
    const conflict = objection(before);
    if (conflict !== null) return { result: 'conflict', ...conflict };
    const callback = await runner.post(id, event);
    return callback ? { result: 'changed', callback } : { result: 'not-found' };
  }
}

interface Prepared {
  result: 'prepared';
  request: ReturnType<typeof requestFromRule>;
  details: AcceptanceDetails;
  dueAt: number;
}

type Objection = Required<Omit<Extract<ChangeResult, { result: 'conflict' }>, 'result'>>;

const stands = ({ state }: Callback): Objection => ({ code: state, message: `it is ${state}` });

const refusal = (code: RefusalCode, message: string): Refusal => ({ result: 'refused', code, message });

const overloaded = ({ retryAfterSeconds }: Rejection): Refusal => ({
  ...refusal('overloaded', 'the application is overloaded: try again'),
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

const refusalOf = (gate: Gate, text: string | undefined): Refusal =>
  refusal(CODE_OF_GATE[gate] ?? 'number-impossible', text ?? 'refused');
