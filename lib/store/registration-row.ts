/** A registration as a row of its table. */

import type { Registration } from '../ports/store.ts';
import type { RegistrationTable } from './schema.ts';

export function registrationRow(registration: Registration): RegistrationTable {
  const { extension, contact, reachedAt, path, q, callId, cseq, registeredAt, expiresAt, userAgent } = registration;
  return {
    extension,
    contact,
    reached_at: reachedAt,
    path: JSON.stringify(path),
    q,
    call_id: callId,
    cseq,
    registered_at: registeredAt,
    expires_at: expiresAt,
    user_agent: userAgent,
  };
}

export function registrationOf(row: RegistrationTable): Registration {
  return {
    extension: row.extension,
    contact: row.contact,
    reachedAt: row.reached_at,
    path: JSON.parse(row.path) as string[],
    q: row.q,
    callId: row.call_id,
    cseq: row.cseq,
    registeredAt: row.registered_at,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
  };
}
