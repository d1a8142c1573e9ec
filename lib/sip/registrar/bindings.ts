/** What a REGISTER changes among the contacts of its extension (RFC 3261 10.3). */

import type { Registration } from '../../ports/store.ts';
import { type ContactRequest, contactKey, type WantedContact } from './contact-request.ts';

/** The request aside from its contacts. */
export interface RegisterFacts {
  extension: string;
  reachedAt: string;
  path: string[];
  callId: string;
  cseq: number;
  userAgent: string | null;
}

export type BindingChange =
  | { kind: 'change'; put: Registration[]; remove: string[]; bindings: Registration[] }
  /** An older request of the same client, which a later one has overtaken (step 7). */
  | { kind: 'overtaken' }
  /** More contacts in one request than the extension may have. */
  | { kind: 'tooMany' };

interface Situation {
  known: readonly Registration[];
  facts: RegisterFacts;
  maxContacts: number;
  now: number;
}

export function changeBindings(
  request: Extract<ContactRequest, { kind: 'removeAll' | 'change' }>,
  situation: Situation,
): BindingChange {
  const { known, facts, maxContacts } = situation;
  const byKey = new Map(known.map((registration) => [contactKey(registration.contact), registration]));
  const wanted = request.kind === 'change' ? request.contacts : [];
  const touched = request.kind === 'removeAll' ? known : wanted.flatMap(({ uri }) => byKey.get(contactKey(uri)) ?? []);
  if (touched.some(({ callId, cseq }) => callId === facts.callId && cseq >= facts.cseq)) return { kind: 'overtaken' };
  const put = wanted
    .filter(({ expiresSeconds }) => expiresSeconds > 0)
    .map((contact) => bindingOf(contact, byKey.get(contactKey(contact.uri)), situation));
  if (put.length > maxContacts) return { kind: 'tooMany' };
  const untouched = known.filter((registration) => !touched.includes(registration));
  const kept = byLongestLife(untouched).slice(0, maxContacts - put.length);
  const bindings = known.map((one) => replacementOf(one, put) ?? one);
  const all = [...new Set([...bindings.filter((one) => put.includes(one) || kept.includes(one)), ...put])];
  const remove = known.map(({ contact }) => contact).filter((contact) => !all.some((one) => one.contact === contact));
  return { kind: 'change', put, remove, bindings: all };
}

function replacementOf(known: Registration, put: readonly Registration[]): Registration | undefined {
  return put.find(({ contact }) => contactKey(contact) === contactKey(known.contact));
}

/** A phone that came back with another port leaves its old contact behind: that one is refreshed no more, and goes first. */
function byLongestLife(registrations: readonly Registration[]): Registration[] {
  return registrations.toSorted((a, b) => b.expiresAt - a.expiresAt);
}

function bindingOf(contact: WantedContact, before: Registration | undefined, situation: Situation): Registration {
  const { facts, now } = situation;
  return {
    ...facts,
    contact: contact.uri,
    q: contact.q,
    registeredAt: before?.registeredAt ?? now,
    expiresAt: now + contact.expiresSeconds * 1000,
  };
}
