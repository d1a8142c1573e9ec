import type { LinkHandlers, OutgoingRequest, RequestHandlers, SipLink } from './link.ts';

/**
 * A link over which no call and no registration begins: the last door, behind everybody who should not come this far.
 * Calls that come in are answered as always.
 */
export class SealedLink implements SipLink {
  readonly #link: SipLink;
  readonly #onRefused: (method: string) => void;

  /** @param onRefused somebody wanted to send a request of this method */
  constructor(link: SipLink, onRefused: (method: string) => void) {
    this.#link = link;
    this.#onRefused = onRefused;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  get holds(): boolean {
    return this.#link.holds;
  }

  start(handlers: LinkHandlers): Promise<void> {
    return this.#link.start(handlers);
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  /** What belongs to a dialog may end it; OPTIONS asks nothing of anybody. */
  send(request: OutgoingRequest, handlers: RequestHandlers): void {
    const isHarmless = request.method === 'OPTIONS' || (request.dialogId !== null && request.method !== 'INVITE');
    if (isHarmless) {
      this.#link.send(request, handlers);
      return;
    }
    this.#onRefused(request.method);
    handlers.failed('in the shadow nothing is sent');
  }

  cancel(target: Parameters<SipLink['cancel']>[0]): void {
    this.#link.cancel(target);
  }

  ack(dialogId: string): void {
    this.#link.ack(dialogId);
  }

  forget(transactionId: string): void {
    this.#link.forget(transactionId);
  }

  pending(): number {
    return this.#link.pending();
  }
}
