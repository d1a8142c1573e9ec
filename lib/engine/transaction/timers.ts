/** RFC 3261 section 17.1.1.1: the base values, all in milliseconds. */
export interface SipTimers {
  /** Round-trip estimate. */
  readonly t1: number;
  /** Ceiling of the retransmission interval of non-INVITE requests and INVITE responses. */
  readonly t2: number;
  /** Longest time a message stays in the network. */
  readonly t4: number;
  /** How long a transaction is tried; 64*T1 by the RFC, settable on its own as in drachtio.conf.xml. */
  readonly t1x64: number;
}

export const DEFAULT_TIMERS: SipTimers = { t1: 500, t2: 4000, t4: 5000, t1x64: 32_000 };

/** The letters of RFC 3261 table 4; L and M are RFC 6026 section 7. Timer C belongs to proxies. */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M';

/** RFC 3261 17.1.1.2: "at least 32 seconds for unreliable transports", whatever T1 is set to. */
const TIMER_D_MIN_MS = 32_000;

/**
 * How long a timer runs the `round`-th time (0 is the first). Zero means that its state is left at once, undefined
 * that the timer does not exist on this transport (RFC 3261 table 4).
 */
export function timerMs(
  name: TimerName,
  timers: SipTimers,
  on: { reliable: boolean; round: number },
): number | undefined {
  switch (name) {
    case 'A':
      return on.reliable ? undefined : timers.t1 * 2 ** on.round;
    case 'E':
    case 'G':
      return on.reliable ? undefined : Math.min(timers.t1 * 2 ** on.round, timers.t2);
    case 'D':
      return on.reliable ? 0 : Math.max(TIMER_D_MIN_MS, timers.t1x64);
    case 'I':
    case 'K':
      return on.reliable ? 0 : timers.t4;
    case 'J':
      return on.reliable ? 0 : timers.t1x64;
    default:
      return timers.t1x64;
  }
}
