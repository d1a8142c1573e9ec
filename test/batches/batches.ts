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
  /** Measures the machine to some milliseconds: nothing else runs meanwhile. */
  isAlone: boolean;
}

const BROWSER = 'console';
/** Rooms of which each file is a batch: their files take many seconds each. */
const BY_FILE = new Set([BROWSER, 'chaos', 'e2e', 'load', 'nodes', 'sipp']);
/** Beginnings of the paths of what measures single milliseconds, or has enough for both cores itself. */
export const ALONE: readonly string[] = [
  'bench/',
  'chaos/scenarios',
  'e2e/audio',
  'engine/message/parse',
  'engine/message/stream-framer',
  'load/callers',
  'media/',
  'sip/',
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
  'sip, alone': 50,
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
const isAlone = (file: string): boolean => ALONE.some((beginning) => file.startsWith(beginning));

function nameOf(file: string): string {
  const room = roomOf(file);
  if (BY_FILE.has(room)) return withoutSuffix(file);
  return isAlone(file) ? `${room}, alone` : room;
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
    const batch = batches.get(name) ?? { name, files: [], isBrowser: roomOf(file) === BROWSER, isAlone: isAlone(file) };
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
  const sociable = waiting.filter((one) => !one.isAlone);
  // One browser at any time, from the first moment on: together they take longest.
  const isBrowserWanted = !running.some(({ isBrowser }) => isBrowser);
  const preferred = sociable.find(({ isBrowser }) => isBrowser === isBrowserWanted) ?? sociable[0];
  if (preferred !== undefined) return preferred;
  return running.length === 0 ? (waiting[0] ?? null) : null;
}
