/**
 * What embedded media costs: CPU per relayed packet at `calls` bridged calls, and how evenly `prompts` concurrent prompts
 * are sent. The phones run in a process of their own; all on loopback.
 * Usage: node bench/media.ts [calls, default 50] [prompts, default 100] [seconds, default 10]
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createEmbeddedMedia } from '../lib/media/embedded/engine.ts';
import { RtpPeer } from '../test/support/rtp-peer.ts';
import { silentLog } from '../test/support/silent-log.ts';

const ENGINE_ADDRESS = '127.0.13.240';
const PHONE_ADDRESS = '127.0.13.241';
const [calls = 50, prompts = 100, seconds = 10] = process.argv
  .slice(2)
  .filter((text) => /^\d+$/.test(text))
  .map(Number);

/** The phones' process: opens them, sends tones on request, reports what was heard. */
async function phones(): Promise<void> {
  let peers: RtpPeer[] = [];
  process.on('message', async (message: { open?: number; answers?: string[]; tones?: boolean; report?: boolean }) => {
    if (message.open !== undefined) {
      peers = await Promise.all(Array.from({ length: message.open }, () => RtpPeer.open({ address: PHONE_ADDRESS })));
      process.send?.(peers.map((peer) => peer.sdp()));
    }
    for (const [index, answer] of (message.answers ?? []).entries()) {
      peers[index]!.aim(answer);
      if (message.tones) peers[index]!.sendTone(400 + index);
    }
    if (message.report) {
      const deviations = peers.flatMap((peer) => peer.gapsMs().map((gap) => Math.abs(gap - 20)));
      const packets = peers.reduce((sum, peer) => sum + peer.received.length, 0);
      process.send?.({ packets, deviations: deviations.sort((a, b) => a - b) }, () => process.exit());
    }
  });
  process.send?.('ready');
}

async function measure(endpoints: number, bridged: boolean): Promise<void> {
  const child = fork(import.meta.filename, ['phones']);
  await once(child, 'message');
  child.send({ open: endpoints });
  const [offers] = (await once(child, 'message')) as [string[]];
  const engine = createEmbeddedMedia({
    portRange: { from: 20_000, to: 29_999 },
    promptDirectories: [join(import.meta.dirname, '../prompts')],
    log: silentLog(),
    maxEndpoints: endpoints,
  });
  const events = { digit() {}, dead() {} };
  const open = offers.map((_, index) =>
    engine.createEndpoint({ endpointId: `${index}`, address: ENGINE_ADDRESS, like: null }, events),
  );
  const all = await Promise.all(open);
  const answers = all.map((endpoint, index) => endpoint.answer(offers[index]!)!);
  for (let index = 0; bridged && index < all.length; index += 2) engine.bridge(all[index]!, all[index + 1]!);
  child.send({ answers, tones: bridged });
  if (!bridged) for (const endpoint of all) void endpoint.play('tone:hold');
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(before);
  child.send({ report: true });
  const [{ packets, deviations }] = (await once(child, 'message')) as [{ packets: number; deviations: number[] }];
  await engine.stop();
  const at = (share: number) => deviations[Math.floor(deviations.length * share)]?.toFixed(1);
  process.stdout.write(
    `${bridged ? 'bridged' : 'playing'}: ${endpoints} endpoints, ${packets} packets in ${seconds} s, ` +
      `${((user + system) / packets).toFixed(1)} us CPU per packet, ${((user + system) / seconds / 10_000).toFixed(1)} % of a core, ` +
      `|gap - 20 ms| p50 ${at(0.5)} p99 ${at(0.99)} p99.9 ${at(0.999)} ms\n`,
  );
}

if (process.argv[2] === 'phones') await phones();
else {
  await measure(calls * 2, true);
  await measure(prompts, false);
}
