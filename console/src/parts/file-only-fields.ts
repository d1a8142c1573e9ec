/**
 * Fields that only the configuration's file and the API have, each for a reason: a test wants every other field of the
 * schemas in its form. What is set in them stays as it is when a form is saved.
 */

export const FILE_ONLY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  trunks: [
    // The same as `callerIds`, which the form has.
    'identity.callerIds.allow',
    'identity.callerIds.default',
  ],
  'callback-rules': [
    // One interval for all outcomes, or `byOutcome`, is what people set by hand.
    'retry.intervals.busy',
    'retry.intervals.no-answer',
    'retry.intervals.unreachable',
    'retry.intervals.rejected',
    'retry.intervals.abandoned',
    'retry.intervals.machine',
    'retry.intervals.failed',
    // The form's text is the Reason's; its protocol and cause are Q.850 17 unless a carrier wants another one.
    'reject.reason.protocol',
    'reject.reason.cause',
  ],
  'outgoing-rules': [],
  extensions: [],
  'inbound-numbers': [],
};
