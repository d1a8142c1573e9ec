/**
 * A network of UDP between two namespaces whose kernel has no netem. Each side has one of these processes; it binds the
 * addresses of the other side, so that every peer sees the true addresses and ports, hands what arrives there to its
 * twin, and the twin sends it on from the sender's own address and port. What is lost, doubled, late and out of order is
 * decided once for each datagram, when it is handed over.
 *
 * `udp-mirror.ts listen|connect SOCKET SEED ADDRESS:PORT...`: the endpoints of the other side that peers of this side
 * write to first; others are bound when something comes from them. A line of JSON (an `Impairment`) on stdin changes the
 * weather. It ends when stdin does.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Random } from '../core/simulation/random.ts';
import { copiesOf, type Impairment, NO_IMPAIRMENT } from './impairment.ts';

interface Endpoint {
  address: string;
  port: number;
}

const HEADER_BYTES = 16;

/** Length, then both endpoints as IPv4 address and port, then the datagram. */
function frameOf(from: Endpoint, to: Endpoint, datagram: Buffer): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + datagram.length);
  frame.writeUInt32BE(frame.length, 0);
  writeEndpoint(frame, 4, from);
  writeEndpoint(frame, 10, to);
  datagram.copy(frame, HEADER_BYTES);
  return frame;
}

function writeEndpoint(frame: Buffer, at: number, { address, port }: Endpoint): void {
  for (const [index, octet] of address.split('.').entries()) frame[at + index] = Number(octet);
  frame.writeUInt16BE(port, at + 4);
}

function readEndpoint(frame: Buffer, at: number): Endpoint {
  return { address: [...frame.subarray(at, at + 4)].join('.'), port: frame.readUInt16BE(at + 4) };
}

const nameOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

class Mirror {
  readonly #twin: Socket;
  readonly #random: Random;
  readonly #sockets = new Map<string, Promise<UdpSocket>>();
  #impairment = NO_IMPAIRMENT;
  #left = Buffer.alloc(0);

  constructor(twin: Socket, random: Random) {
    this.#twin = twin;
    this.#random = random;
    twin.on('data', (bytes) => this.#read(bytes));
    twin.on('close', () => process.exit(0));
  }

  impair(impairment: Impairment): void {
    this.#impairment = impairment;
  }

  /** Listens as this endpoint of the other side. */
  as(endpoint: Endpoint): Promise<UdpSocket> {
    const name = nameOf(endpoint);
    const known = this.#sockets.get(name);
    if (known !== undefined) return known;
    const bound = new Promise<UdpSocket>((resolve, reject) => {
      const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
      socket.on('error', reject);
      socket.on('message', (datagram, from) => this.#pass(from, endpoint, datagram));
      socket.bind(endpoint.port, endpoint.address, () => resolve(socket));
    });
    this.#sockets.set(name, bound);
    return bound;
  }

  #pass(from: Endpoint, to: Endpoint, datagram: Buffer): void {
    const frame = frameOf(from, to, datagram);
    for (const delayMs of copiesOf(this.#impairment, this.#random)) {
      if (delayMs < 1) this.#twin.write(frame);
      else setTimeout(() => this.#twin.write(frame), delayMs);
    }
  }

  #read(bytes: Buffer): void {
    this.#left = Buffer.concat([this.#left, bytes]);
    while (this.#left.length >= 4) {
      const length = this.#left.readUInt32BE(0);
      if (this.#left.length < length) return;
      void this.#deliver(this.#left.subarray(0, length));
      this.#left = this.#left.subarray(length);
    }
  }

  async #deliver(frame: Buffer): Promise<void> {
    const to = readEndpoint(frame, 10);
    const socket = await this.as(readEndpoint(frame, 4));
    socket.send(frame.subarray(HEADER_BYTES), to.port, to.address);
  }
}

function twinAt(role: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (role === 'listen') {
      const server = createServer((socket) => {
        server.close();
        resolve(socket);
      });
      server.on('error', reject).listen(path, () => process.stdout.write('listening\n'));
    } else {
      const socket = connect(path, () => resolve(socket));
      socket.on('error', reject);
    }
  });
}

const [role = '', path = '', seed = '0', ...endpoints] = process.argv.slice(2);
process.stdin.on('close', () => process.exit(0));
const mirror = new Mirror(await twinAt(role, path), new Random(Number(seed)));
for (const endpoint of endpoints) {
  const [address = '', port = ''] = endpoint.split(':');
  await mirror.as({ address, port: Number(port) });
}
createInterface({ input: process.stdin }).on('line', (line) => mirror.impair(JSON.parse(line) as Impairment));
process.stdout.write('ready\n');
