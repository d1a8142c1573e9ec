/** The server that owns this data directory, if one runs. */

import type { ServeConfig } from '../../config/serve-config.ts';
import { readControlFile } from '../control-file.ts';
import { type Finding, note, ok, warning } from './finding.ts';

export interface RunningServer {
  /** Of its API. */
  url: string;
  isReady: boolean;
  /** Parts that are not as they should be. */
  troubles: string[];
}

const TIMEOUT_MS = 3_000;

/** Null: none answers. */
export async function runningServer(config: ServeConfig, fetcher: typeof fetch): Promise<RunningServer | null> {
  const control = readControlFile(config.dataDirectory);
  if (control === null) return null;
  try {
    const response = await fetcher(`${control.http}/readyz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const body = (await response.json()) as { checks?: Record<string, { ok?: unknown; detail?: unknown }> };
    const troubles = Object.entries(body.checks ?? {}).flatMap(([part, { ok: isOk, detail }]) =>
      isOk === true ? [] : [`${part}${typeof detail === 'string' ? ` (${detail})` : ''}`],
    );
    return { url: control.http, isReady: response.status === 200, troubles };
  } catch {
    // What a killed server left behind.
    return null;
  }
}

export function serverFinding(running: RunningServer | null): Finding {
  if (running === null) return note('server', 'none runs on this data directory');
  if (running.isReady && running.troubles.length > 0) {
    const advice = 'give it more of a machine, or have the trunks send less: it refuses new calls while it is late';
    return warning('server', `runs at ${running.url}, ready, but ${running.troubles.join(', ')}`, advice);
  }
  if (running.isReady) return ok('server', `runs at ${running.url}, ready`);
  const why = running.troubles.length > 0 ? `: ${running.troubles.join(', ')}` : '';
  return warning('server', `runs at ${running.url}, but is not ready${why}`, 'its log says why');
}
