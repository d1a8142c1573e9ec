/** The re-INVITEs of ours in one dialog: one at a time, and none while the peer's own is not over (RFC 3261 14.1). */

import type { MessageHead } from '../message/message-head.ts';
import { Reinvite, type ReinviteOptions, type ReinviteRequest } from './reinvite.ts';

export interface ReinvitesOptions
  extends Pick<ReinviteOptions, 'link' | 'clock' | 'authorization' | 'sentLine' | 'receivedLine' | 'update'> {
  /** Null: the call is over, or not answered yet. */
  dialogId(): string | null;
  /** A 2xx of ours to a re-INVITE of the peer has no ACK yet. */
  isUnacknowledged(): boolean;
  headers(): Record<string, string>;
  /** A 2xx came. */
  accepted(head: MessageHead): void;
}

export class Reinvites {
  readonly #options: ReinvitesOptions;
  #present: Reinvite | null = null;

  constructor(options: ReinvitesOptions) {
    this.#options = options;
  }

  /** One has no final response yet. */
  get isAsking(): boolean {
    return this.#present?.isPending === true;
  }

  ask(request: ReinviteRequest): Reinvite | null {
    const { dialogId: dialogIdOf, isUnacknowledged, headers, accepted, ...options } = this.#options;
    const dialogId = dialogIdOf();
    if (dialogId === null) {
      request.done({ type: 'lost', text: 'the call is over' });
      return null;
    }
    if (this.isAsking || isUnacknowledged()) {
      request.done({ type: 'refused', status: 491, retryAfterSeconds: null, head: null });
      return null;
    }
    this.#present = new Reinvite({
      ...options,
      ...request,
      dialogId,
      headers: headers(),
      done: (outcome) => {
        if (outcome.type === 'accepted' && outcome.head !== null) accepted(outcome.head);
        request.done(outcome);
      },
    });
    return this.#present;
  }
}
