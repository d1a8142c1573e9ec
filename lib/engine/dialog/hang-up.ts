import type { SipMessage } from '../message/sip-message.ts';
import { randomBranch } from '../transaction/branch.ts';
import type { Target } from '../transaction/wire.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { ackOf, localEndFor, sendAck, withTargets } from './dialog-sender.ts';
import { viaOf } from './request-builder.ts';

/** RFC 3326. The value of a Reason header. */
export function reasonOf(cause: number, text: string): string {
  return `SIP ;cause=${cause} ;text="${text}"`;
}

/**
 * The engine ends a call by itself: acknowledges a 2xx that still wants it, sends a BYE and forgets the dialog once that is
 * settled. `onEnded` gets the BYE, also one that finds no way to the peer. A call that waits for the peer's ACK is ended after
 * it (RFC 3261 section 15).
 */
export function hangUp(
  core: Core,
  dialog: Dialog,
  about: { reason: string; onEnded?: (bye: SipMessage) => void },
): void {
  if (dialog.isEnding || dialog.state === 'terminated') return;
  if (dialog.awaitedAcks.size > 0) {
    dialog.heldRequests.push(() => hangUp(core, dialog, about));
    return;
  }
  dialog.isEnding = true;
  withTargets(core, dialog, (targets) => {
    const ack = dialog.toAck?.sent === undefined ? ackOf(dialog) : undefined;
    if (ack !== undefined) sendAck(core, dialog, { ack, targets });
    const bye = dialog.request('BYE');
    bye.append('Reason', about.reason);
    if (!sendBye(core, dialog, { bye, target: targets[0] })) core.dialogs.remove(dialog);
    about.onEnded?.(bye);
  });
}

/** False if there is no way to send it. */
function sendBye(core: Core, dialog: Dialog, about: { bye: SipMessage; target: Target | undefined }): boolean {
  const { bye, target } = about;
  const local = target === undefined ? undefined : localEndFor(core, target);
  if (target === undefined || local === undefined) return false;
  bye.prepend('Via', viaOf(local, randomBranch()));
  const done = () => core.dialogs.remove(dialog);
  core.transactions.request(bye, target, {
    onResponse: (response) => {
      if (response.status >= 200) done();
    },
    onFailure: done,
  });
  return true;
}
