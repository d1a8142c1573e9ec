import type { ServeConfig } from '../config/serve-config.ts';
import { createEmbeddedMedia } from '../media/embedded/engine.ts';
import { createNoMedia } from '../media/none/engine.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import { makeDirectory } from '../store/directory.ts';
import { promptDirectories } from './prompt-directories.ts';
import { StartupError } from './startup-error.ts';

/** @throws StartupError for an engine that is not there */
export function checkMedia(config: ServeConfig): void {
  if (config.media === 'rtpengine') throw new StartupError('--media rtpengine: not active yet; use embedded or none');
}

/** The media engine that the flags ask for. What the configuration says is asked once there is a call. */
export function openMedia(config: ServeConfig, log: Log, mediaTimeoutMs: () => number): MediaEngine {
  if (config.media === 'none') return createNoMedia({ log });
  const directories = promptDirectories(config.dataDirectory);
  try {
    // The data directory is for this user only, as the store would make it
    for (const { origin, path } of directories) if (origin !== 'shipped') makeDirectory(path, 0o700);
  } catch (error) {
    throw new StartupError(`--data ${config.dataDirectory}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
  return createEmbeddedMedia({
    portRange: { from: config.rtpPorts.first, to: config.rtpPorts.last },
    promptDirectories: directories.map(({ path }) => path),
    mediaTimeoutMs,
    log,
  });
}
