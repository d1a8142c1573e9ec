/** What belongs to which inbound number, for those who are limited to some of them. */

import { mayReach, type Principal } from '../../core/access/role.ts';
import type { Callback, CallbackId } from '../../core/callback/callback.ts';
import type { Configuration } from '../../core/configuration.ts';
import { findInboundNumber, inboundNumberOfRule } from '../../core/rules/inbound-number.ts';
import type { SectionName } from '../../schema/sections.ts';

const isLimited = ({ inboundNumbers }: Principal): boolean => inboundNumbers !== null;

/** The configured form of a number that may be written in any. */
const configured = (configuration: Configuration, number: string): string =>
  findInboundNumber(configuration, number)?.number ?? number;

export function reachesRule(principal: Principal, name: string, configuration: Configuration): boolean {
  if (!isLimited(principal)) return true;
  const rule = configuration.callbackRules.find((one) => one.name === name);
  const number = rule === undefined ? null : inboundNumberOfRule(rule, configuration);
  return number !== null && principal.inboundNumbers!.includes(configured(configuration, number));
}

/** Whether he may see an item of the configuration: his numbers, and the rules that stand for one of them. */
export function sees(principal: Principal, section: SectionName, item: unknown, configuration: Configuration): boolean {
  if (!isLimited(principal)) return true;
  const mine = principal.inboundNumbers!;
  if (section === 'inboundNumbers') return mine.includes((item as { number: string }).number);
  if (section !== 'callbackRules') return true;
  const { inboundNumbers } = item as { inboundNumbers: string[] };
  return inboundNumbers.length === 0 || inboundNumbers.some((one) => mine.includes(configured(configuration, one)));
}

/** Whether he may change it, or have it be so: nobody else's number is touched. */
export function owns(principal: Principal, section: SectionName, item: unknown, configuration: Configuration): boolean {
  if (!isLimited(principal)) return true;
  const mine = principal.inboundNumbers!;
  if (section === 'inboundNumbers') return mine.includes(String((item as { number?: unknown }).number));
  if (section !== 'callbackRules') return false;
  const numbers = (item as { inboundNumbers?: unknown }).inboundNumbers;
  const listed = Array.isArray(numbers) ? numbers.map(String) : [];
  return listed.length > 0 && listed.every((one) => mine.includes(configured(configuration, one)));
}

/** Whether he may hear of what happens to a callback. */
export class CallbackReach {
  readonly #get: (id: CallbackId) => Promise<Callback | null>;
  readonly #known = new Map<CallbackId, string | null>();

  constructor(get: (id: CallbackId) => Promise<Callback | null>) {
    this.#get = get;
  }

  async reaches(principal: Principal, id: CallbackId | null): Promise<boolean> {
    if (!isLimited(principal) || id === null) return true;
    if (!this.#known.has(id)) {
      this.#known.set(id, (await this.#get(id))?.inboundNumber ?? null);
      if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    }
    return mayReach(principal, this.#known.get(id) ?? null);
  }
}

const MOST_KNOWN = 10_000;
