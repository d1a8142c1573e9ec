import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { hostPortText } from '../config/address.ts';
import type { ServeConfig } from '../config/serve-config.ts';
import { createEmbeddedMedia } from '../media/embedded/engine.ts';
import { createNoMedia } from '../media/none/engine.ts';
import { createRtpengineMedia } from '../media/rtpengine/engine.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import { makeDirectory } from '../store/directory.ts';
import { promptDirectories } from './prompt-directories.ts';
import { StartupError } from './startup-error.ts';
import { startThread } from './thread.ts';

/** @throws StartupError for an engine that is not there */
export function checkMedia({ media, rtpengine }: ServeConfig): void {
  const ipv6 = media === 'rtpengine' ? rtpengine?.servers.find(({ host }) => host.includes(':')) : undefined;
  if (ipv6 !== undefined)
    throw new StartupError(`--rtpengine ${hostPortText(ipv6)}: its control address has to be IPv4 (RTP may be IPv6)`);
}

/** Bridged calls that one core relays without anybody hearing it (docs/operating.md has the figures). */
const EMBEDDED_CALLS = 400;
const LEGS_PER_CALL = 2;

/** With a second core RTP does not wait for the main thread; a third thread is for more calls than one core relays. */
function mediaThreadsOf({ mediaThreads }: ServeConfig): number {
  return mediaThreads ?? (availableParallelism() > 1 ? 1 : 0);
}

/** A thread counts as far as there is a core for it beside the main thread's. */
function talkingCalls(config: ServeConfig): number {
  const cores = Math.max(1, Math.min(mediaThreadsOf(config), availableParallelism() - 1));
  return config.maxCalls ?? EMBEDDED_CALLS * cores;
}

/** How many calls this node takes at once. */
export function callRoomOf({ maxCalls }: ServeConfig, media: MediaEngine) {
  return { maxCalls, endpoints: () => media.stats().capacity ?? null };
}

/** The media engine that the flags ask for. What the configuration says is asked once there is a call. */
export function openMedia(config: ServeConfig, log: Log, mediaTimeoutMs: () => number): MediaEngine {
  if (config.media === 'none') return createNoMedia({ log });
  const places = promptDirectories(config.dataDirectory);
  try {
    // The data directory is for this user only, as the store would make it
    for (const { origin, path } of places) if (origin !== 'shipped') makeDirectory(path, 0o700);
  } catch (error) {
    throw new StartupError(`--data ${config.dataDirectory}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
  const directories = places.map(({ path }) => path);
  if (config.media === 'rtpengine') {
    const { servers, dtmf } = config.rtpengine!;
    return createRtpengineMedia({
      servers: servers.map((server) => ({ ...server, name: hostPortText(server) })),
      dtmf,
      promptDirectories: directories,
      playDirectory: playDirectoryOf(config),
      mediaTimeoutMs,
      log,
    });
  }
  return createEmbeddedMedia({
    portRange: { from: config.rtpPorts.first, to: config.rtpPorts.last },
    promptDirectories: directories,
    mediaTimeoutMs,
    maxTalking: LEGS_PER_CALL * talkingCalls(config),
    threads: mediaThreadsOf(config),
    startThread,
    log,
  });
}

/** Where rtpengine reads prompts if no place was named. */
export function playDirectoryOf({ dataDirectory, rtpengine }: ServeConfig): string {
  return resolve(rtpengine?.promptDirectory ?? join(dataDirectory, 'rtpengine'));
}

/** @throws StartupError */
export async function startMedia(media: MediaEngine): Promise<void> {
  try {
    await media.start();
  } catch (error) {
    throw new StartupError(`--media ${media.name}: ${(error as Error).message}`);
  }
}
