/**
 * Settings of the whole that are not a resource, and what they are where nothing is said: a configuration that was stored
 * before there were such settings has none.
 */

import type { Configuration, Extension } from './configuration.ts';

export interface RegistrarSettings {
  /** Of one extension; what registers beyond takes the place of the contact that would end first. */
  maxContacts: number;
  /** Shorter registrations get 423 (RFC 3261 10.3). */
  minExpiresSeconds: number;
  /** Longer ones are cut, and who names no time gets it. */
  maxExpiresSeconds: number;
  /** Changes of one extension's contacts; each is written to disk. */
  maxChangesPerMinute: number;
}

export interface TransferSettings {
  /** Who may hand a call over by REFER: nobody, our extensions, or whoever is on the line. */
  by: 'nobody' | 'extensions' | 'anyone';
  /** Towards numbers: through this outgoing rule only; null: towards extensions alone. */
  outgoingRule: string | null;
  ringTimeoutSeconds: number;
}

export interface CallSettings {
  /** RFC 4028; false: none is asked for. Those that others ask for are kept in any case. */
  sessionTimers: false | { expiresSeconds: number; minSeconds: number };
  /** A side that sends no RTP for so long, though nobody holds, is asked whether it lives, and ended. */
  mediaTimeoutSeconds: number;
  /** A prompt that the other side hears while one holds, again and again (embedded media); null: what the holder sends. */
  holdMusic: string | null;
  transfers: TransferSettings;
}

export const USUAL_REGISTRAR: RegistrarSettings = Object.freeze({
  maxContacts: 5,
  minExpiresSeconds: 60,
  maxExpiresSeconds: 3600,
  maxChangesPerMinute: 30,
});

export const USUAL_CALLS: CallSettings = Object.freeze({
  sessionTimers: Object.freeze({ expiresSeconds: 1800, minSeconds: 90 }),
  mediaTimeoutSeconds: 60,
  holdMusic: null,
  transfers: Object.freeze({ by: 'extensions', outgoingRule: null, ringTimeoutSeconds: 30 }),
});

export function registrarOf(configuration: Configuration): RegistrarSettings {
  return configuration.registrar ?? USUAL_REGISTRAR;
}

export function maxContactsOf(configuration: Configuration, extension: Extension): number {
  return extension.maxContacts ?? registrarOf(configuration).maxContacts;
}

export function callsOf(configuration: Configuration): CallSettings {
  return configuration.calls ?? USUAL_CALLS;
}
