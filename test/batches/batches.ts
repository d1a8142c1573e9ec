/**
 * The test files in batches, each a mocha of its own, so that several may run side by side. Most tests wait more than they
 * work: for timers of SIP, for a process to start, for a page to load.
 */

export interface Batch {
  /** A room of `test/`, or one file of it. */
  name: string;
  /** Paths below `test/`. */
  files: string[];
  /** Has a browser, which keeps a core busy: two of them only when there is nothing else left to do. */
  isBrowser: boolean;
  /** What may run beside it: one that measures some milliseconds has the machine for itself, or shares it with one that waits. */
  company: 'any' | 'waiting' | 'none';
}

const BROWSER = 'console';
/** Rooms of which each file is a batch: their files take many seconds each. */
const BY_FILE = new Set([BROWSER, 'chaos', 'e2e', 'load', 'nodes', 'sipp']);
/** Files that are a batch each, too: they take as long as the rest of their room. */
export const BY_ITSELF: ReadonlySet<string> = new Set(['sip/release-media']);
/** Beginnings of the paths of what measures single milliseconds and waits most of its time. */
export const WAITING: readonly string[] = ['e2e/audio', 'sip/'];
/** Of what measures them and works, or has enough for both cores itself. */
export const ALONE: readonly string[] = [
  'bench/',
  'chaos/scenarios',
  'engine/message/parse',
  'engine/message/stream-framer',
  'load/callers',
  'media/',
  'sipp/scenarios',
  'system/',
];
/** What takes longest begins first, so that nothing is waited for at the end. Seconds, as measured in November 2026. */
export const SECONDS: Readonly<Record<string, number>> = {
  'console/pages': 85,
  'sipp/scenarios': 70,
  'chaos/scenarios': 68,
  'e2e/scanners': 38,
  kill: 36,
  'sip/release-media': 88,
  'media, alone': 88,
  sip: 77,
  'sipp/scenarios-rtpengine': 30,
  store: 45,
  'load/load': 57,
  'nodes/nodes': 34,
  'e2e/startup': 30,
  http: 30,
  'console/operations': 25,
  'console/callbacks': 22,
  'nodes/ringing': 16,
  'e2e/trunks': 14,
  'e2e/ping-pong': 14,
  'nodes/processes': 13,
  app: 12,
};
/** Of a file of which nothing is known. */
const USUAL_SECONDS: Readonly<Record<string, number>> = { [BROWSER]: 17, e2e: 8, load: 8, nodes: 8 };

const withoutSuffix = (file: string): string => file.replace(/\.test\.ts$/, '');
const roomOf = (file: string): string => file.split('/')[0]!;
const isOneOf = (beginnings: readonly string[], file: string): boolean =>
  beginnings.some((beginning) => file.startsWith(beginning));

function companyOf(file: string): Batch['company'] {
  if (isOneOf(ALONE, file)) return 'none';
  return isOneOf(WAITING, file) ? 'waiting' : 'any';
}

function nameOf(file: string): string {
  const room = roomOf(file);
  if (BY_FILE.has(room) || BY_ITSELF.has(withoutSuffix(file))) return withoutSuffix(file);
  return companyOf(file) === 'none' ? `${room}, alone` : room;
}

const secondsOf = ({ name }: Batch): number => SECONDS[name] ?? USUAL_SECONDS[roomOf(name)] ?? 1;

/**
 * Each file in exactly one batch, in the order in which they should begin.
 * @param files paths below `test/`
 */
export function batchesOf(files: readonly string[]): Batch[] {
  const batches = new Map<string, Batch>();
  for (const file of files) {
    const name = nameOf(file);
    const isBrowser = roomOf(file) === BROWSER;
    const batch = batches.get(name) ?? { name, files: [], isBrowser, company: companyOf(file) };
    batch.files.push(file);
    batches.set(name, batch);
  }
  return [...batches.values()].sort((a, b) => secondsOf(b) - secondsOf(a));
}

/**
 * Which of those that wait begins now; null: none, until one of those that run has ended.
 * @param waiting in the order of `batchesOf`
 */
export function nextOf(waiting: readonly Batch[], running: readonly Batch[]): Batch | null {
  const sociable = waiting.filter(({ company }) => company === 'any');
  // One browser at any time, from the first moment on: together they take longest.
  const isBrowserWanted = !running.some(({ isBrowser }) => isBrowser);
  const preferred = sociable.find(({ isBrowser }) => isBrowser === isBrowserWanted) ?? sociable[0];
  if (preferred !== undefined) return preferred;
  if (running.length === 0) return waiting[0] ?? null;
  const [other, third] = running;
  if (third !== undefined || other!.company !== 'waiting') return null;
  return waiting.find(({ company }) => company === 'waiting') ?? null;
}
