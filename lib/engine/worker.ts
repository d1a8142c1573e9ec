/** The engine in a worker thread of its own. Its settings are the `workerData`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, type Engine, EngineError, type EngineStats, type Started } from './engine.ts';
import type { GivenSettings } from './settings.ts';
import type { Notice } from './transport/tls-care.ts';

/** What the owner of the worker may post to it. */
export type ToWorker =
  | { type: 'silence'; address: string; untilMs: number }
  | { type: 'renewCertificates' }
  | { type: 'stats' }
  | { type: 'stop' };

/** What the worker posts. `ready` or `failed` comes first and once; after `stopped` the thread ends. */
export type FromWorker =
  | ({ type: 'ready' } & Started)
  | { type: 'failed'; code: string; message: string }
  | { type: 'stats'; stats: EngineStats }
  /** A fault of the engine itself; it goes on. */
  | { type: 'error'; message: string }
  /** Of TLS certificates: refused, about to end, renewed. */
  | ({ type: 'notice' } & Notice)
  | { type: 'stopped' };

const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
const post = (message: FromWorker): void => port.postMessage(message);

const onError = (error: unknown): void => {
  post({ type: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
};
// A fault in the handling of one call must not end the others.
process.on('uncaughtException', onError);
const onNotice = (notice: Notice): void => post({ type: 'notice', ...notice });
let engine: Engine | undefined;

port.on('message', async (message: ToWorker) => {
  if (engine === undefined) return;
  if (message.type === 'silence') engine.silence(message.address, message.untilMs);
  else if (message.type === 'stats') post({ type: 'stats', stats: engine.stats() });
  else if (message.type === 'renewCertificates') engine.renewCertificates();
  else if (message.type === 'stop') {
    await engine.stop();
    post({ type: 'stopped' });
    port.close();
  }
});

try {
  engine = createEngine(workerData as GivenSettings, { onError, onNotice });
  post({ type: 'ready', ...(await engine.start()) });
} catch (error) {
  const { code, message } = error instanceof EngineError ? error : new EngineError('EENGINE', String(error));
  post({ type: 'failed', code, message });
  port.close();
}
