import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import { SipMessage } from '../../../lib/engine/message/sip-message.ts';

export interface Received {
  readonly message: SipMessage;
  readonly text: string;
  readonly from: RemoteInfo;
}

/** A SIP peer made of one UDP socket: it answers nothing by itself, and remembers everything that it got. */
export class UdpPeer {
  readonly address: string;
  readonly port: number;
  readonly received: Received[] = [];
  readonly #socket: Socket;
  readonly #waiting: { matches: (got: Received) => boolean; resolve: (got: Received) => void }[] = [];
  readonly #taken = new Set<Received>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.address = address;
    this.port = port;
    socket.on('message', (bytes, from) => this.#take(bytes, from));
  }

  static async open(address: string, port = 0): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(port, address);
    await once(socket, 'listening');
    return new UdpPeer(socket);
  }

  /** The oldest message that matches and has not been given out yet, now or when it comes. */
  async next(matches: (message: SipMessage) => boolean, what = 'a message', timeoutMs = 4_000): Promise<Received> {
    const known = this.received.find((got) => !this.#taken.has(got) && matches(got.message));
    if (known !== undefined) {
      this.#taken.add(known);
      return known;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come; got: ${this.summary()}`)), timeoutMs);
      this.#waiting.push({
        matches: (got) => matches(got.message),
        resolve: (got) => {
          clearTimeout(timer);
          this.#taken.add(got);
          resolve(got);
        },
      });
    });
  }

  request(method: string, timeoutMs?: number): Promise<Received> {
    return this.next((message) => message.isRequest && message.method === method, method, timeoutMs);
  }

  response(status: number, method?: string, timeoutMs?: number): Promise<Received> {
    const matches = (message: SipMessage) =>
      !message.isRequest && message.status === status && (method === undefined || message.cseq?.method === method);
    return this.next(matches, `${status} ${method ?? ''}`, timeoutMs);
  }

  send(message: SipMessage | string | Uint8Array, to: { address: string; port: number }): void {
    const bytes = message instanceof SipMessage ? message.toBuffer() : message;
    this.#socket.send(bytes, to.port, to.address);
  }

  /** A response to a request that came in, sent to where it came from. */
  respond(
    got: Received,
    status: number,
    options: { tag?: string; contact?: string; headers?: Record<string, string>; body?: string } = {},
  ): SipMessage {
    const response = SipMessage.response(status);
    const { message } = got;
    for (const via of message.lines('via')) response.append('Via', via);
    for (const route of message.lines('record-route')) response.append('Record-Route', route);
    response.append('From', message.get('from')!);
    const needsTag = options.tag !== undefined && message.toTag === undefined;
    response.append('To', needsTag ? `${message.get('to')};tag=${options.tag}` : message.get('to')!);
    response.append('Call-ID', message.callId);
    response.append('CSeq', message.get('cseq')!);
    if (status >= 180 && status < 300) response.append('Contact', options.contact ?? this.contact);
    for (const [name, value] of Object.entries(options.headers ?? {})) response.append(name, value);
    response.body = Buffer.from(options.body ?? '');
    this.send(response, { address: got.from.address, port: got.from.port });
    return response;
  }

  get contact(): string {
    return `<sip:peer@${this.address}:${this.port}>`;
  }

  /** A request of this peer, complete. */
  build(method: string, uri: string, options: RequestOptions = {}): SipMessage {
    const request = SipMessage.request(method, uri);
    const branch = options.branch ?? `z9hG4bK${randomBytes(8).toString('hex')}`;
    request.append('Via', `SIP/2.0/UDP ${this.address}:${this.port};branch=${branch}`);
    request.append('Max-Forwards', '70');
    request.append('From', `<sip:peer@${this.address}>;tag=${options.fromTag ?? 'peer'}`);
    request.append('To', options.toTag === undefined ? `<${uri}>` : `<${uri}>;tag=${options.toTag}`);
    request.append('Call-ID', options.callId ?? randomBytes(8).toString('hex'));
    request.append('CSeq', `${options.cseq ?? 1} ${method}`);
    if (method === 'INVITE') request.append('Contact', this.contact);
    for (const [name, value] of Object.entries(options.headers ?? {})) request.append(name, value);
    if (options.body !== undefined) {
      request.append('Content-Type', 'application/sdp');
      request.body = Buffer.from(options.body);
    }
    return request;
  }

  summary(): string {
    return this.received
      .map(({ message }) => (message.isRequest ? message.method : `${message.status}/${message.cseq?.method}`))
      .join(' ');
  }

  count(matches: (message: SipMessage) => boolean): number {
    return this.received.filter(({ message }) => matches(message)).length;
  }

  close(): void {
    this.#socket.close();
  }

  #take(bytes: Buffer, from: RemoteInfo): void {
    // A 400 carries back what was wrong.
    const parsed = parseMessage(bytes, { isFragment: bytes.toString('latin1', 0, 12) === 'SIP/2.0 400 ' });
    if (!parsed.ok) throw new Error(`the engine sent what cannot be read (${parsed.reason}):\n${bytes}`);
    const got = { message: parsed.message, text: bytes.toString(), from };
    this.received.push(got);
    const at = this.#waiting.findIndex((waiting) => waiting.matches(got));
    if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(got);
  }
}

export interface RequestOptions {
  readonly branch?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n';
