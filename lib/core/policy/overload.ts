/**
 * Whether new calls are taken, by how late the process gets to what is due. A process that takes more than it can do falls
 * behind without bound, since taking a call is quicker than calling back: it would break what it has promised. So nothing
 * new is promised until it is punctual again. There are two limits, so that it does not go to and fro.
 */

import { type Said, say } from '../sentence.ts';

export interface OverloadSettings {
  /** From so late on nothing new is taken; it is again when it gets to everything in half of that. */
  lateMs: number;
  /** Least Retry-After of the refused; each is told up to twice as long, so that they do not come back at once. */
  retryAfterSeconds: number;
}

/** A callback leaves two turns of the main loop after it is due, the save between them: within its 250 ms. */
export const OVERLOAD_DEFAULTS: Readonly<OverloadSettings> = Object.freeze({ lateMs: 100, retryAfterSeconds: 5 });

/** A pause or two are none, as for a large file, a stopped process, or one that has just started on a busy machine. */
const LATE_FOR_MS = 1_000;
const PUNCTUAL_FOR_MS = 2_000;

/** What was seen of the process since the look before. */
export interface Look {
  spanMs: number;
  /** Half of its turns were later than this. */
  lateMs: number;
}

export interface Load {
  isOverloaded: boolean;
  /** At the last look. */
  lateMs: number;
  /** For so long the looks have spoken against `isOverloaded`. */
  againstMs: number;
}

export const AT_EASE: Load = Object.freeze({ isOverloaded: false, lateMs: 0, againstMs: 0 });

/** @param settings false: everybody is taken, however late it gets */
export function looked(before: Load, { spanMs, lateMs }: Look, settings: OverloadSettings | false): Load {
  if (settings === false) return { isOverloaded: false, lateMs, againstMs: 0 };
  const { isOverloaded } = before;
  const isAgainst = isOverloaded ? lateMs < settings.lateMs / 2 : lateMs >= settings.lateMs;
  if (!isAgainst) return { isOverloaded, lateMs, againstMs: 0 };
  const againstMs = before.againstMs + spanMs;
  if (againstMs < (isOverloaded ? PUNCTUAL_FOR_MS : LATE_FOR_MS)) return { isOverloaded, lateMs, againstMs };
  return { isOverloaded: !isOverloaded, lateMs, againstMs: 0 };
}

/** For people. */
export function loadSaid({ isOverloaded, lateMs: late }: Load, settings: OverloadSettings | false): Said {
  const lateMs = Math.round(late);
  if (settings === false) return say('load-unlimited', { lateMs });
  return isOverloaded
    ? say('load-over', { lateMs, limitMs: settings.lateMs / 2 })
    : say('load-fine', { lateMs, limitMs: settings.lateMs });
}
