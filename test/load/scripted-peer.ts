import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { cseqOf, formatSip, parseSip, type SipText, tagOf, uriOf } from '../support/sip-text.ts';

interface Hop {
  address: string;
  port: number;
}

/** A caller that does nothing by itself: each message is sent and awaited by the test, as a proxy or a bad line would. */
export class ScriptedPeer {
  readonly received: SipText[] = [];
  readonly #socket: Socket;
  readonly #phone: Hop;
  readonly #waiting: Array<() => void> = [];

  private constructor(socket: Socket, phone: Hop) {
    this.#socket = socket;
    this.#phone = phone;
    socket.on('message', (datagram) => {
      this.received.push(parseSip(datagram.toString('latin1'))!);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  static async open(address: string, phone: Hop): Promise<ScriptedPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new ScriptedPeer(socket, phone);
  }

  get hop(): Hop {
    return this.#socket.address() as Hop;
  }

  close(): void {
    this.#socket.close();
  }

  send(text: string): void {
    this.#socket.send(text, this.#phone.port, this.#phone.address);
  }

  /** The nth message that matches; mocha's timeout is the limit. */
  async get(what: string | number, nth = 1): Promise<SipText> {
    const found = () => this.all(what)[nth - 1];
    while (!found()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return found()!;
  }

  /** `200 BYE`: by status and CSeq; a number: that status of an INVITE; a word: that request. */
  all(what: string | number): SipText[] {
    return this.received.filter((message) => {
      if (message.status === 0) return message.method === what;
      const { method } = cseqOf(message);
      return what === `${message.status} ${method}` || (what === message.status && method === 'INVITE');
    });
  }

  invite(parts: { number?: string; callId?: string; branch?: string; cseq?: number; headers?: string[] } = {}): string {
    const { number = '+5548991000001', callId = 'call-1', branch = 'first', cseq = 1, headers = [] } = parts;
    const uri = `sip:${number}@${this.#phone.address}:${this.#phone.port}`;
    return this.#request('INVITE', uri, { branch, callId, cseq, to: `<${uri}>`, headers, body: OFFER });
  }

  /** ACK of a rejection: of the INVITE's transaction. */
  ackOf(invite: string, response: SipText): string {
    const { uri, callId, branch, cseq } = readBack(invite);
    return this.#request('ACK', uri, { callId, branch, cseq, to: response.get('to') });
  }

  cancelOf(invite: string): string {
    const { uri, callId, branch, cseq, to } = readBack(invite);
    return this.#request('CANCEL', uri, { callId, branch, cseq, to });
  }

  /** A request within the dialog that the answer made; an ACK too. */
  within(answer: SipText, method: string, parts: { cseq?: number; branch?: string; body?: string } = {}): string {
    const { cseq = 2, branch = `${method}-${cseq}`, body = '' } = parts;
    const uri = uriOf(answer.get('contact')) || 'sip:phone';
    return this.#request(method, uri, { callId: answer.get('call-id'), branch, cseq, to: answer.get('to'), body });
  }

  /** The response to a request of the phone. */
  respond(request: SipText, status: number): void {
    const copied = ['via', 'from', 'to', 'call-id', 'cseq'].map((name) => [name, request.get(name)] as const);
    this.send(formatSip(`SIP/2.0 ${status} Test`, copied, ''));
  }

  #request(
    method: string,
    uri: string,
    parts: { branch: string; callId: string; cseq: number; to: string; headers?: string[]; body?: string },
  ): string {
    const { address, port } = this.hop;
    const fields = [
      ['Via', `SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-${parts.branch}`],
      ['Max-Forwards', '70'],
      ['From', `<sip:server@${address}>;tag=peer`],
      ['To', parts.to],
      ['Call-ID', parts.callId],
      ['CSeq', `${parts.cseq} ${method}`],
      ['Contact', `<sip:server@${address}:${port}>`],
      ...(parts.headers ?? []).map((line) => line.split(': ') as [string, string]),
    ] as Array<[string, string]>;
    return formatSip(`${method} ${uri} SIP/2.0`, fields, parts.body ?? '');
  }
}

function readBack(text: string) {
  const message = parseSip(text)!;
  const branch = /branch=z9hG4bK-([^;\s]+)/.exec(message.get('via'))![1]!;
  const to = message.get('to');
  return { uri: message.uri, callId: message.get('call-id'), branch, cseq: cseqOf(message).number, to };
}

export const tagsOf = (messages: SipText[]) => new Set(messages.map((message) => tagOf(message.get('to'))));

const OFFER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n' +
  'a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\nm=video 4002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
