/** A decision as it is stored with its callback, in lines, and what of it would be otherwise today. */

import type { Decision, Explanation } from '../api/types.ts';
import type { decision as words } from '../i18n/en/decision.ts';

export type FactName = Exclude<keyof typeof words.fact, 'delaySeconds'>;
type Fact = [name: FactName, value: string];

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function rejectedWith(reject: unknown): string {
  const { status, reason } = fields(reject);
  return [text(status), text(fields(reason)['text'])].filter((part) => part !== '').join(' ');
}

/** What is not there is left out. */
export function storedFacts({ rule, origin, terms, next, accepted, number, e164 }: Decision): Fact[] {
  const all: Fact[] = [
    rule === null ? ['origin', origin] : ['rule', rule],
    ['method', text(terms['method'])],
    ['target', text(terms['extension']) || text(terms['number']) || (e164 ?? number)],
    ['via', [text(terms['trunk']), text(terms['outgoingRule'])].filter((part) => part !== '').join(' · ')],
    ['callerId', text(fields(terms['callerId'])['number'])],
    ['rejected', rejectedWith(terms['reject'])],
    ['delay', text(terms['delaySeconds'])],
    ['attempts', text(fields(terms['retry'])['attempts'])],
    ['expires', text(terms['expiresSeconds'])],
    ['hours', text(terms['hours'])],
    ['next', next?.flow ?? ''],
    ['attestation', text(accepted['attestation'])],
    ['firstDialled', text(accepted['firstDialled'])],
  ];
  return all.filter(([, value]) => value !== '');
}

/** What today's decision has, where it has another one than the stored. */
export function differences(decision: Decision, today: Explanation): Fact[] {
  const stored = new Map(storedFacts(decision));
  const now: Fact[] = [
    ['rule', today.rule ?? ''],
    ['method', today.method ?? ''],
    ['callerId', today.callerId?.number ?? ''],
    ['rejected', rejectedWith(today.reject)],
    ['delay', text(today.delaySeconds)],
    ['next', today.flow ?? ''],
  ];
  return now.filter(([name, value]) => value !== (stored.get(name) ?? ''));
}
