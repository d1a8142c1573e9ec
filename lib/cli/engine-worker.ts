import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { EngineStats } from '../engine/engine.ts';
import type { GivenSettings } from '../engine/settings.ts';
import type { FromWorker, ToWorker } from '../engine/worker.ts';
import type { Log } from '../ports/log.ts';
import { StartupError } from './startup-error.ts';
import { startThread } from './thread.ts';

/** The source as it is, or what was built of it. */
const ENTRY = new URL(`./engine-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** The engine's sockets are closed in some milliseconds. */
const STOP_LIMIT_MS = 3_000;
/** Who asks for figures would rather have none than wait. */
const STATS_LIMIT_MS = 1_000;

/** The embedded SIP engine on a thread of its own, so that retransmissions do not wait for the disk. */
export class EngineWorker {
  readonly #worker: Worker;
  readonly #log: Log;
  /** Resolves when the thread has ended, by itself or since it was told to. */
  readonly #exited: Promise<unknown>;
  #asked: Promise<EngineStats | null> | null = null;
  #tellStats: (stats: EngineStats) => void = () => undefined;
  #stopping = false;

  private constructor(worker: Worker, log: Log) {
    this.#worker = worker;
    this.#log = log;
    this.#exited = new Promise((resolve) => worker.once('exit', resolve));
    const renew = () => this.renewCertificates();
    process.on('SIGHUP', renew);
    void this.#exited.then(() => process.off('SIGHUP', renew));
  }

  /**
   * Resolves when SIP listens.
   * @param onLost the thread ended by itself: no call can be made or taken any more
   * @throws StartupError that names a taken port
   */
  static async start(settings: GivenSettings, log: Log, onLost: (why: string) => void): Promise<EngineWorker> {
    const worker = startThread(ENTRY, { workerData: settings, name: 'sip-engine' });
    const engine = new EngineWorker(worker, log);
    const ended = engine.#exited.then((): [FromWorker] => [
      { type: 'failed', code: 'EENGINE', message: 'the SIP engine ended before it listened' },
    ]);
    const [first] = await Promise.race([once(worker, 'message') as Promise<[FromWorker]>, ended]);
    if (first.type === 'failed') throw new StartupError(startFailure(first.message));
    worker.on('message', (message: FromWorker) => engine.#heard(message));
    worker.on('error', (error) => onLost(String(error)));
    worker.on('exit', () => engine.#stopping || onLost('the SIP engine ended'));
    return engine;
  }

  silence(address: string, untilMs: number): void {
    this.#post({ type: 'silence', address, untilMs });
  }

  /** Reads the TLS certificates again. */
  renewCertificates(): void {
    this.#post({ type: 'renewCertificates' });
  }

  /** Null: the thread is too busy to say, or has ended. Who asks while it is asked gets the same answer. */
  stats(): Promise<EngineStats | null> {
    this.#asked ??= this.#askForStats().finally(() => {
      this.#asked = null;
    });
    return this.#asked;
  }

  #askForStats(): Promise<EngineStats | null> {
    const { promise, resolve } = Promise.withResolvers<EngineStats | null>();
    const patience = setTimeout(() => resolve(null), STATS_LIMIT_MS);
    this.#tellStats = resolve;
    this.#post({ type: 'stats' });
    return promise.finally(() => clearTimeout(patience));
  }

  /** How long its event loop has been busy, since it began. */
  busyMs(): number {
    return this.#worker.performance.eventLoopUtilization().active;
  }

  /**
   * Ends what is up as if the application had gone, closes the sockets, and ends the thread: a peer that answers nothing
   * must not keep it, nor the process, for the length of a transaction.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    const patience = setTimeout(() => void this.#worker.terminate(), STOP_LIMIT_MS);
    this.#post({ type: 'stop' });
    await this.#exited;
    clearTimeout(patience);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromWorker): void {
    if (message.type === 'stopped') void this.#worker.terminate();
    if (message.type === 'stats') this.#tellStats(message.stats);
    if (message.type === 'notice') this.#log[message.level]({}, message.text);
    if (message.type === 'error') this.#log.error({ fault: message.message }, 'the SIP engine met a fault of its own');
  }
}

/** The engine's words, and what to do where the user can do something. */
function startFailure(message: string): string {
  const taken = /(\S+\/\S+:\d+): .*EADDRINUSE/.exec(message);
  return taken ? `--sip: ${taken[1]} is taken by another process; choose another with --sip URI` : `SIP: ${message}`;
}
