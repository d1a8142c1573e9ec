import { join } from 'node:path';
import type { ServeConfig } from '../config/serve-config.ts';
import { createEmbeddedMedia } from '../media/embedded/engine.ts';
import { createNoMedia } from '../media/none/engine.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import { makeDirectory } from '../store/directory.ts';
import { StartupError } from './startup-error.ts';

const SHIPPED_PROMPTS = join(import.meta.dirname, '../../prompts');

/** @throws StartupError for an engine that is not there */
export function checkMedia(config: ServeConfig): void {
  if (config.media === 'rtpengine') throw new StartupError('--media rtpengine: not active yet; use embedded or none');
}

/**
 * What one process relays without anybody hearing it (docs/operating.md has the figures); beyond it packets come late, and
 * at some point not at all.
 */
const EMBEDDED_CALLS = 400;

/** How many calls this node takes at once; null: as many as come. */
export function maxCallsOf({ maxCalls, media }: Pick<ServeConfig, 'maxCalls' | 'media'>): number | null {
  return maxCalls ?? (media === 'embedded' ? EMBEDDED_CALLS : null);
}

/** The media engine that the flags ask for. What the configuration says is asked once there is a call. */
export function openMedia(config: ServeConfig, log: Log, mediaTimeoutMs: () => number): MediaEngine {
  if (config.media === 'none') return createNoMedia({ log });
  const ownPrompts = join(config.dataDirectory, 'prompts');
  try {
    // The data directory is for this user only, as the store would make it
    makeDirectory(ownPrompts, 0o700);
  } catch (error) {
    throw new StartupError(`--data ${config.dataDirectory}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
  return createEmbeddedMedia({
    portRange: { from: config.rtpPorts.first, to: config.rtpPorts.last },
    promptDirectories: [ownPrompts, SHIPPED_PROMPTS],
    mediaTimeoutMs,
    log,
  });
}
