/** Why a delivery was not taken, in words for whoever has to mend it. */

import type { TFunction } from 'i18next';
import type { Delivery } from '../api/types.ts';

/** As the runtime names them. */
const KNOWN = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknownName',
  EAI_AGAIN: 'unknownName',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ECONNRESET: 'cut',
  UND_ERR_SOCKET: 'cut',
  TimeoutError: 'tooSlow',
  ETIMEDOUT: 'tooSlow',
  UND_ERR_CONNECT_TIMEOUT: 'tooSlow',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
} as const;

/** Null: it was taken, or the status says it all. */
export function failureText(t: TFunction, { status, failure }: Pick<Delivery, 'status' | 'failure'>): string | null {
  if (failure === null) return null;
  if (status !== null && status >= 300 && status < 400) return t('webhooks.why.moved');
  if (failure === `status ${status}`) return null;
  const word = Object.hasOwn(KNOWN, failure) ? KNOWN[failure as keyof typeof KNOWN] : undefined;
  return word === undefined ? failure : t(`webhooks.why.${word}`, { code: failure });
}
