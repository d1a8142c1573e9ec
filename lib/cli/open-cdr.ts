import { join } from 'node:path';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ServeConfig } from '../config/serve-config.ts';
import type { CdrSettings } from '../core/cdr/settings.ts';
import type { Configuration, Secret } from '../core/configuration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { CdrPlaces } from '../records/cdr-places.ts';
import { type CdrObserver, CdrWriter } from '../records/cdr-writer.ts';
import { Webhook } from '../records/webhook.ts';
import { USUAL_CDR } from '../schema/cdr.ts';
import { StartupError } from './startup-error.ts';

export interface OpenCdrOptions {
  config: ServeConfig;
  configuration: { readonly configuration: Configuration; onChange(listener: (now: Configuration) => void): void };
  secretOf: (secret: Secret) => string;
  registry: Registry;
  clock: Clock;
  log: Log;
}

/**
 * Call detail records, as the configuration and `--cdr` have them.
 * @throws StartupError where the directory can't be used
 */
export async function openCdr(options: OpenCdrOptions): Promise<CdrWriter> {
  const { config, configuration, clock, log, registry } = options;
  const directory = config.cdrDirectory ?? join(config.dataDirectory, 'cdr');
  const metrics = cdrMetrics(registry, () => writer.waiting);
  const writer = new CdrWriter({
    directory,
    clock,
    log,
    observer: metrics,
    places: (settings) => placesOf(settings, { ...options, directory, metrics }),
  });
  const settingsOf = ({ cdr }: Configuration): CdrSettings | null =>
    cdr ?? (config.cdrDirectory === null ? null : USUAL_CDR);
  try {
    await writer.start(settingsOf(configuration.configuration));
  } catch (error) {
    throw new StartupError(`call records can not be written to ${directory}: ${(error as Error).message}`);
  }
  configuration.onChange((now) => writer.configure(settingsOf(now)));
  return writer;
}

interface PlacesParts extends OpenCdrOptions {
  directory: string;
  metrics: CdrMetrics;
}

function placesOf(settings: CdrSettings, { directory, metrics, clock, log, secretOf }: PlacesParts): CdrPlaces {
  return new CdrPlaces({
    directory,
    settings,
    observer: metrics,
    now: () => clock.now(),
    webhook: (parts) =>
      new Webhook({
        ...parts,
        secret: () => (parts.settings.secret === null ? '' : secretOf(parts.settings.secret)),
        clock,
        log,
        fetch: (...request) => fetch(...request),
        random: Math.random,
        onDelivered: (records) => metrics.written('webhook', records),
        onFailed: () => metrics.failed(),
      }),
  });
}

interface CdrMetrics extends CdrObserver {
  failed(): void;
}

function cdrMetrics(registry: Registry, waiting: () => number): CdrMetrics {
  const registers = [registry];
  const written = new Counter({
    name: 'callback_cdr_written_total',
    help: 'Call detail records written to files, or taken by the webhook',
    labelNames: ['place'],
    registers,
  });
  const dropped = new Counter({
    name: 'callback_cdr_dropped_total',
    help: 'Call detail records that went lost since their place was out of order for too long',
    labelNames: ['place'],
    registers,
  });
  const failed = new Counter({
    name: 'callback_cdr_webhook_failures_total',
    help: 'Deliveries to the webhook that failed and are repeated',
    registers,
  });
  new Gauge({
    name: 'callback_cdr_waiting',
    help: 'Call detail records in memory that are not written yet',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    written: (place, records) => written.inc({ place }, records),
    dropped: (place, records) => dropped.inc({ place }, records),
    failed: () => failed.inc(),
  };
}
