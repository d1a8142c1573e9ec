import dgram from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Malformed } from '../../../lib/engine/message/parse.ts';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import {
  type Flow,
  type ListenPoint,
  TransportLayer,
  type TransportOptions,
} from '../../../lib/engine/transport/transport-layer.ts';

/** Everything that came of one kind, and a way to wait for the n-th of it. */
export class Inbox<T> {
  readonly items: T[] = [];
  #waiting: Array<() => void> = [];

  put(item: T): void {
    this.items.push(item);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async at(index: number): Promise<T> {
    while (this.items.length <= index) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.items[index] as T;
  }
}

export type Received = { message: SipMessage; flow: Flow };

const running: Array<() => Promise<unknown>> = [];

/** To be closed after the test. */
export function onTeardown(close: () => Promise<unknown>): void {
  running.push(close);
}

export async function teardown(): Promise<void> {
  await Promise.all(running.splice(0).map((close) => close()));
}

/** A layer on these points, started. */
export async function startLayer(listenPoints: ListenPoint[], options: Partial<TransportOptions> = {}) {
  const inbox = new Inbox<Received>();
  const malformed = new Inbox<{ result: Malformed; flow: Flow }>();
  const closed = new Inbox<Flow>();
  const layer = new TransportLayer({
    listenPoints,
    onMessage: (message, flow) => inbox.put({ message, flow }),
    onMalformed: (result, flow) => malformed.put({ result, flow }),
    onConnectionClosed: (flow) => closed.put(flow),
    ...options,
  });
  onTeardown(() => layer.close());
  const points = await layer.start();
  return { layer, points, inbox, malformed, closed };
}

/** A UDP socket of a peer. */
export async function udpPeer(address: string) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const inbox = new Inbox<{ text: string; from: dgram.RemoteInfo }>();
  socket.on('message', (bytes, from) => inbox.put({ text: bytes.toString(), from }));
  socket.bind(0, address);
  await once(socket, 'listening');
  onTeardown(async () => {
    const done = once(socket, 'close');
    socket.close();
    await done;
  });
  const send = (bytes: Buffer | string, to: { address: string; port: number }) =>
    socket.send(bytes, to.port, to.address);
  return { socket, inbox, send, port: socket.address().port };
}

/** A TCP connection of a peer. */
export async function tcpPeer(to: { address: string; port: number }, localAddress?: string) {
  const socket = connect({ host: to.address, port: to.port, ...(localAddress === undefined ? {} : { localAddress }) });
  onTeardown(async () => socket.destroy());
  socket.on('error', () => undefined);
  const text = new Inbox<string>();
  socket.on('data', (chunk) => text.put(chunk.toString()));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, text, closed };
}

/** A TCP server of a peer. */
export async function tcpServer(address: string): Promise<{ port: number; server: Server; sockets: Inbox<Socket> }> {
  const sockets = new Inbox<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.put(socket);
  });
  server.listen(0, address);
  await once(server, 'listening');
  onTeardown(async () => {
    for (const socket of sockets.items) socket.destroy();
    server.close();
  });
  const bound = server.address();
  return { server, sockets, port: typeof bound === 'object' && bound !== null ? bound.port : 0 };
}

const SERVER_THAT_ACCEPTS_NOTHING = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ host: workerData.address, port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(workerData.gate, 0, 0);
    process.exit();
  });
`;

/** A port that is listened on, but where the queue of waiting connections is full: the kernel drops each SYN. */
export async function fullBacklog(address: string): Promise<number> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(SERVER_THAT_ACCEPTS_NOTHING, { eval: true, workerData: { address, gate } });
  const [port] = (await once(worker, 'message')) as [number];
  onTeardown(async () => {
    const exited = once(worker, 'exit');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await exited;
  });
  await Promise.all([tcpPeer({ address, port }), tcpPeer({ address, port })]);
  return port;
}
