/** What is told, and who is asked, over HTTP. */

import type { Application } from '../app/application.ts';
import type { Secret } from '../core/configuration.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { EventWebhooks } from '../records/event-webhooks.ts';
import { FlowHooks } from '../records/flow-hooks.ts';

/** The webhooks of flows. */
export function openFlowHooks(given: { secretOf: (secret: Secret) => string; clock: Clock; log: Log }): FlowHooks {
  const { log } = given;
  return new FlowHooks({ ...given, fetch: (...request) => fetch(...request), log: log.child({ room: 'hooks' }) });
}

export interface OpenWebhooksOptions {
  store: Store;
  clock: Clock;
  log: Log;
  opened: (name: string, close: () => Promise<unknown>) => void;
}

/** Told of events as they are written; closed after the callbacks, so that the last ones go out. */
export function openWebhooks(
  { store, clock, log, opened }: OpenWebhooksOptions,
  application: Application,
): EventWebhooks {
  const webhooks = new EventWebhooks({
    ...{ store, clock, log: log.child({ room: 'webhooks' }) },
    fetch: (...request) => fetch(...request),
    random: Math.random,
  });
  application.events.subscribe(({ callbackId }) => {
    if (callbackId !== null) webhooks.happened();
  });
  webhooks.start();
  opened('webhooks', () => webhooks.stop());
  return webhooks;
}
