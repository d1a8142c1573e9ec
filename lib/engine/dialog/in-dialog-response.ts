import type { SipMessage } from '../message/sip-message.ts';
import type { Flow } from '../transaction/wire.ts';
import type { Core } from './core.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { subscriptionEnd } from './uac-dialogs.ts';

const REFRESHES_TARGET = new Set(['UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** What the final response to a request of ours does to its dialog. `flow` is undefined for a made-up one. */
export function settleInDialog(
  core: Core,
  outgoing: OutgoingRequest,
  about: { response: SipMessage; flow: Flow | undefined },
): void {
  const dialog = outgoing.dialog!;
  const { response, flow } = about;
  const { method } = outgoing.request;
  const isSuccess = response.status < 300;
  if (method === 'BYE') {
    // The application may say it again with credentials; if it does not, the dialog must not stay.
    if (response.status === 401 || response.status === 407) {
      core.clock.after(core.timers.t1x64, () => core.dialogs.remove(dialog));
    } else core.dialogs.remove(dialog);
    return;
  }
  if (isSuccess && flow !== undefined && REFRESHES_TARGET.has(method)) dialog.refreshTarget(response, flow);
  if (dialog.fields.kind !== 'SUBSCRIBE') return;
  // RFC 6665 4.4.1: a terminating NOTIFY, or an answer that denies the subscription, ends it.
  const ended = method === 'NOTIFY' && /^terminated\b/i.test(outgoing.request.get('subscription-state') ?? '');
  if (ended || response.status === 481) core.dialogs.remove(dialog);
  else if (isSuccess && method === 'SUBSCRIBE') dialog.expiresAt = subscriptionEnd(core, response);
}
