import type { SipMessage } from '../message/sip-message.ts';
import type { Application } from './application.ts';
import type { Dialog } from './dialog.ts';

/** All dialogs, by what the peer writes and by the id that applications use. */
export class DialogTable {
  readonly #byPeerKey = new Map<string, Dialog>();
  readonly #byId = new Map<string, Dialog[]>();

  get size(): number {
    return this.#byPeerKey.size;
  }

  /** A hidden dialog is one that the engine ends by itself; applications do not find it. */
  add(dialog: Dialog, options: { hidden: boolean } = { hidden: false }): void {
    const { callId, localTag, remoteTag } = dialog.fields;
    this.#byPeerKey.set(peerKey(callId, localTag, remoteTag), dialog);
    if (options.hidden) return;
    const siblings = this.#byId.get(dialog.id);
    if (siblings === undefined) this.#byId.set(dialog.id, [dialog]);
    else if (!siblings.includes(dialog)) siblings.push(dialog);
  }

  /** Ends the dialog: nothing of it is sent or found any more. */
  remove(dialog: Dialog): void {
    dialog.state = 'terminated';
    for (const { watch } of dialog.awaitedAcks.values()) watch.stop();
    dialog.awaitedAcks.clear();
    const { callId, localTag, remoteTag } = dialog.fields;
    this.#byPeerKey.delete(peerKey(callId, localTag, remoteTag));
    const rest = this.#byId.get(dialog.id)?.filter((other) => other !== dialog) ?? [];
    if (rest.length === 0) this.#byId.delete(dialog.id);
    else this.#byId.set(dialog.id, rest);
  }

  /** The dialog of a request that came in (RFC 3261 12.2.2): its To tag is ours, its From tag the peer's. */
  ofRequest(request: SipMessage): Dialog | undefined {
    return this.#byPeerKey.get(peerKey(request.callId, request.toTag ?? '', request.fromTag ?? ''));
  }

  /** The dialog of a response to a request of ours. */
  ofResponse(response: SipMessage): Dialog | undefined {
    return this.#byPeerKey.get(peerKey(response.callId, response.fromTag ?? '', response.toTag ?? ''));
  }

  /** By the application's id. Of the early dialogs of a forked INVITE it is the newest, a confirmed one goes first. */
  byId(id: string): Dialog | undefined {
    const dialogs = this.#byId.get(id);
    return dialogs?.find((dialog) => dialog.state === 'confirmed') ?? dialogs?.at(-1);
  }

  allById(id: string): readonly Dialog[] {
    return this.#byId.get(id) ?? [];
  }

  ownedBy(owner: Application): Dialog[] {
    return [...this.#byPeerKey.values()].filter((dialog) => dialog.owner === owner);
  }

  expiredAt(now: number): Dialog[] {
    return [...this.#byPeerKey.values()].filter((dialog) => (dialog.expiresAt ?? Number.POSITIVE_INFINITY) <= now);
  }
}

function peerKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}
