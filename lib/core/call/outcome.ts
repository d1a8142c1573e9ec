/** Outcomes of a callback that is `done`. The same word is the API field, the CDR column and the metric label. */
export const OUTCOMES = [
  'connected',
  'no-answer',
  'busy',
  'rejected',
  'unreachable',
  'abandoned',
  'machine',
  'cancelled',
  'expired',
  'refused',
  'failed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The closed class of every failure (habit 6). */
export type FailureClass = 'success' | 'refused' | 'unreachable' | 'ourFault' | 'trunkFault';

/**
 * The two different questions about an INVITE that was not answered, and its names.
 * Source: table c.3 of the reference, kept as data in `verdict.ts`.
 */
export interface Verdict {
  class: FailureClass;
  /** Low-cardinality, kebab-case: `busy`, `no-answer`, `trunk-silent`, ... */
  reason: string;
  outcome: Outcome;
  /** `once`: at most one other trunk. */
  tryNextTrunk: 'yes' | 'no' | 'once';
  /** Whether calling the person later makes sense at all; the rule's `retry.on` decides among those. */
  retryPerson: boolean;
}
