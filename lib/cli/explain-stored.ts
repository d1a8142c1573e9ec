/** The dry run by what is stored, with no server running: the gates that need the store are asked, and nothing is counted. */

import { Gatekeeper } from '../app/gatekeeper.ts';
import type { Configuration } from '../core/configuration.ts';
import { explainWithStore } from '../core/rules/explain.ts';
import type { Explanation } from '../core/rules/explanation.ts';
import type { Log } from '../ports/log.ts';
import { createSystemClock } from '../system/clock.ts';
import type { ExplainedCall, KnownSituation } from './cli-dependencies.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

export function explainStored(
  configuration: Configuration,
  { at, ...request }: ExplainedCall,
  { situation, store }: KnownSituation,
): Promise<Explanation> {
  const clock = createSystemClock();
  const gatekeeper = new Gatekeeper({ clock, store, configuration: () => configuration, log: silent });
  const moment = { request, now: at ?? clock.now(), situation };
  return explainWithStore(configuration, moment, (asked) => gatekeeper.explain(asked));
}
