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
 * settled. `onSent` gets the BYE. A call that waits for the peer's ACK is ended after it (RFC 3261 section 15).
 */
export function hangUp(
  core: Core,
  dialog: Dialog,
  about: { reason: string; onSent?: (bye: SipMessage) => void },
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
    const bye = sendBye(core, dialog, { reason: about.reason, target: targets[0] });
    if (bye !== undefined) about.onSent?.(bye);
    else core.dialogs.remove(dialog);
  });
}

function sendBye(
  core: Core,
  dialog: Dialog,
  about: { reason: string; target: Target | undefined },
): SipMessage | undefined {
  const local = about.target === undefined ? undefined : localEndFor(core, about.target);
  if (about.target === undefined || local === undefined) return undefined;
  const bye = dialog.request('BYE');
  bye.append('Reason', about.reason);
  bye.prepend('Via', viaOf(local, randomBranch()));
  const done = () => core.dialogs.remove(dialog);
  core.transactions.request(bye, about.target, {
    onResponse: (response) => {
      if (response.status >= 200) done();
    },
    onFailure: done,
  });
  return bye;
}
