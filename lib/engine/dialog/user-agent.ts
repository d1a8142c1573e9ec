import type { SipMessage } from '../message/sip-message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { TransactionUser } from '../transaction/transaction-layer.ts';
import type { Flow } from '../transaction/wire.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { DialogRequests } from './dialog-requests.ts';
import { hangUp, reasonOf } from './hang-up.ts';
import { type Reply, Uac } from './uac.ts';
import { Uas } from './uas.ts';

const SWEEP_MS = 30_000;

/** The user agent core between the transactions and the applications (RFC 3261 chapters 8, 9, 12 to 15). */
export class UserAgent implements TransactionUser {
  readonly #core: Core;
  readonly #uac: Uac;
  readonly #uas: Uas;
  readonly #inDialog: DialogRequests;

  constructor(core: Core) {
    this.#core = core;
    this.#uac = new Uac(core);
    this.#uas = new Uas(core, (notify, flow) => this.#uac.earlyNotify(notify, flow));
    this.#inDialog = new DialogRequests(core, this.#uac);
    core.clock.after(SWEEP_MS, () => this.#endExpired());
  }

  get pending(): { incoming: number; outgoing: number } {
    return { incoming: this.#uas.pending, outgoing: this.#uac.pending };
  }

  onRequest(transaction: ServerTransaction): void {
    this.#uas.receive(transaction);
  }

  onCancel(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    this.#uas.cancel(cancel, invite);
  }

  onAck(ack: SipMessage, flow: Flow): void {
    this.#uas.acknowledge(ack, flow);
  }

  onStrayResponse(response: SipMessage, flow: Flow): void {
    this.#uac.strayResponse(response, flow);
  }

  /** An application's response to the request that it knows by this id. */
  respond(transactionId: string, app: SipMessage, reply: Reply): void {
    this.#uas.respond(transactionId, app, reply);
  }

  /** An application's request outside of a dialog. */
  send(owner: Application, about: { app: SipMessage; routeUri: string | undefined }, reply: Reply): void {
    this.#uac.send(owner, about, reply);
  }

  sendInDialog(command: { owner: Application; dialogId: string; app: SipMessage }, reply: Reply): void {
    this.#inDialog.send(command, reply);
  }

  cancel(transactionId: string, app: SipMessage, reply: Reply): void {
    this.#uac.cancel(transactionId, app, reply);
  }

  /**
   * An application has gone. Who waits for its answer gets 503, whom it calls gets CANCEL, and whom it talks to BYE: nobody
   * is left ringing or connected to nothing.
   */
  applicationGone(owner: Application): void {
    this.#uas.ownerGone(owner);
    this.#uac.ownerGone(owner);
    for (const dialog of this.#core.dialogs.ownedBy(owner)) {
      if (dialog.fields.kind === 'SUBSCRIBE') this.#core.dialogs.remove(dialog);
      else if (dialog.state === 'confirmed') hangUp(this.#core, dialog, { reason: reasonOf(503, 'Application gone') });
    }
  }

  #endExpired(): void {
    for (const dialog of this.#core.dialogs.expiredAt(this.#core.clock.now())) this.#core.dialogs.remove(dialog);
    this.#core.clock.after(SWEEP_MS, () => this.#endExpired());
  }
}
