import type { Gate } from '../core/call/rejection.ts';
import { acceptCallback } from '../core/callback/accept.ts';
import type { Callback, CallbackId, CallbackLogEntry } from '../core/callback/callback.ts';
import { duplicateKeyOf } from '../core/callback/callback.ts';
import type { Configuration } from '../core/configuration.ts';
import { notAccepting } from '../core/rules/gates.ts';
import { refusalAt } from '../core/rules/refusals.ts';
import type { CallbackRequest } from '../core/rules/request.ts';
import { acceptsFrom, type Switches } from '../core/trunk/switches.ts';
import type { Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { CallbackStore } from '../ports/store.ts';
import type { CallbackRunner } from './callback-runner.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { Mailboxes } from './mailbox.ts';

export type Acceptance =
  /** In the store, durable, and not dialled before it is promised. */
  | { type: 'accepted'; callback: Callback }
  /** The person has an open callback of the same rule: that one stands. */
  | { type: 'merged'; callback: Callback }
  | { type: 'refused'; gate: Gate; rejection: Rejection; text: string }
  /** The store is away: nothing may be promised. */
  | { type: 'unavailable' }
  /** Whoever asked did not wait for it. */
  | { type: 'withdrawn' };

export interface AcceptanceDetails {
  /** SIP Call-ID of the asking call; null: the API. */
  inboundCallId: string | null;
  userData?: Record<string, unknown> | null;
  /** Epoch milliseconds; default: the rule's delay from now. */
  dueAt?: number;
  /** Null: the promise is on its way in a BYE. Default: as the core has it. */
  promisedAt?: null;
  /** The call rings for so long, and is promised a callback by hanging up. */
  ringSeconds?: number;
  /** The hours begin then: not before it, whatever the delay. */
  notBefore?: number;
  /**
   * Asked once nothing stands against it, before anything is written: whoever asks goes on elsewhere, or ends what he does
   * now. @returns false: it is not wanted any more
   */
  granted?: () => Promise<boolean>;
  /** A callback that is over with the grant: it stands in the way of none, and no other may begin before its end is durable. */
  replaces?: CallbackId;
  /** The callback whose flow asks for it, and how many may come of one another so: a mailbox would be called for ever. */
  follows?: { callbackId: CallbackId; most: number };
}

export interface AcceptanceOptions {
  clock: Clock;
  ids: Ids;
  store: CallbackStore;
  runner: CallbackRunner;
  gatekeeper: Gatekeeper;
  configuration: () => Configuration;
  switches: () => Switches;
  /** It is in the store. */
  onAccepted?: (callback: Callback, log: CallbackLogEntry[]) => void;
  log: Log;
}

/** The gates that need the store, the last of them duplicate, and the durable write: after this a promise may be given. */
export class CallbackAcceptance {
  readonly #options: AcceptanceOptions;
  /** By number: two requests at a time must not both be the last one that its limit allows. */
  readonly #turns: Mailboxes;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
    this.#turns = new Mailboxes((_number, fault) =>
      options.log.error({ err: fault }, 'a request for a callback could not be handled'),
    );
  }

  accept(request: CallbackRequest, details: AcceptanceDetails): Promise<Acceptance> {
    const { promise, resolve } = Promise.withResolvers<Acceptance>();
    void this.#turns.post(numberOf(request), async () => resolve(await this.#decide(request, details)));
    return promise;
  }

  async #decide(request: CallbackRequest, details: AcceptanceDetails): Promise<Acceptance> {
    const { log } = this.#options;
    try {
      if (!acceptsFrom(this.#options.switches(), request.source)) return await this.#onlyWhatStands(request, details);
      const inARow = await this.#inARow(details);
      if (details.follows !== undefined && inARow > details.follows.most) return tooManyInARow(details.follows.most);
      const { gatekeeper } = this.#options;
      const passage = await gatekeeper.beforePromise(request, {
        byCall: details.inboundCallId !== null,
        except: details.replaces ?? null,
      });
      if (passage.type === 'refused') return passage;
      const accepted = await this.#granted(request, details, inARow).catch(async (error: unknown) => {
        await gatekeeper.giveBack(passage.taken);
        throw error;
      });
      if (accepted.type !== 'accepted') await gatekeeper.giveBack(passage.taken);
      return accepted;
    } catch (error) {
      log.error({ err: error }, 'no callback can be accepted: the store is not available');
      return { type: 'unavailable' };
    }
  }

  async #inARow({ follows }: AcceptanceDetails): Promise<number> {
    if (follows === undefined) return 1;
    const former = await this.#options.store.get(follows.callbackId);
    return (former?.inARow ?? 1) + 1;
  }

  /** What `accept` would say; nothing is written or counted. Rejects with StoreUnavailable. */
  async preview(
    request: CallbackRequest,
  ): Promise<{ type: 'free' } | Extract<Acceptance, { type: 'merged' | 'refused' }>> {
    const { gatekeeper, store, switches, configuration } = this.#options;
    const existing = await store.findOpen(duplicateKeyOf(request));
    const accepts = acceptsFrom(switches(), request.source);
    const refusal = accepts ? await gatekeeper.preview(request) : null;
    if (refusal !== null) return refusal;
    if (existing !== null) return { type: 'merged', callback: existing };
    return accepts ? { type: 'free' } : switchedOff(configuration());
  }

  /** The switch is off: nothing new is promised, and what was promised before is said again. */
  async #onlyWhatStands(request: CallbackRequest, { granted, replaces }: AcceptanceDetails): Promise<Acceptance> {
    const { store, configuration } = this.#options;
    const existing = await store.findOpen(duplicateKeyOf(request));
    if (existing === null || existing.id === replaces) return switchedOff(configuration());
    const isWanted = granted === undefined || (await granted());
    return isWanted ? { type: 'merged', callback: existing } : { type: 'withdrawn' };
  }

  async #granted(request: CallbackRequest, details: AcceptanceDetails, inARow: number): Promise<Acceptance> {
    const { granted, replaces } = details;
    if (granted !== undefined && !(await granted())) return { type: 'withdrawn' };
    const former = replaces === undefined ? null : await this.#options.store.get(replaces);
    return former === null || former.state === 'done'
      ? this.#insert(request, details, inARow)
      : { type: 'unavailable' };
  }

  async #insert(request: CallbackRequest, details: AcceptanceDetails, inARow: number): Promise<Acceptance> {
    const { store, runner, clock, ids } = this.#options;
    const id = ids.callbackId();
    const now = clock.now();
    const { notBefore, granted: _granted, replaces: _replaces, follows, ...rest } = details;
    const dueAt = details.dueAt ?? now + request.plan.terms.delaySeconds * 1_000;
    const due = notBefore === undefined ? {} : { dueAt: Math.max(dueAt, notBefore) };
    const { callback, log } = acceptCallback(
      {
        ...request,
        ...rest,
        ...due,
        ...(follows === undefined ? {} : { inARow }),
        id,
        userData: details.userData ?? null,
      },
      now,
    );
    runner.expect(id);
    try {
      const inserted = await store.insert({ callback, log, attempts: [] }, duplicateKeyOf(callback));
      if (inserted.result === 'duplicate') return { type: 'merged', callback: inserted.existing };
      runner.adopt(callback);
      this.#options.onAccepted?.(callback, log);
      return { type: 'accepted', callback };
    } finally {
      runner.unexpect(id);
    }
  }
}

const switchedOff = (configuration: Configuration): Extract<Acceptance, { type: 'refused' }> => ({
  type: 'refused',
  gate: 'accept',
  rejection: notAccepting(configuration),
  text: 'the switch is off',
});

const tooManyInARow = (most: number): Extract<Acceptance, { type: 'refused' }> => ({
  type: 'refused',
  gate: 'limits',
  rejection: refusalAt('limits'),
  text: `no more than ${most} that come of one another`,
});

const numberOf = ({ caller }: CallbackRequest): string => caller.e164 ?? caller.received;
