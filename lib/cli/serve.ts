import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { Application } from '../app/application.ts';
import { LiveConfiguration } from '../app/live-configuration.ts';
import { RecordedCalls } from '../app/recorded-calls.ts';
import { RetentionSweep } from '../app/retention-sweep.ts';
import { WireBook } from '../app/wire-book.ts';
import { resolveSecret } from '../config/secret.ts';
import { processEnvironment, type ServeConfig } from '../config/serve-config.ts';
import type { Secret } from '../core/configuration.ts';
import { callsOf } from '../core/settings.ts';
import { createListening } from '../media/listening.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import type { PromptService } from '../ports/prompts.ts';
import type { Store } from '../ports/store.ts';
import { createSip, type Sip } from '../sip/sip.ts';
import { createSystemClock } from '../system/clock.ts';
import { createIds } from '../system/ids.ts';
import { createLog } from '../system/log.ts';
import { LoopPace } from '../system/loop-pace.ts';
import { releaseStartupMemory } from '../system/startup-memory.ts';
import { completing } from './completing-store.ts';
import { engineSettings, type PrivateLink } from './engine-settings.ts';
import { EngineWorker } from './engine-worker.ts';
import { readConfigurationFile, storedConfiguration } from './initial-configuration.ts';
import { countAlarms, createMetrics, type MetricsReadings } from './metrics.ts';
import { nextSignal, SAME_WISH_MS } from './next-signal.ts';
import { openCdr } from './open-cdr.ts';
import { openErasures } from './open-erasures.ts';
import { openFlowHooks, openWebhooks } from './open-hooks.ts';
import { openHttp, showNewAdministrator } from './open-http.ts';
import { callRoomOf, checkMedia, openMedia, startMedia } from './open-media.ts';
import { OpenParts } from './open-parts.ts';
import { openPrompts } from './open-prompts.ts';
import { type OpenRecordings, openRecordings } from './open-recordings.ts';
import { openShadow } from './open-shadow.ts';
import { openStore } from './open-store.ts';
import { probeHttpPort } from './port-probe.ts';
import { resolveHost } from './resolve-host.ts';
import { healthOf } from './server-health.ts';
import { StartupError } from './startup-error.ts';
import { storedKey } from './stored-key.ts';

/**
 * Runs the application until SIGTERM or SIGINT.
 * @returns the exit code: 0 after a drain, 1 when a part was lost
 * @throws StartupError, StoreError for what the user can mend; nothing stays open then
 */
export async function serve(config: ServeConfig): Promise<number> {
  const log = await createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  const parts = new OpenParts(log);
  const lost = Promise.withResolvers<number>();
  const signal = nextSignal();
  try {
    const opening = open(config, log, parts, (why) => {
      log.error({ why }, 'a part of the application was lost: it ends, and its promises are kept for the next start');
      lost.resolve(1);
    });
    const application = await Promise.race([opening, signal.then(() => null)]);
    if (application === null) {
      log.info({ signal: await signal }, 'ended before it was ready');
      await parts.close();
      // What was still being opened would keep the process, for ever where it waits for a drachtio-server.
      process.exit(0);
    }
    const drained = signal.then((name) => drainAfter(name, { application, config, log }));
    return await Promise.race([drained, lost.promise]);
  } finally {
    await parts.close();
  }
}

async function open(
  config: ServeConfig,
  log: Log,
  parts: OpenParts,
  onLost: (why: string) => void,
): Promise<Application> {
  const clock = createSystemClock();
  const given = await readConfigurationFile(config.configFile, log);
  const link = privateLink(parts);
  const settings = config.drachtio ? null : await engineSettings(config, link, log);
  checkMedia(config);
  // The sockets are bound before anything is stored: a taken port leaves everything as it was.
  await probeHttpPort(config.http);
  const engine = settings ? await EngineWorker.start(settings, log.child({ room: 'engine' }), onLost) : null;
  parts.opened('engine', () => engine?.stop());
  const leaseMs = config.leaseSeconds * 1_000;
  const store = await openStore(config, { log: log.child({ room: 'store' }), leaseMs });
  parts.opened('store', () => store.close());
  const { prompts, stop } = await openPrompts({ config, store, clock, log: log.child({ room: 'prompts' }) });
  parts.opened('prompts', stop);
  const recordings = await openRecordings({ config, store, clock, log: log.child({ room: 'recordings' }) });
  // After SIP, whose last legs end what is recorded of them.
  parts.opened('recordings', () => recordings.desk.stop());
  const mediaTimeoutMs = () => callsOf(configuration.configuration).mediaTimeoutSeconds * 1000;
  const media = openMedia(config, log.child({ room: 'media' }), mediaTimeoutMs);
  await startMedia(media);
  parts.opened('media', () => media.stop());

  const stored = completing(store.configuration);
  const configuration = new LiveConfiguration(await storedConfiguration({ configuration: stored }, given, log), {
    store: stored,
    clock,
    resolveHost,
    log,
  });
  await configuration.start();
  const sip = createSip({
    listening: createListening({ recordings: recordings.desk }),
    control: config.drachtio ? { kind: 'connect', ...config.drachtio } : { kind: 'listen', ...link },
    showsTrying: engine !== null,
    advertise: config.advertise,
    media,
    configuration: () => configuration.configuration,
    secretOf: (secret) => secretText(secret, log),
    registrations: store.registrations,
    clock,
    ids: createIds(),
    log: log.child({ room: 'sip' }),
    // Call-IDs derive from it, so that an INVITE which is repeated after a crash is the same.
    keySecret: await storedKey(store, 'sip-key-secret'),
    isSealed: config.shadow !== null,
    silence: (address, untilMs) => engine?.silence(address, untilMs),
  });
  const messages = new WireBook();
  const rooms = { config, log, parts, clock, store, media, prompts, configuration, sip, messages, engine, recordings };
  return run(rooms);
}

/** Call detail records: closed after SIP, so that the last legs have theirs. */
async function record({ config, parts, clock, configuration, log, sip, messages }: Rooms, registry: Registry) {
  const secretOf = (secret: Secret) => secretText(secret, log);
  const sink = await openCdr({ config, configuration, secretOf, registry, clock, log: log.child({ room: 'cdr' }) });
  parts.opened('call records', () => sink.stop());
  const calls = new RecordedCalls({
    calls: sip,
    clock,
    sink,
    configuration: () => configuration.configuration,
    trunkAddresses: () => configuration.trunkAddresses,
    messages,
  });
  return { calls, cdr: sink };
}

interface Rooms {
  config: ServeConfig;
  log: Log;
  parts: OpenParts;
  clock: Clock;
  store: Store;
  media: MediaEngine;
  prompts: PromptService;
  configuration: LiveConfiguration;
  sip: Sip;
  messages: WireBook;
  recordings: OpenRecordings;
  /** Null: a drachtio-server does SIP. */
  engine: EngineWorker | null;
}

/** Above what a busy main loop is late by; below what anybody would call early to be counted on his trunk. */
const AHEAD_MS = 150;

/** Joins the rooms and opens the doors: HTTP, SIP, and then the promises that stand. */
async function run(rooms: Rooms): Promise<Application> {
  const { config, log, parts, clock, store, configuration, sip, engine } = rooms;
  const { registry, observer } = createMetrics(readings(rooms, () => application));
  const { calls, cdr } = await record(rooms, registry);
  const shadow = await openShadow({ ...rooms, opened: (name, close) => parts.opened(name, close) });
  const pace = new LoopPace();
  parts.opened('pace', () => pace.stop());
  const application = new Application({
    clock,
    ids: createIds(),
    store,
    calls,
    configuration,
    showsTrying: engine !== null,
    observer,
    // In the shadow nobody is asked or registered at.
    ...(shadow === null ? { signalling: sip.signalling } : { shadow }),
    random: Math.random,
    aheadMs: AHEAD_MS,
    pace,
    room: callRoomOf(config, rooms.media),
    hooks: openFlowHooks({ secretOf: (secret) => secretText(secret, log), clock, log }),
    recordings: rooms.recordings.desk,
    onPromise: (legId, callbackId) => calls.belongsTo(legId, callbackId),
    log,
  });
  parts.opened('application', () => application.stop());
  countAlarms(registry, application.events);
  const sweep = new RetentionSweep({
    ...{ store, clock, recordings: rooms.recordings.shelf },
    log: log.child({ room: 'retention' }),
  });
  sweep.start();
  parts.opened('retention', () => sweep.stop());
  let isUp = false;
  const health = healthOf(() => isUp, store, application);
  const webhooks = openWebhooks({ ...rooms, opened: (name, close) => parts.opened(name, close) }, application);
  const erasures = openErasures({ ...rooms, callbacks: application.callbacks, cdr, shadow: shadow?.records ?? null });
  parts.opened('erasures', () => erasures.stop());
  const http = await openHttp({
    config,
    store,
    application,
    configuration,
    health,
    metrics: registry,
    shadow: shadow?.records ?? null,
    messages: rooms.messages,
    webhooks,
    prompts: rooms.prompts,
    erasures,
    recordings: rooms.recordings.shelf,
    now: () => clock.now(),
    log,
  });
  parts.opened('http', () => http.close());
  application.listen();
  const { listening } = await startSip(sip, config);
  parts.opened('sip', () => sip.stop());
  await application.start();
  erasures.start();
  // Before SIP is closed: how its legs end then is nothing to be written down.
  parts.opened('callbacks', () => application.stop());
  await showNewAdministrator(store, (line) => process.stderr.write(`${line}\n`));
  http.announce();
  isUp = true;
  releaseStartupMemory();
  log.info({ sip: listening, http: http.url, data: config.dataDirectory, database: config.database?.name }, 'ready');
  return application;
}

function readings({ store, sip, media, engine, clock }: Rooms, application: () => Application): MetricsReadings {
  return {
    callbacks: () => store.callbacks.counts(),
    held: () => application().stats().held,
    trunks: () => application().stats().trunks,
    trunkStatus: () => application().trunks.status(),
    switches: () => application().trunks.switches(),
    contacts: () => store.registrations.all(clock.now()),
    load: () => application().admission.load,
    calls: () => application().stats().calls,
    legs: () => sip.stats().legs,
    media: () => ({ ...media.stats(), servers: media.servers?.() ?? [] }),
    storeHealthy: () => store.healthy(),
    storeFiles: () => store.fileSizes(),
    busyMs: () => ({
      main: performance.eventLoopUtilization().active,
      ...(engine === null ? {} : { engine: engine.busyMs() }),
      ...media.busyMs?.(),
    }),
    engine: async () => (await engine?.stats()) ?? null,
  };
}

/** A socket in a directory that only we can enter, and a secret: no admin port is opened. */
function privateLink(parts: OpenParts): PrivateLink {
  const directory = mkdtempSync(join(tmpdir(), 'drachtio-callback-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  // Also where a second SIGTERM ends the process at once.
  process.once('exit', remove);
  parts.opened('control link', remove);
  return { path: join(directory, 'control'), secret: randomBytes(24).toString('base64url') };
}

function secretText(secret: Secret, log: Log): string {
  const read = resolveSecret(secret, processEnvironment());
  if (read.ok) return read.value;
  log.error({}, read.message);
  return '';
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

/** The first SIGTERM or SIGINT drains, a second one ends at once. */
async function drainAfter(
  signal: NodeJS.Signals,
  { application, config, log }: { application: Application; config: ServeConfig; log: Log },
): Promise<number> {
  log.info(
    { signal, drainSeconds: config.drainSeconds },
    'draining: no callback is started, calls on the line may end',
  );
  const second = nextSignal(performance.now() + SAME_WISH_MS).then((again) => {
    log.warn({ signal: again }, 'ending at once');
    process.exit(0);
  });
  await Promise.race([application.drain(Date.now() + config.drainSeconds * 1_000), second]);
  return 0;
}
