/**
 * A call to one or several extensions, at all contacts (`core/call/fork.ts`). Until somebody answers it stands for the leg; then the
 * branch that was answered is the leg, and the others end on their own.
 *
 * drachtio-fn-b2b-sugar's Simring is not used for it. It is made of `createUAC`, which drops a second 2xx and throws on a missing
 * Contact; it needs the caller's request, which a callback has not, and answers that itself; its branches share one options
 * object and are kept by URI, so that two phones behind one address are one; a 6xx stops nothing, the best failure is not
 * chosen, a CANCEL does not wait for a provisional response, and its way out of a race names `dlg.sip.callid`, which is not
 * what srf calls it.
 */

import { beginFork, type Fork, type ForkEffect, type ForkStep, reduceFork } from '../../core/call/fork.ts';
import type { HangupReason, LegEvent, LegId, LegResult } from '../../core/call/leg.ts';
import type { ContactTarget, ExtensionTargets } from '../dial-target.ts';
import type { LegContext } from './leg-context.ts';
import type { OutboundLeg } from './outbound-leg.ts';

export interface ForkedCallOptions {
  legId: LegId;
  context: Pick<LegContext, 'clock' | 'event' | 'log'>;
  targets: () => Promise<ExtensionTargets>;
  /** A leg for one contact, whose events go to `event`; not started. */
  branch: (target: ContactTarget, event: (event: LegEvent) => void) => OutboundLeg;
  /** `leg` is the leg of this id from now on. */
  won: (leg: OutboundLeg) => void;
  /** Nothing may lead to it any more; comes before its last event. */
  release: () => void;
}

const ELSEWHERE = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' } as const;
const REFUSED: HangupReason = { cause: 21, text: 'Declined elsewhere' };
const lookupTimeoutMs = 10_000;

export class ForkedCall {
  readonly legId: LegId;
  readonly #options: ForkedCallOptions;
  #targets: ContactTarget[] = [];
  #fork: Fork | null = null;
  readonly #legs = new Map<number, OutboundLeg>();
  #isOver = false;
  #stopAlarm: () => void;

  constructor(options: ForkedCallOptions) {
    this.#options = options;
    this.legId = options.legId;
    const { clock } = options.context;
    this.#stopAlarm = clock.after(lookupTimeoutMs, () =>
      this.#fail({ kind: 'transport', text: 'looking up the contacts took too long' }),
    );
  }

  start(): void {
    this.#options
      .targets()
      .then((found) => this.#begin(found))
      .catch((error: unknown) => {
        this.#options.context.log.error({ legId: this.legId, error: String(error) }, 'contacts could not be read');
        this.#fail({ kind: 'transport', text: 'internal error' });
      });
  }

  #begin(found: ExtensionTargets): void {
    if (this.#isOver) return;
    if (!found.found) {
      this.#fail({ kind: found.kind, text: found.text });
      return;
    }
    this.#targets = found.dials;
    this.#follow(beginFork(this.legId, found.dials, this.#options.context.clock.now()));
  }

  hangUp(reason: HangupReason): void {
    if (this.#fork === null) this.#fail({ kind: 'cancelled', text: reason.text });
    else this.#follow(reduceFork(this.#fork, { type: 'hangUp', reason }, this.#options.context.clock.now()));
  }

  /** The control connection is gone, and nobody knows how the call ends. */
  lost(): void {
    if (!this.#isOver) this.#end();
  }

  #branchEvent(index: number, event: LegEvent): void {
    if (event.type === 'rejected' || event.type === 'ended') this.#legs.delete(index);
    if (this.#fork === null) return;
    this.#follow(reduceFork(this.#fork, { type: 'branch', index, event }, this.#options.context.clock.now()));
  }

  #follow({ fork, effects }: ForkStep): void {
    const { clock } = this.#options.context;
    this.#fork = fork;
    this.#stopAlarm();
    const at = fork.nextGroupAt;
    this.#stopAlarm = at === null ? () => {} : clock.after(at - clock.now(), () => this.#nextGroup(at));
    for (const effect of effects) this.#perform(effect);
  }

  /** @param at the clock may have been set back meanwhile */
  #nextGroup(at: number): void {
    const now = Math.max(at, this.#options.context.clock.now());
    if (this.#fork !== null) this.#follow(reduceFork(this.#fork, { type: 'alarm' }, now));
  }

  #perform(effect: ForkEffect): void {
    switch (effect.type) {
      case 'call': {
        const { index } = effect;
        const leg = this.#options.branch(this.#targets[index]!, (event) => this.#branchEvent(index, event));
        this.#legs.set(index, leg);
        leg.start();
        return;
      }
      case 'stop': {
        const { index, why } = effect;
        this.#legs.get(index)?.hangUp(why === 'elsewhere' ? ELSEWHERE : why === 'refused' ? REFUSED : why);
        return;
      }
      case 'win':
        this.#options.won(this.#legs.get(effect.index)!);
        return;
      case 'tell':
        this.#tell(effect.event);
    }
  }

  #tell(event: LegEvent): void {
    if (event.type === 'rejected' || event.type === 'ended') this.#end();
    this.#options.context.event(event);
  }

  #end(): void {
    this.#isOver = true;
    this.#stopAlarm();
    this.#options.release();
  }

  #fail(result: Pick<LegResult, 'kind' | 'text'>): void {
    if (this.#isOver) return;
    const empty = { status: 0, phrase: '', q850Cause: null, location: null, retryAfterSeconds: null, rang: false };
    this.#tell({
      type: 'rejected',
      legId: this.legId,
      result: { ...empty, ...result, ...(result.kind === 'transport' ? { ours: true } : {}) },
    });
  }
}
