/** RFC 3261 chapter 17 over one UDP socket, as far as a test phone needs it: nothing is counted twice, nothing goes missing. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { branchOf, cseqOf, parseSip, type SipText } from './sip-text.ts';

export interface Hop {
  address: string;
  port: number;
}

export interface SipRecord {
  at: number;
  direction: 'in' | 'out';
  message: SipText;
  peer: Hop;
  /** Lost by the script: it did not leave, or was not looked at. */
  dropped: boolean;
}

const t2Ms = 4000;

interface ServerTransaction {
  lastResponse: string | null;
  stopRepeats: () => void;
}

interface ClientTransaction {
  request: SipText;
  hop: Hop;
  stop: () => void;
  response: (response: SipText, isRepeat: boolean) => void;
  finalSeen: boolean;
}

export class SipTransactions {
  readonly address: string;
  readonly port: number;
  readonly log: SipRecord[] = [];
  /** Return true to lose a message. */
  drop: (message: SipText, direction: 'in' | 'out') => boolean = () => false;
  /** A request seen for the first time, ACK of a 2xx included. */
  onRequest: (request: SipText, from: Hop) => void = () => {};
  /** Every message that was not dropped, repeats included. */
  onMessage: (record: SipRecord) => void = () => {};
  readonly t1Ms: number;
  readonly #socket: Socket;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  protected constructor(socket: Socket, t1Ms: number) {
    this.#socket = socket;
    this.t1Ms = t1Ms;
    const { address, port } = socket.address();
    this.address = address;
    this.port = port;
    socket.on('message', (bytes, from) => this.#receive(bytes.toString(), from));
    socket.on('error', () => {});
  }

  static async bind(address: string, port: number): Promise<Socket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(port, address);
    await once(socket, 'listening');
    return socket;
  }

  get via(): string {
    return `SIP/2.0/UDP ${this.address}:${this.port};rport`;
  }

  send(raw: string, hop: Hop): void {
    const message = parseSip(raw)!;
    const dropped = this.drop(message, 'out');
    this.log.push({ at: Date.now(), direction: 'out', message, peer: hop, dropped });
    if (!dropped && !this.#closed) this.#socket.send(raw, hop.port, hop.address);
  }

  /** Any bytes, not looked at and not recorded. */
  sendRaw(bytes: string | Uint8Array, hop: Hop): void {
    if (!this.#closed) this.#socket.send(bytes, hop.port, hop.address);
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Runs at T1, 2*T1, ... until stopped or 64*T1 are over. */
  repeat(run: () => void, capMs: number): () => void {
    let stop = () => {};
    let waitMs = this.t1Ms;
    const endsAt = Date.now() + 64 * this.t1Ms;
    const arm = () => {
      stop = this.after(waitMs, () => {
        if (Date.now() >= endsAt) return;
        run();
        waitMs = Math.min(waitMs * 2, capMs);
        arm();
      });
    };
    arm();
    return () => stop();
  }

  /** A client transaction; `response` gets every response, a repeated final one marked. */
  request(raw: string, hop: Hop, response: (response: SipText, isRepeat: boolean) => void): void {
    const request = parseSip(raw)!;
    const isInvite = request.method === 'INVITE';
    const stop = this.repeat(() => this.send(raw, hop), isInvite ? Number.POSITIVE_INFINITY : t2Ms);
    this.#clients.set(clientKey(request), { request, hop, stop, response, finalSeen: false });
    this.send(raw, hop);
  }

  /** The response to a request that came in; repeats and, for INVITE, the wait for its ACK are done here. */
  respond(request: SipText, raw: string, hop: Hop): void {
    const transaction = this.#servers.get(serverKey(request));
    const response = parseSip(raw)!;
    if (!transaction) throw new Error(`no transaction for ${request.method}`);
    transaction.stopRepeats();
    transaction.lastResponse = raw;
    this.send(raw, hop);
    // Timer G, and 13.3.1.4 for the 2xx
    if (request.method === 'INVITE' && response.status >= 200)
      transaction.stopRepeats = this.repeat(() => this.send(raw, hop), t2Ms);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#socket.close();
  }

  #receive(raw: string, from: RemoteInfo): void {
    const message = parseSip(raw);
    if (!message || this.#closed) return;
    const peer = { address: from.address, port: from.port };
    const dropped = this.drop(message, 'in');
    const record: SipRecord = { at: Date.now(), direction: 'in', message, peer, dropped };
    this.log.push(record);
    if (dropped) return;
    if (message.status > 0) this.#receiveResponse(message);
    else this.#receiveRequest(message, peer);
    this.onMessage(record);
  }

  #receiveResponse(response: SipText): void {
    const client = this.#clients.get(`${branchOf(response)} ${cseqOf(response).method}`);
    if (!client) return;
    const isInvite = client.request.method === 'INVITE';
    if (response.status >= 200 || isInvite) client.stop();
    const isRepeat = client.finalSeen;
    if (response.status >= 200) client.finalSeen = true;
    client.response(response, isRepeat);
  }

  #receiveRequest(request: SipText, from: Hop): void {
    if (request.method === 'ACK') {
      // The ACK of a 2xx has a branch of its own: every INVITE of the call stops repeating
      for (const [key, transaction] of this.#servers) {
        if (key.endsWith(` INVITE ${request.get('call-id')} ${cseqOf(request).number}`)) transaction.stopRepeats();
      }
      this.onRequest(request, from);
      return;
    }
    const known = this.#servers.get(serverKey(request));
    if (known) {
      if (known.lastResponse) this.send(known.lastResponse, from);
      return;
    }
    this.#servers.set(serverKey(request), { lastResponse: null, stopRepeats: () => {} });
    this.onRequest(request, from);
  }
}

function serverKey(request: SipText): string {
  return `${branchOf(request)} ${request.method} ${request.get('call-id')} ${cseqOf(request).number}`;
}

function clientKey(request: SipText): string {
  return `${branchOf(request)} ${request.method}`;
}
