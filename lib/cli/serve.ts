import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from '../app/application.ts';
import { LiveConfiguration } from '../app/live-configuration.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import type { Store } from '../ports/store.ts';
import { createSip, type Sip } from '../sip/sip.ts';
import { createSystemClock } from '../system/clock.ts';
import { createIds } from '../system/ids.ts';
import { createLog } from '../system/log.ts';
import { engineSettings } from './engine-settings.ts';
import { EngineWorker } from './engine-worker.ts';
import { readConfigurationFile, storedConfiguration } from './initial-configuration.ts';
import { createMetrics } from './metrics.ts';
import { openHttp, type RunningHttp } from './open-http.ts';
import { openMedia } from './open-media.ts';
import { openStore } from './open-store.ts';
import { resolveHost } from './resolve-host.ts';
import { secretReader } from './secret-reader.ts';
import { StartupError } from './startup-error.ts';

/** Everything that is open while the application runs, in the order in which it was opened. */
interface Parts {
  store: Store;
  media: MediaEngine;
  sip: Sip;
  engine: EngineWorker | null;
  application: Application;
  http: RunningHttp;
}

/**
 * Runs the application until SIGTERM or SIGINT.
 * @returns the exit code: 0 after a drain, 1 when a part was lost
 * @throws StartupError for what the user can mend; nothing stays open then
 */
export async function serve(config: ServeConfig): Promise<number> {
  const log = await createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  const closers: Array<() => Promise<unknown> | unknown> = [];
  const lost = Promise.withResolvers<number>();
  try {
    const parts = await open(config, log, closers, (why) => {
      log.error({ why }, 'a part of the application was lost: it ends, and its promises are kept for the next start');
      lost.resolve(1);
    });
    const exitCode = await Promise.race([untilSignal(parts.application, config, log), lost.promise]);
    await closeAll(closers, log);
    return exitCode;
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

async function open(
  config: ServeConfig,
  log: Log,
  closers: Array<() => Promise<unknown> | unknown>,
  onLost: (why: string) => void,
): Promise<Parts> {
  const clock = createSystemClock();
  const given = await readConfigurationFile(config.configFile, log);
  const media = openMedia(config, log);
  const directory = await mkdtemp(join(tmpdir(), 'drachtio-callback-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const link = { path: join(directory, 'control'), secret: randomBytes(24).toString('base64url') };
  const settings = config.drachtio ? null : await engineSettings(config, link, log);

  const store = await openStore(config.dataDirectory, log);
  closers.push(() => store.close());
  await media.start();
  closers.push(() => media.stop());

  let engine: EngineWorker | null = null;
  let live: LiveConfiguration | null = null;
  const ids = createIds();
  const sip = createSip({
    control: config.drachtio ? { kind: 'connect', ...config.drachtio } : { kind: 'listen', ...link },
    showsTrying: settings !== null,
    advertise: config.advertise,
    media,
    configuration: () => live?.configuration ?? given,
    secretOf: secretReader(config.environment, log),
    registrations: store.registrations,
    clock,
    ids,
    log: log.child({ room: 'sip' }),
    keySecret: await keySecret(store),
    silence: (address, untilMs) => engine?.silence(address, untilMs),
  });
  // The engine binds its sockets before anything is stored: a taken port leaves everything as it was.
  if (settings) {
    engine = await EngineWorker.start(settings, log.child({ room: 'engine' }), onLost);
    closers.push(() => engine?.stop());
  }
  live = new LiveConfiguration(await storedConfiguration(store, given, log), {
    store: store.configuration,
    clock,
    resolveHost,
    log,
  });
  const configuration = live;
  await configuration.start();

  const { registry, observer } = createMetrics({
    callbacks: () => store.callbacks.counts(),
    trunks: () => application.stats().trunks,
    legs: () => sip.stats().legs,
    media: () => media.stats(),
  });
  const application = new Application({
    clock,
    ids,
    store,
    calls: sip,
    configuration,
    showsTrying: settings !== null,
    observer,
    log,
  });
  closers.push(() => application.stop());
  const http = await openHttp({ config, store, application, configuration, registry, log });
  closers.push(() => http.close());

  application.listen();
  const { listening } = await startSip(sip, config);
  closers.push(() => sip.stop());
  await application.start();
  http.ready();
  log.info({ sip: listening, http: http.address, data: config.dataDirectory }, 'ready');
  return { store, media, sip, engine, application, http };
}

async function startSip(sip: Sip, config: ServeConfig): Promise<{ listening: string[] }> {
  try {
    return await sip.start();
  } catch (error) {
    const where = config.drachtio
      ? `--drachtio ${config.drachtio.host}:${config.drachtio.port}`
      : 'the embedded SIP engine';
    throw new StartupError(`${where}: ${(error as Error).message}`);
  }
}

/** Call-IDs derive from it, so that an INVITE which is repeated after a crash is the same. */
async function keySecret(store: Store): Promise<Buffer> {
  const name = 'sip-key-secret';
  const stored = await store.settings.get(name);
  if (stored !== null) return Buffer.from(stored, 'base64');
  const made = randomBytes(32);
  await store.settings.set(name, made.toString('base64'));
  return made;
}

/** The first SIGTERM or SIGINT drains, a second one ends at once. */
async function untilSignal(application: Application, config: ServeConfig, log: Log): Promise<number> {
  const signal = await nextSignal();
  log.info(
    { signal, drainSeconds: config.drainSeconds },
    'draining: no callback is started, calls on the line may end',
  );
  const second = nextSignal().then((again) => {
    log.warn({ signal: again }, 'ending at once');
    process.exit(0);
  });
  await Promise.race([application.drain(Date.now() + config.drainSeconds * 1_000), second]);
  return 0;
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, heard);
      resolve(signal);
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, heard);
  });
}

/** In the reverse order; one that fails does not keep the others open. */
async function closeAll(closers: Array<() => Promise<unknown> | unknown>, log: Log): Promise<void> {
  for (const close of closers.reverse()) {
    await Promise.resolve()
      .then(close)
      .catch((error: unknown) => log.error({ err: error }, 'a part could not be closed'));
  }
}
