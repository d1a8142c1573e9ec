export interface Quantiles {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

/** What is counted as it comes, without looking at the open numbers: for a line each second. */
export interface Tally {
  /** INVITEs of callers. */
  offered: number;
  /** Numbers whose caller got the rejection that promises a callback. */
  promised: number;
  refused: number;
  unanswered: number;
  /** Promised numbers whose phone rang, once or more. */
  calledBack: number;
  doubled: number;
  overlapping: number;
  /** Those that are certain. */
  early: number;
  completed: number;
}

export interface EarlyRing {
  number: string;
  /** Before rejection received + delay. */
  byMs: number;
  /**
   * Before INVITE sent + delay as well: the rejection cannot have left before that. Else it may be that the caller read the
   * rejection late.
   */
  isCertain: boolean;
}

export interface AccountReport {
  offered: number;
  promised: number;
  /** Callers who got another final response, by its status. */
  refused: Record<number, number>;
  /** Callers who got no final response. */
  unanswered: number;
  /** Promised, and rung with exactly one Call-ID. */
  calledBackOnce: number;
  /** Promised, never rung, and due long ago. */
  missing: string[];
  /** Promised, not rung, and not due or only just. */
  pending: number;
  /** Rung with more than one Call-ID, promised or not. */
  doubled: string[];
  /** Two INVITEs to the number were up at once. */
  overlapping: string[];
  /** Answered in more than one call. */
  answeredTwice: string[];
  /** Rung before rejection + delay. */
  early: EarlyRing[];
  /** Rung though nobody called from the number. */
  unasked: string[];
  /** Rung though the caller saw no promise, for whatever cause. Legitimate when the rejection got lost on its way. */
  rungUnpromised: number;
  /** Those of them whose caller was told no. */
  rungThoughRefused: string[];
  /** Ring minus (rejection received + delay), in ms. */
  lateness: Quantiles;
  /** INVITE sent to rejection received, in ms; of the promised alone. */
  rejectMs: Quantiles;
  /** Whole stories: called back, answered, connected and cleared. */
  completed: number;
}
