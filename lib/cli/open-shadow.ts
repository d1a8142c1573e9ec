import { join } from 'node:path';
import type { ShadowOptions } from '../app/shadow-calls.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { ShadowLog } from '../records/shadow-log.ts';

export interface OpenShadowOptions {
  config: ServeConfig;
  clock: Clock;
  log: Log;
  /** Told how to close what was opened. */
  opened(name: string, close: () => Promise<unknown>): void;
}

/** Null: the server works. */
export async function openShadow({
  config,
  clock,
  log,
  opened,
}: OpenShadowOptions): Promise<(ShadowOptions & { records: ShadowLog }) | null> {
  if (config.shadow === null) return null;
  const records = new ShadowLog({ directory: join(config.dataDirectory, 'shadow'), clock, log });
  await records.start();
  opened('shadow records', () => records.stop());
  log.warn(
    { answer: config.shadow },
    'in the shadow: calls are decided and written down, nothing is promised or dialled',
  );
  return { answer: config.shadow, records };
}
