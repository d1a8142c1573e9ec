import type { Buffer } from 'node:buffer';
import type { SipMessage } from '../message/sip-message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Flow } from '../transaction/wire.ts';
import { AckWatch } from './ack-watch.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { hangUp, reasonOf } from './hang-up.ts';
import { peerOf } from './peer.ts';

/** Our 2xx to INVITEs until their ACK (RFC 3261 13.3.1.4). */
export class AcceptedInvites {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Repeats the 2xx that has just gone out. */
  expectAck(dialog: Dialog, transaction: ServerTransaction, bytes: Buffer): void {
    const { clock, timers, wire } = this.#core;
    const number = transaction.request.cseq?.number ?? 0;
    const watch = new AckWatch({
      clock,
      timers,
      resend: () => void wire.send(bytes, transaction.responseTarget).catch(() => undefined),
      onTimeout: () => this.#ackMissing(dialog, number),
    });
    dialog.awaitedAcks.set(number, { watch, transactionId: transaction.id });
  }

  /** Ends the repeats, tells the application, and lets go what waited for the ACK. */
  acknowledge(ack: SipMessage, flow: Flow): void {
    const dialog = this.#core.dialogs.ofRequest(ack);
    const number = ack.cseq?.number ?? -1;
    const awaited = dialog?.awaitedAcks.get(number);
    if (dialog === undefined || awaited === undefined) return;
    awaited.watch.stop();
    dialog.awaitedAcks.delete(number);
    const { transactionId } = awaited;
    dialog.owner.deliver({ source: 'network', message: ack, peer: peerOf(flow), transactionId, dialogId: dialog.id });
    releaseHeld(dialog);
  }

  /** RFC 3261 13.3.1.4: without an ACK the session is ended by BYE. */
  #ackMissing(dialog: Dialog, number: number): void {
    dialog.awaitedAcks.delete(number);
    if (dialog.heldRequests.length > 0) {
      releaseHeld(dialog);
      return;
    }
    const onEnded = (message: SipMessage) => {
      const { owner, id: dialogId } = dialog;
      owner.deliver({ source: 'application', message, peer: undefined, transactionId: 'unsolicited', dialogId });
      const reason = 'system-initiated-termination';
      this.#core.applications.record({ type: 'stop', source: 'application', reason, message });
    };
    hangUp(this.#core, dialog, { reason: reasonOf(200, 'ACK timeout'), onEnded });
  }
}

function releaseHeld(dialog: Dialog): void {
  if (dialog.awaitedAcks.size > 0) return;
  for (const run of dialog.heldRequests.splice(0)) run();
}
