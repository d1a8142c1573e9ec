/** Requests of ours within a dialog that are no INVITE: INFO, MESSAGE, NOTIFY, UPDATE. Each ends with one answer. */

import type { Clock } from '../../ports/clock.ts';
import type { IncomingResponse, SipLink } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';
import { transactionTimeoutMs } from './leg-context.ts';

export type DialogAnswer =
  | { type: 'answered'; status: number; phrase: string; head: MessageHead; body: string }
  /** 408, 481 or silence: the peer has no such dialog any more (RFC 3261 12.2.1.2). */
  | { type: 'lost'; text: string };

export interface DialogRequest {
  method: string;
  headers: Record<string, string>;
  body: string | null;
}

export interface DialogClientOptions {
  link: SipLink;
  clock: Clock;
  dialogId(): string | null;
  authorization(
    response: IncomingResponse,
    request: { method: string; uri: string },
  ): { name: string; value: string } | null;
  sentLine(summary: string, at: number, head?: MessageHead): void;
  receivedLine(summary: string, response: IncomingResponse): void;
}

export class DialogClient {
  readonly #options: DialogClientOptions;
  readonly #open = new Set<(answer: DialogAnswer) => void>();

  constructor(options: DialogClientOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  request(request: DialogRequest): Promise<DialogAnswer> {
    return new Promise((resolve) => {
      const { clock } = this.#options;
      const stopAlarm = clock.after(transactionTimeoutMs + 1000, () =>
        settle({ type: 'lost', text: `no answer to ${request.method}` }),
      );
      const settle = (answer: DialogAnswer) => {
        if (!this.#open.delete(settle)) return;
        stopAlarm();
        resolve(answer);
      };
      this.#open.add(settle);
      this.#send(request, settle, false);
    });
  }

  /** The dialog is over. */
  close(): void {
    for (const settle of [...this.#open]) settle({ type: 'lost', text: 'the call is over' });
  }

  #send(request: DialogRequest, settle: (answer: DialogAnswer) => void, isRetry: boolean): void {
    const { link, dialogId, sentLine, receivedLine } = this.#options;
    const { method, headers, body } = request;
    let uri = '';
    link.send(
      { method, uri: '', dialogId: dialogId(), nextHop: null, headers, body },
      {
        sent: (sent) => {
          uri = sent.head.startLine.split(' ')[1] ?? '';
          sentLine(method, sent.at, sent.head);
        },
        failed: (text) => settle({ type: 'lost', text: `${method} could not be sent: ${text}` }),
        response: (response) => {
          const { status, phrase, head } = response;
          if (response.source) receivedLine(`${status} ${phrase}`, response);
          if (status < 200) return;
          const isChallenge = (status === 401 || status === 407) && !isRetry;
          const credentials = isChallenge ? this.#options.authorization(response, { method, uri }) : null;
          if (credentials !== null) {
            const more = { ...headers, [credentials.name]: credentials.value };
            this.#send({ ...request, headers: more }, settle, true);
          } else if (status === 408 || status === 481) settle({ type: 'lost', text: `${method} got ${status}` });
          else settle({ type: 'answered', status, phrase, head, body: response.body });
        },
      },
    );
  }
}
