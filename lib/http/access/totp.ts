/** A second factor: time-based one-time passwords (RFC 6238) as authenticator apps know them. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const STEP_SECONDS = 30;
const DIGITS = 6;
const SECRET_BYTES = 20;
/** Steps before and after the present one: phones' clocks are not exact (RFC 6238 5.2). */
const DRIFT = 1;
const RECOVERY_CODES = 10;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 6, without padding: authenticators take it so. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((part) => ALPHABET[Number.parseInt(part.padEnd(5, '0'), 2)]).join('');
}

function bytesOf(text: string): Buffer {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export const newSecret = (): string => base32(randomBytes(SECRET_BYTES));

/** RFC 4226 5.3. */
export function codeAt(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const offset = digest.at(-1)! & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** Both are six digits. */
const equal = (a: string, b: string) => timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * The step whose code this is; null: of none, or of one that was used already (RFC 6238 5.2).
 * @param lastStep of the last code that was taken
 */
export function stepOf(
  code: string,
  secret: string,
  { now, lastStep }: { now: number; lastStep: number },
): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const present = Math.floor(now / 1000 / STEP_SECONDS);
  let found: number | null = null;
  for (let step = present - DRIFT; step <= present + DRIFT; step++)
    if (step > lastStep && equal(code, codeAt(secret, step))) found = step;
  return found;
}

export function otpauthUri(secret: string, username: string): string {
  const issuer = 'drachtio-callback';
  const label = `${issuer}:${username}`.split(':').map(encodeURIComponent).join(':');
  return `otpauth://totp/${label}?secret=${secret}&issuer=${issuer}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
}

export const recoveryHash = (code: string): string =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^A-Z2-7]/g, ''))
    .digest('base64url');

/** For the day on which the phone is lost: each works once. 80 bits each, so a plain hash is enough. */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(10)).replace(/(.{4})(?=.)/g, '$1-'));
  return { codes, hashes: codes.map(recoveryHash) };
}
