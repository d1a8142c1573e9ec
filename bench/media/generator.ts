/**
 * The phones of one side, a process of its own: a socket each, packets of 20 ms with the instant at which they left, and
 * what became of those of the other side. All clocks are the machine's monotonic one, so that processes can compare.
 */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export type GeneratorOrder =
  | { type: 'open'; address: string; count: number }
  /** To each socket's target; the packets of the first `warmUpMs` do not count. */
  | { type: 'talk'; targets: Array<{ address: string; port: number }>; warmUpMs: number; durationMs: number }
  | { type: 'listen'; warmUpMs: number; durationMs: number };

export type GeneratorReport =
  | { type: 'ready' }
  | { type: 'opened'; ports: number[] }
  | { type: 'talked'; sent: number; received: number; delaysMs: Float32Array; jitterMs: Float32Array }
  | { type: 'listened'; gapsMs: Float32Array; packets: number[]; spansMs: number[] };

const FRAME_MS = 20;
const PHASES = 4;
const PACKET_BYTES = 172;
/** The system has long taken a packet when its buffer is filled again. */
const IN_TURN = 4;
/** Where the audio would be: the instant at which it left, and whether it counts. */
const SENT_AT = 12;
const COUNTS = 20;
/** What is under way when the last has left may still come. */
const LINGER_MS = 1500;

/** Milliseconds of the machine's monotonic clock. */
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
const now = () => offsetMs + performance.now();

let sockets: Socket[] = [];
let onPacket: (index: number, packet: Buffer) => void = () => {};

async function open({ address, count }: GeneratorOrder & { type: 'open' }): Promise<GeneratorReport> {
  for (const socket of sockets) socket.close();
  sockets = Array.from({ length: count }, (_, index) => {
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) });
    socket.on('message', (packet) => onPacket(index, packet));
    socket.on('error', () => {});
    return socket;
  });
  for (const socket of sockets) {
    // It may listen before bind returns.
    const listening = once(socket, 'listening');
    socket.bind(0, address);
    await listening;
  }
  return { type: 'opened', ports: sockets.map((socket) => socket.address().port) };
}

/** Runs `step` each 5 ms by absolute time, as often as has to be made up for. */
function each5ms(durationMs: number, step: (count: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let count = 0;
    const run = () => {
      const elapsed = performance.now() - startedAt;
      while (count * (FRAME_MS / PHASES) <= elapsed && count * (FRAME_MS / PHASES) < durationMs) {
        step(count);
        count += 1;
      }
      if (count * (FRAME_MS / PHASES) >= durationMs) resolve();
      else setTimeout(run, Math.max(0, startedAt + count * (FRAME_MS / PHASES) - performance.now()));
    };
    run();
  });
}

const lingers = () => new Promise((resolve) => setTimeout(resolve, LINGER_MS));

async function talk({ targets, warmUpMs, durationMs }: GeneratorOrder & { type: 'talk' }): Promise<GeneratorReport> {
  // Room for all, and packets that are used again: what is allocated here would be collected while it measures.
  const most = Math.ceil((targets.length * (durationMs + 1000)) / FRAME_MS);
  const [delays, jitters] = [new Float32Array(most), new Float32Array(most)];
  const packets = targets.map(() => Array.from({ length: IN_TURN }, () => Buffer.alloc(PACKET_BYTES, 0xd5)));
  const before = new Float64Array(targets.length).fill(Number.NaN);
  let sent = 0;
  let received = 0;
  let compared = 0;
  onPacket = (index, packet) => {
    if (packet.length !== PACKET_BYTES || packet[COUNTS] !== 1) return;
    const delay = now() - packet.readDoubleBE(SENT_AT);
    delays[received] = delay;
    received += 1;
    if (!Number.isNaN(before[index]!)) {
      jitters[compared] = Math.abs(delay - before[index]!);
      compared += 1;
    }
    before[index] = delay;
  };
  const startedAt = now();
  const ssrc = (process.pid & 0xffff) << 16;
  await each5ms(warmUpMs + durationMs, (count) => {
    const frame = Math.floor(count / PHASES);
    const counts = now() - startedAt >= warmUpMs;
    for (let index = count % PHASES; index < targets.length; index += PHASES) {
      const packet = packets[index]![frame % IN_TURN]!;
      packet[0] = 0x80;
      packet[1] = 8;
      packet.writeUInt16BE(frame & 0xffff, 2);
      packet.writeUInt32BE((frame * 160) >>> 0, 4);
      packet.writeUInt32BE((ssrc | index) >>> 0, 8);
      packet.writeDoubleBE(now(), SENT_AT);
      packet[COUNTS] = counts ? 1 : 0;
      sockets[index]!.send(packet, targets[index]!.port, targets[index]!.address);
      if (counts) sent += 1;
    }
  });
  await lingers();
  onPacket = () => {};
  const [delaysMs, jitterMs] = [delays.slice(0, received), jitters.slice(0, compared)];
  return { type: 'talked', sent, received, delaysMs, jitterMs };
}

async function listen({ warmUpMs, durationMs }: GeneratorOrder & { type: 'listen' }): Promise<GeneratorReport> {
  const [first, last] = [sockets.map(() => Number.NaN), sockets.map(() => Number.NaN)];
  const packets = sockets.map(() => 0);
  const gaps: number[] = [];
  const from = now() + warmUpMs;
  onPacket = (index, packet) => {
    const at = now();
    // RTCP says nothing of the pace.
    if (at < from || (packet[1]! >= 192 && packet[1]! <= 223)) return;
    packets[index]! += 1;
    if (Number.isNaN(first[index]!)) first[index] = at;
    else gaps.push(at - last[index]!);
    last[index] = at;
  };
  await new Promise((resolve) => setTimeout(resolve, warmUpMs + durationMs));
  onPacket = () => {};
  const spansMs = first.map((at, index) => last[index]! - at);
  return { type: 'listened', gapsMs: Float32Array.from(gaps), packets, spansMs };
}

process.on('message', async (order: GeneratorOrder) => {
  const report = await (order.type === 'open' ? open(order) : order.type === 'talk' ? talk(order) : listen(order));
  process.send!(report);
});
process.on('disconnect', () => process.exit());
process.send!({ type: 'ready' } satisfies GeneratorReport);
