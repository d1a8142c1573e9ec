import type { Timer } from '../clock.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Application } from './application.ts';
import type { Dialog } from './dialog.ts';
import type { ReliableResponses } from './reliable-responses.ts';

/** A request that waits for its application's answer. */
export interface Pending {
  readonly transaction: ServerTransaction;
  readonly owner: Application;
  /** Our tag in its responses. */
  toTag: string;
  /** The dialog that it came in, or that it makes. Set by `PendingRequests.join`. */
  dialog: Dialog | undefined;
  readonly isInDialog: boolean;
  readonly reliable: ReliableResponses;
  giveUp: Timer | undefined;
}

/** Requests that wait for an application, by their transaction's id and by their dialog. */
export class PendingRequests {
  readonly #byId = new Map<string, Pending>();
  readonly #byDialog = new Map<Dialog, Set<Pending>>();
  /** RFC 3261 14.2: a dialog has one at a time. */
  readonly #inviteOf = new Map<Dialog, Pending>();

  get size(): number {
    return this.#byId.size;
  }

  get(transactionId: string): Pending | undefined {
    return this.#byId.get(transactionId);
  }

  add(pending: Pending): void {
    this.#byId.set(pending.transaction.id, pending);
    if (pending.dialog !== undefined) this.join(pending, pending.dialog);
  }

  /** The request belongs to this dialog from now on. */
  join(pending: Pending, dialog: Dialog): void {
    pending.dialog = dialog;
    const siblings = this.#byDialog.get(dialog);
    if (siblings === undefined) this.#byDialog.set(dialog, new Set([pending]));
    else siblings.add(pending);
    if (pending.transaction.request.method === 'INVITE') this.#inviteOf.set(dialog, pending);
  }

  delete(pending: Pending): void {
    this.#byId.delete(pending.transaction.id);
    const { dialog } = pending;
    if (dialog === undefined) return;
    const siblings = this.#byDialog.get(dialog);
    siblings?.delete(pending);
    if (siblings?.size === 0) this.#byDialog.delete(dialog);
    if (this.#inviteOf.get(dialog) === pending) this.#inviteOf.delete(dialog);
  }

  inviteOf(dialog: Dialog): Pending | undefined {
    return this.#inviteOf.get(dialog);
  }

  /** As they are now; the list does not change while its requests are answered. */
  of(dialog: Dialog): readonly Pending[] {
    return [...(this.#byDialog.get(dialog) ?? [])];
  }

  ownedBy(owner: Application): readonly Pending[] {
    return [...this.#byId.values()].filter((pending) => pending.owner === owner);
  }
}
