import type { SipMessage } from '../message/sip-message.ts';
import { randomBranch } from '../transaction/branch.ts';
import { destinationOf, type Target } from '../transaction/wire.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { nextHopOf } from './next-hop.ts';
import { type LocalEnd, viaOf } from './request-builder.ts';

/**
 * Finds where requests of a dialog go and calls back: at once for numeric addresses, so that they keep their order, later
 * if a name has to be resolved. An empty list means that there is no such place.
 */
export function withTargets(core: Core, dialog: Dialog, use: (targets: readonly Target[]) => void): void {
  const hop = nextHopOf(dialog.routing.nextHop);
  const known = dialog.target === undefined ? [] : [dialog.target];
  if (hop.kind === 'literal') {
    use([...known, hop.destination]);
    return;
  }
  if (hop.kind === 'invalid' || known.length > 0) {
    use(known);
    return;
  }
  dialog.resolution = (dialog.resolution ?? Promise.resolve())
    .then(() => core.resolve(hop.uri, {}))
    .then(use, () => use([]));
}

export function localEndFor(core: Core, target: Target): LocalEnd | undefined {
  const { protocol, address } = destinationOf(target);
  const sentBy = core.wire.sentByFor(protocol, address);
  return sentBy === undefined ? undefined : { protocol, ...sentBy };
}

/** Sends the ACK to a 2xx (RFC 3261 13.2.2.4), on its own branch, and keeps it for repeats of the 2xx. */
export function sendAck(
  core: Core,
  dialog: Dialog,
  about: { ack: SipMessage; targets: readonly Target[] },
): LocalEnd | undefined {
  const target = about.targets[0];
  const local = target === undefined ? undefined : localEndFor(core, target);
  if (target === undefined || local === undefined || dialog.toAck === undefined) return undefined;
  about.ack.prepend('Via', viaOf(local, randomBranch()));
  const bytes = about.ack.toBuffer();
  dialog.toAck.sent = { bytes, target };
  const second = about.targets[1];
  core.wire
    .send(bytes, target)
    .catch(() => (second === undefined ? undefined : core.wire.send(bytes, second).catch(() => undefined)));
  return local;
}

/** The ACK of the dialog to the 2xx of its INVITE, with the INVITE's credentials (RFC 3261 22.1). */
export function ackOf(dialog: Dialog): SipMessage | undefined {
  if (dialog.toAck === undefined) return undefined;
  const ack = dialog.request('ACK', dialog.toAck.cseq);
  for (const [name, value] of dialog.toAck.credentials) ack.append(name, value);
  return ack;
}

/** Answers a repeated 2xx with the ACK that was lost; nothing if the application has not sent one yet. */
export function repeatAck(core: Core, dialog: Dialog): void {
  const sent = dialog.toAck?.sent;
  if (sent !== undefined) core.wire.send(sent.bytes, sent.target).catch(() => undefined);
}
