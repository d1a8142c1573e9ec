/** Whom a trunk lets us show: carriers refuse calls, or put a number of their own in, where the caller ID is not theirs. */

import type { CallerId, Trunk } from '../configuration.ts';
import { matchesEntry } from '../policy/blocked-numbers.ts';
import { readNumber, withoutSeparators } from '../policy/read-number.ts';
import { formatNumber } from './number-format.ts';

/**
 * Why the caller ID is another one than was wanted:
 * - `not-allowed`: it is not among the trunk's `callerIds.allow`
 * - `missing`: there was none
 * - `refused`: the trunk answered 403 to it
 */
export type CallerIdChange = 'not-allowed' | 'missing' | 'refused';

export interface ShownCallerId {
  callerId: CallerId;
  /** Null: it is the one that was wanted. */
  change: CallerIdChange | null;
}

/** What stands in a SIP user part without escaping; everything else is dropped. */
export function callerIdNumber(text: string): string {
  return withoutSeparators(text).replace(/[^A-Za-z0-9+*_]/g, '');
}

export function isAllowedCallerId(trunk: Pick<Trunk, 'callerIds'>, number: string, country: string): boolean {
  const { allow } = trunk.callerIds;
  if (allow.length === 0) return true;
  const read = readNumber(number, country);
  return allow.some((entry) => matchesEntry(entry, read, country));
}

/** The number that goes out instead of another: the trunk's default, else the first whole number that it allows. */
export function defaultNumberOf({ callerIds }: Pick<Trunk, 'callerIds'>): string | null {
  const number = callerIds.default ?? callerIds.allow.find((entry) => !entry.endsWith('*'));
  return number === undefined ? null : callerIdNumber(number);
}

/**
 * A name goes with its number: the default is shown without the name of the one that it replaces. Where a trunk has
 * nothing to show instead, what was wanted goes out.
 * @param country ISO 3166-1 alpha-2: how national numbers are read
 * @param isRefused the trunk has refused the wanted one
 */
export function callerIdFor(
  trunk: Pick<Trunk, 'callerIds'>,
  wanted: CallerId,
  { country, isRefused }: { country: string; isRefused: boolean },
): ShownCallerId {
  const instead = defaultNumberOf(trunk);
  const change = changeOf(trunk, wanted, { country, isRefused });
  if (change === null || instead === null || instead === wanted.number) return { callerId: wanted, change: null };
  return { callerId: { number: instead, name: null }, change };
}

function changeOf(
  trunk: Pick<Trunk, 'callerIds'>,
  wanted: CallerId,
  { country, isRefused }: { country: string; isRefused: boolean },
): CallerIdChange | null {
  if (isRefused) return 'refused';
  if (wanted.number === '') return 'missing';
  return isAllowedCallerId(trunk, wanted.number, country) ? null : 'not-allowed';
}

/** A number as this trunk wants to read it; one that has no such form goes as it is configured. */
export function shownNumber(trunk: Pick<Trunk, 'identity'>, number: string, country: string): string {
  const { numberFormat } = trunk.identity;
  if (numberFormat === 'asReceived' || number === '') return number;
  return formatNumber(readNumber(number, country), numberFormat, country) ?? number;
}

/** The caller ID can be read in what the trunk is sent, so that it may be what the trunk refuses. */
export function showsCallerId({ pai, ppi, rpid, privacy, from }: Trunk['identity']): boolean {
  return pai || ppi || rpid || (!privacy && from === 'callerId');
}
