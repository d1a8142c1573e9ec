import type { SipMessage } from '../message/sip-message.ts';
import type { Flow } from '../transaction/wire.ts';
import type { Core } from './core.ts';
import { Dialog, dialogIdOf } from './dialog.ts';
import { repeatAck } from './dialog-sender.ts';
import { hangUp, reasonOf } from './hang-up.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

const DEFAULT_SUBSCRIPTION_SECONDS = 3600;

/** The dialogs that answers to our INVITE and SUBSCRIBE make (RFC 3261 12.1.2, 13.2.2). */
export class UacDialogs {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A provisional response with a To tag makes or updates an early dialog (RFC 3261 13.2.2.1). */
  takeProvisional(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): void {
    if (response.toTag === undefined || !outgoing.isInvite) return;
    const dialog = this.#dialogOf(outgoing, response, flow);
    const rseq = Number(response.get('rseq'));
    if (Number.isInteger(rseq) && rseq > 0) dialog.lastRseq = rseq;
  }

  /** The first 2xx to an INVITE or SUBSCRIBE: the dialog that the application gets. */
  confirm(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): Dialog {
    const dialog = this.#dialogOf(outgoing, response, flow);
    dialog.state = 'confirmed';
    outgoing.acceptedTag = response.toTag ?? '';
    if (outgoing.isInvite) dialog.expectToAck(outgoing.request);
    else dialog.expiresAt = subscriptionEnd(this.#core, response);
    this.dropEarly(outgoing);
    return dialog;
  }

  /** A 2xx that nobody waits for: from another fork, or for a call that was given up. It is acknowledged and ended. */
  decline(outgoing: OutgoingRequest, response: SipMessage, about: { flow: Flow; reason: string }): void {
    const known = this.#core.dialogs.ofResponse(response);
    if (known !== undefined && known.state !== 'early') {
      repeatAck(this.#core, known);
      return;
    }
    if (known !== undefined) this.#core.dialogs.remove(known);
    const dialog = this.#make(outgoing, response, about.flow);
    dialog.state = 'confirmed';
    dialog.expectToAck(outgoing.request);
    this.#core.dialogs.add(dialog, { hidden: true });
    hangUp(this.#core, dialog, { reason: reasonOf(200, about.reason) });
  }

  /** Forgets the early dialogs of a request that has its final response. */
  dropEarly(outgoing: OutgoingRequest): void {
    const { callId, fromTag = '' } = outgoing.request;
    for (const dialog of [...this.#core.dialogs.allById(dialogIdOf(callId, fromTag))]) {
      if (dialog.state === 'early') this.#core.dialogs.remove(dialog);
    }
  }

  #dialogOf(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): Dialog {
    const known = this.#core.dialogs.ofResponse(response);
    if (known !== undefined) {
      // RFC 3261 13.2.2.4: the route set is that of the 2xx, not of an earlier provisional response.
      if (response.status >= 200) known.routeSet = response.getAll('record-route').reverse();
      known.refreshTarget(response, flow);
      return known;
    }
    const dialog = this.#make(outgoing, response, flow);
    this.#core.dialogs.add(dialog);
    return dialog;
  }

  #make(outgoing: OutgoingRequest, response: SipMessage, flow: Flow): Dialog {
    const { natDetection } = this.#core.options;
    const dialog = Dialog.ofUac(outgoing.request, response, { owner: outgoing.owner, natDetection });
    if (!response.has('contact')) dialog.target = outgoing.target;
    dialog.refreshTarget(response, flow);
    return dialog;
  }
}

/** When a subscription ends that this message granted, with time for the last NOTIFY; epoch milliseconds. */
export function subscriptionEnd(core: Core, message: SipMessage): number {
  const seconds = Number(/^\d{1,9}$/.exec(message.get('expires') ?? '')?.[0] ?? DEFAULT_SUBSCRIPTION_SECONDS);
  return core.clock.now() + seconds * 1000 + core.timers.t1x64;
}
