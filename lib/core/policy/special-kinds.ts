/** Numbers that cost more than others, or belong to nobody: what kind they are, and whether they may be called. */

import type { Limits, SpecialKind } from '../configuration.ts';
import type { PhoneNumber } from './phone-number.ts';
import { callingCodeOfNumber, numberTypeOf } from './read-number.ts';

/** What a thief can be paid for, or what rings nobody, is off unless it is switched on. */
export const SPECIAL_DEFAULTS: Readonly<Record<SpecialKind, boolean>> = {
  premiumRate: false,
  sharedCost: false,
  universal: false,
  personal: false,
  pager: false,
  voicemail: false,
  satellite: false,
  internationalNetwork: false,
  tollFree: true,
  voip: true,
  unallocated: true,
};

/** Country codes of no country: ITU-T E.164, list of assigned codes (Operational Bulletin annex). */
const BY_CALLING_CODE: Readonly<Record<string, SpecialKind>> = {
  // Universal freephone, shared cost, premium rate services (E.169.1 to E.169.3).
  '800': 'tollFree',
  '808': 'sharedCost',
  '979': 'premiumRate',
  // Inmarsat; global mobile satellite systems (Iridium, Globalstar).
  '870': 'satellite',
  '881': 'satellite',
  // Universal personal telecommunication; international networks; disaster relief.
  '878': 'internationalNetwork',
  '882': 'internationalNetwork',
  '883': 'internationalNetwork',
  '888': 'internationalNetwork',
};

/** By libphonenumber's word for it. */
const BY_TYPE: Readonly<Record<string, SpecialKind>> = {
  PREMIUM_RATE: 'premiumRate',
  SHARED_COST: 'sharedCost',
  UAN: 'universal',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
  VOICEMAIL: 'voicemail',
  TOLL_FREE: 'tollFree',
  VOIP: 'voip',
  // Of possible length, but in no range of its country's plan. Plans change: it may be a new one.
  UNALLOCATED: 'unallocated',
};

/** Codes for which no list of countries can speak: the switch alone decides. */
const OF_NO_COUNTRY: ReadonlySet<SpecialKind> = new Set(['satellite', 'internationalNetwork']);

/** @returns null: a fixed or mobile number, or one that cannot be read */
export function specialKindOf(number: PhoneNumber): SpecialKind | null {
  const code = callingCodeOfNumber(number);
  if (code === null) return null;
  const byCode = Object.hasOwn(BY_CALLING_CODE, code) ? BY_CALLING_CODE[code] : undefined;
  const type = numberTypeOf(number) ?? 'UNALLOCATED';
  return byCode ?? (Object.hasOwn(BY_TYPE, type) ? (BY_TYPE[type] ?? null) : null);
}

export function mayBeCalled(kind: SpecialKind, limits: Limits): boolean {
  return limits.specialNumbers?.[kind] ?? SPECIAL_DEFAULTS[kind];
}

/** A number of no country that is allowed by its kind. */
export function isAllowedNowhere(number: PhoneNumber, limits: Limits): boolean {
  const kind = specialKindOf(number);
  return kind !== null && OF_NO_COUNTRY.has(kind) && mayBeCalled(kind, limits);
}
