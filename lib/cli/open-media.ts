import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServeConfig } from '../config/serve-config.ts';
import { createEmbeddedMedia } from '../media/embedded/engine.ts';
import { createNoMedia } from '../media/none/engine.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import { StartupError } from './startup-error.ts';

const SHIPPED_PROMPTS = join(import.meta.dirname, '../../prompts/en');

/** @throws StartupError for an engine that is not there */
export function checkMedia(config: ServeConfig): void {
  if (config.media === 'rtpengine') throw new StartupError('--media rtpengine: not active yet; use embedded or none');
}

/** The media engine that the flags ask for. */
export function openMedia(config: ServeConfig, log: Log): MediaEngine {
  if (config.media === 'none') return createNoMedia({ log });
  const ownPrompts = join(config.dataDirectory, 'prompts');
  mkdirSync(ownPrompts, { recursive: true });
  return createEmbeddedMedia({
    portRange: { from: config.rtpPorts.first, to: config.rtpPorts.last },
    promptDirectories: [ownPrompts, SHIPPED_PROMPTS],
    log,
  });
}
