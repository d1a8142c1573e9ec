import type { Rejection } from '../ports/calls.ts';

/** RFC 6432; no Retry-After, which would tell a proxy to leave this server alone (RFC 3261 21.5.4). */
export const UNAVAILABLE: Rejection = {
  status: 503,
  reason: { protocol: 'Q.850', cause: 41, text: 'Temporary failure' },
  callbackId: null,
};

export const FAULT: Rejection = { ...UNAVAILABLE, status: 500 };
