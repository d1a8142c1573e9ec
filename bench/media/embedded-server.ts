/**
 * The embedded media in a process of its own, told what to do by the bench. Arguments: how many threads RTP has, and for how
 * many milliseconds of each 100 the main thread does something else.
 */

import { createEmbeddedMedia } from '../../lib/media/embedded/engine.ts';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { silentLog } from '../../test/support/silent-log.ts';

export type EmbeddedOrder =
  /** Each pair of offers is a call. */
  | { type: 'bridge'; address: string; offers: Array<[string, string]> }
  | { type: 'play'; address: string; offers: string[]; prompt: string }
  | { type: 'close' };
export type EmbeddedReport =
  | { type: 'ready' | 'closed' }
  | { type: 'answered'; answers: Array<[string, string]> }
  | { type: 'playing'; answers: string[] };

const STALLED_EACH_MS = 100;
const [threads = 0, stallMs = 0] = process.argv.slice(2).map(Number);

const engine = createEmbeddedMedia({
  portRange: { from: 10_000, to: 31_999 },
  promptDirectories: [],
  log: silentLog(),
  quarantineMs: 100,
  threads,
});
const events = { digit() {}, dead() {} };
let open: MediaEndpoint[] = [];

async function answered(address: string, offer: string): Promise<{ endpoint: MediaEndpoint; answer: string }> {
  const endpoint = await engine.createEndpoint({ endpointId: `bench-${open.length}`, address, like: null }, events);
  open.push(endpoint);
  const answer = endpoint.answer(offer);
  if (answer === null) throw new Error('the offer of the bench has no answer');
  return { endpoint, answer };
}

async function perform(order: EmbeddedOrder): Promise<EmbeddedReport> {
  if (order.type === 'bridge') {
    const answers: Array<[string, string]> = [];
    for (const [a, b] of order.offers) {
      const [one, other] = [await answered(order.address, a), await answered(order.address, b)];
      engine.bridge(one.endpoint, other.endpoint);
      answers.push([one.answer, other.answer]);
    }
    return { type: 'answered', answers };
  }
  if (order.type === 'play') {
    const all = [];
    for (const offer of order.offers) all.push(await answered(order.address, offer));
    for (const { endpoint } of all) void endpoint.play(order.prompt);
    return { type: 'playing', answers: all.map(({ answer }) => answer) };
  }
  for (const endpoint of open) endpoint.close();
  open = [];
  return { type: 'closed' };
}

/** As a commit, a password or a large page of the API would. */
function stall(): void {
  const until = performance.now() + stallMs;
  while (performance.now() < until);
}

if (stallMs > 0) setInterval(stall, STALLED_EACH_MS);
await engine.start();

process.on('message', async (order: EmbeddedOrder) => {
  process.send!(await perform(order));
});
process.on('disconnect', () => process.exit());
process.send!({ type: 'ready' } satisfies EmbeddedReport);
