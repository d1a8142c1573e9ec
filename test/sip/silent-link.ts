import type { LinkHandlers, OutgoingRequest, RequestHandlers, SipLink } from '../../lib/sip/link.ts';

/** An engine that says nothing by itself. */
export class SilentLink implements SipLink {
  connected = false;
  readonly holds: boolean;
  handlers!: LinkHandlers;
  readonly sent: Array<{ request: OutgoingRequest; handlers: RequestHandlers }> = [];
  readonly cancelled: string[] = [];
  readonly acknowledged: string[] = [];

  constructor({ holds = false } = {}) {
    this.holds = holds;
  }

  async start(handlers: LinkHandlers): Promise<void> {
    this.handlers = handlers;
    this.connected = true;
    handlers.connected(['udp/127.0.14.80:5060']);
  }
  async stop(): Promise<void> {}
  send(request: OutgoingRequest, handlers: RequestHandlers): void {
    this.sent.push({ request, handlers });
  }
  cancel({ transactionId }: { transactionId: string }): void {
    this.cancelled.push(transactionId);
  }
  ack(dialogId: string): void {
    this.acknowledged.push(dialogId);
  }
  forget(): void {}
  pending(): number {
    return 0;
  }

  methods(): string[] {
    return this.sent.map(({ request }) => request.method);
  }
}
