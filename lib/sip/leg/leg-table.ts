/** Which leg a name, a dialog or a transaction leads to. */

import type { LegId } from '../../core/call/leg.ts';
import type { ReplacedDialog } from '../message/refer-to.ts';
import { ForkedCall } from './forked-call.ts';
import { InboundLeg } from './inbound-leg.ts';
import type { Leg } from './leg.ts';

const maxRememberedCancels = 4096;

export class LegTable {
  readonly #calls = new Map<LegId, Leg | ForkedCall>();
  /** Of forked calls, those aside that have won. */
  readonly #branches = new Set<Leg>();
  readonly #byDialog = new Map<string, Leg>();
  /** Offered calls by the transaction of their INVITE, for CANCEL. */
  readonly #byTransaction = new Map<string, InboundLeg>();
  /** Legs that their callers gave up before they were decided on, the oldest first. */
  readonly #cancelled = new Set<LegId>();

  get counts(): { legs: number; dialogs: number } {
    return { legs: this.#calls.size + this.#branches.size, dialogs: this.#byDialog.size };
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0 && this.#branches.size === 0;
  }

  /** All that can be hung up or lost, branches last. */
  get all(): Array<Leg | ForkedCall> {
    return [...this.#calls.values(), ...this.#branches];
  }

  has(legId: LegId): boolean {
    return this.#calls.has(legId);
  }

  call(legId: LegId): Leg | ForkedCall | undefined {
    return this.#calls.get(legId);
  }

  /** Not one that is still forked: that has no dialog and no media. */
  leg(legId: LegId): Leg | undefined {
    const call = this.#calls.get(legId);
    return call instanceof ForkedCall ? undefined : call;
  }

  inbound(legId: LegId): InboundLeg | undefined {
    const call = this.#calls.get(legId);
    return call instanceof InboundLeg ? call : undefined;
  }

  ofDialog(dialogId: string): Leg | undefined {
    return this.#byDialog.get(dialogId);
  }

  ofTransaction(transactionId: string): InboundLeg | undefined {
    return this.#byTransaction.get(transactionId);
  }

  add(call: Leg | ForkedCall): void {
    this.#calls.set(call.legId, call);
    if (call instanceof InboundLeg) this.#byTransaction.set(call.invite.transactionId, call);
  }

  addBranch(leg: Leg): void {
    this.#branches.add(leg);
  }

  /** The branch is the leg of its name from now on. */
  won(leg: Leg): void {
    this.#branches.delete(leg);
    this.#calls.set(leg.legId, leg);
  }

  bind(dialogId: string, leg: Leg): void {
    this.#byDialog.set(dialogId, leg);
  }

  remove(call: Leg | ForkedCall): void {
    if (this.#calls.get(call.legId) === call) this.#calls.delete(call.legId);
    if (call instanceof ForkedCall) return;
    this.#branches.delete(call);
    if (call instanceof InboundLeg) this.#byTransaction.delete(call.invite.transactionId);
    if (call.dialogId !== null && this.#byDialog.get(call.dialogId) === call) this.#byDialog.delete(call.dialogId);
  }

  /** Answered, and named by its other end: its own tags are the other way round (RFC 3891 3). */
  ofNames({ callId, toTag, fromTag }: ReplacedDialog): Leg | null {
    for (const call of this.all) {
      if (call instanceof ForkedCall || call.answeredAt === 0 || call.isClosing) continue;
      const names = call.dialogNames;
      if (names.callId === callId && names.localTag === toTag && names.remoteTag === fromTag) return call;
    }
    return null;
  }

  /** The other side of `there` is called what `here` was; both of them are nobody's any more. @returns the names that end */
  join(here: Leg, there: Leg): Array<{ legId: LegId; continuesAs?: LegId }> {
    const heir = there.partner!;
    const name = here.legId;
    const ended = [{ legId: there.legId }, { legId: heir.legId, continuesAs: name }];
    for (const leg of [here, there, heir]) this.#calls.delete(leg.legId);
    for (const leg of [here, there]) {
      leg.rename(`${leg.legId}.replaced`);
      this.#branches.add(leg);
    }
    heir.rename(name);
    this.#calls.set(name, heir);
    return ended;
  }

  wasCancelled(legId: LegId): boolean {
    return this.#cancelled.has(legId);
  }

  noteCancelled(legId: LegId): void {
    this.#cancelled.add(legId);
    const [oldest] = this.#cancelled;
    if (this.#cancelled.size > maxRememberedCancels && oldest !== undefined) this.#cancelled.delete(oldest);
  }
}
