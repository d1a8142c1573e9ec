/** A trunk that answers what the test says, by UDP and TCP. */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';

export interface Asked {
  method: string;
  authorization: string | null;
  hasContact: boolean;
  from: { address: string; port: number };
}

export type Answer = { status: number; phrase?: string; headers?: string[] } | null;

export class Answerer {
  readonly asked: Asked[] = [];
  readonly address: string;
  port = 0;
  /** Null: silence. */
  answer: (asked: Asked) => Answer = () => ({ status: 200 });
  readonly #udp: Socket = createSocket('udp4');
  readonly #tcp: Server;
  readonly #sockets = new Set<TcpSocket>();

  private constructor(address: string) {
    this.address = address;
    this.#udp.on('message', (message, { address: host, port }) => {
      const text = this.#answerTo(message.toString(), { address: host, port });
      if (text !== null) this.#udp.send(text, port, host);
    });
    this.#tcp = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        const from = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
        const text = this.#answerTo(bytes.toString(), from);
        // First a provisional one, as a proxy would.
        if (text !== null) socket.write(`SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n${text}`);
      });
    });
  }

  static async open(address: string): Promise<Answerer> {
    const answerer = new Answerer(address);
    answerer.#udp.bind(0, address);
    await once(answerer.#udp, 'listening');
    answerer.port = answerer.#udp.address().port;
    answerer.#tcp.listen(answerer.port, address);
    await once(answerer.#tcp, 'listening');
    return answerer;
  }

  close(): void {
    this.#udp.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#tcp.close();
  }

  #answerTo(request: string, from: { address: string; port: number }): string | null {
    const header = (name: string) => new RegExp(`^${name}: (.*?)\\r$`, 'im').exec(request)?.[1] ?? null;
    const method = request.split(' ', 1)[0]!;
    const asked = { method, authorization: header('Authorization'), hasContact: header('Contact') !== null, from };
    this.asked.push(asked);
    const answer = this.answer(asked);
    if (answer === null) return null;
    const { status, phrase = 'Whatever', headers = [] } = answer;
    const via = `${header('Via')!.replace(';rport', `;rport=${from.port}`)}`;
    const copied = ['From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(name)}`);
    const lines = [`SIP/2.0 ${status} ${phrase}`, `Via: ${via}`, `To: ${header('To')};tag=x`, ...copied, ...headers];
    return [...lines, 'Content-Length: 0', '', ''].join('\r\n');
  }
}
