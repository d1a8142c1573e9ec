/**
 * How a call that a rule takes is treated before its callback is promised: rung for a while, then rejected with the
 * promise; or rung, and promised only if the caller hangs up (a missed call).
 */
export type RingingMode = 'ring' | 'missedCall';
