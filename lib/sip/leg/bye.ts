/** Our BYE, once more with credentials where the peer asks for them: without an answer some trunks keep the call and charge it. */

import type { IncomingResponse, SipLink } from '../link.ts';
import type { MessageHead } from '../message/message-head.ts';

export interface ByeOptions {
  link: SipLink;
  dialogId: string;
  headers: Record<string, string>;
  authorization(
    response: IncomingResponse,
    request: { method: string; uri: string },
  ): { name: string; value: string } | null;
  sentLine(summary: string, at: number, head?: MessageHead): void;
  receivedLine(summary: string, response: IncomingResponse): void;
  /** It has its final response, or was not sent. */
  done(): void;
}

export function sendBye(options: ByeOptions, isRetry = false): void {
  const { link, dialogId, headers, authorization, sentLine, receivedLine, done } = options;
  let uri = '';
  link.send(
    { method: 'BYE', uri: '', dialogId, nextHop: null, headers, body: null },
    {
      sent: (sent) => {
        uri = sent.head.startLine.split(' ')[1] ?? '';
        sentLine('BYE', sent.at, sent.head);
      },
      failed: done,
      response: (response) => {
        if (response.source) receivedLine(`${response.status} ${response.phrase}`, response);
        if (response.status < 200) return;
        const isChallenge = response.status === 401 || response.status === 407;
        const credentials = isChallenge && !isRetry ? authorization(response, { method: 'BYE', uri }) : null;
        if (credentials) sendBye({ ...options, headers: { ...headers, [credentials.name]: credentials.value } }, true);
        else done();
      },
    },
  );
}
