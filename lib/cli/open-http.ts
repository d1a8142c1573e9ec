import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Application } from '../app/application.ts';
import { DayBook } from '../app/day-book.ts';
import type { LiveConfiguration } from '../app/live-configuration.ts';
import { resolveSecret } from '../config/secret.ts';
import { processEnvironment, type ServeConfig } from '../config/serve-config.ts';
import { tryRule } from '../core/dialplan/try-rule.ts';
import { explainWithStore } from '../core/rules/explain.ts';
import { ensureAdministrator } from '../http/access/administrator.ts';
import { createHttp } from '../http/server.ts';
import type { ErasureService } from '../ports/erasure.ts';
import type { Health, MetricsSource } from '../ports/health.ts';
import type { Log } from '../ports/log.ts';
import type { PromptService } from '../ports/prompts.ts';
import type { RecordingService } from '../ports/recordings.ts';
import type { ShadowRecords } from '../ports/shadow-records.ts';
import type { Store } from '../ports/store.ts';
import type { WebhookService } from '../ports/webhooks.ts';
import type { WireTexts } from '../ports/wire-texts.ts';
import { removeControlFile, writeControlFile } from './control-file.ts';
import { EXTRA_CHECKS } from './initial-configuration.ts';
import { StartupError } from './startup-error.ts';
import { storedKey } from './stored-key.ts';
import { version } from './version.ts';

/** In a checkout this file is in lib/cli, in a package in dist/cli: the pages are in dist/console of both. */
const CONSOLE_DIRECTORY = join(import.meta.dirname, '../../dist/console');

export interface OpenHttpOptions {
  config: ServeConfig;
  store: Store;
  application: Application;
  configuration: LiveConfiguration;
  health: Health;
  metrics: MetricsSource;
  shadow: ShadowRecords | null;
  messages: WireTexts;
  webhooks: WebhookService;
  prompts: PromptService;
  erasures: ErasureService;
  recordings: RecordingService;
  now: () => number;
  log: Log;
}

export interface RunningHttp {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** Lets commands on this machine find the server. */
  announce(): void;
  close(): Promise<void>;
}

/**
 * The API on its socket.
 * @throws StartupError for a taken port
 */
export async function openHttp(options: OpenHttpOptions): Promise<RunningHttp> {
  const { config, store, application, configuration, health, metrics, shadow, messages, now, log } = options;
  const controlKey = randomBytes(24).toString('base64url');
  const http = await createHttp({
    store,
    configuration,
    callbacks: application.callbacks,
    explainer: {
      explain: ({ at, ...request }) =>
        explainWithStore(
          configuration.configuration,
          {
            request: { ...request, resolved: configuration.trunkAddresses },
            now: at ?? now(),
            situation: application.situation(),
          },
          (asked) => application.gatekeeper.explain(asked),
        ),
      tryRule: async (question, at) => tryRule(configuration.configuration, question, { at: at ?? now(), draw: null }),
    },
    trunks: application.trunks,
    statistics: new DayBook({ clock: { now }, store: store.callbacks, events: application.events }),
    messages,
    ...(shadow === null ? {} : { shadow }),
    events: application.feed,
    webhooks: options.webhooks,
    prompts: options.prompts,
    erasures: options.erasures,
    recordings: options.recordings,
    health,
    metrics,
    log: log.child({ room: 'http' }),
    apiKeys: [config.apiKey ?? '', controlKey],
    proxies: config.httpProxies,
    extraChecks: EXTRA_CHECKS,
    // An ETag that a client got before a restart is still good after it.
    etagKey: await storedKey(store, 'etag-key'),
    secretText: (secret) => {
      const read = resolveSecret(secret, processEnvironment());
      return read.ok ? read.value : null;
    },
    consoleDirectory: CONSOLE_DIRECTORY,
    now,
    version: version(),
  });
  const { host, port } = await http.listen(config.http.host, config.http.port).catch((error: Error) => {
    throw new StartupError(error.message);
  });
  const remove = () => removeControlFile(config.dataDirectory);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url,
    announce: () => {
      writeControlFile(config.dataDirectory, { http: url, key: controlKey });
      // Also where a second SIGTERM ends the process at once.
      process.once('exit', remove);
    },
    close: async () => {
      process.off('exit', remove);
      remove();
      await http.close();
    },
  };
}

/** At the first start there is an administrator, and his password is shown this once. */
export async function showNewAdministrator(store: Store, show: (line: string) => void): Promise<void> {
  const administrator = await ensureAdministrator(store.settings);
  if (!administrator.created) return;
  const { username, password } = administrator;
  show(`The administrator is ${username} with the password ${password} (shown this once; CALLBACK_API_KEY works too)`);
}
