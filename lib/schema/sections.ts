/** The sections of a configuration and what identifies their items. */

import type { z } from 'zod';
import type { Configuration } from '../core/configuration.ts';
import type { Flaw, MistakeCode } from '../core/mistake.ts';
import { callbackRule } from './callback-rule.ts';
import { extension } from './extension.ts';
import { flow } from './flow.ts';
import { hours, named } from './hours.ts';
import { inboundNumber } from './inbound-number.ts';
import { outgoingRule } from './outgoing-rule.ts';
import { trunk } from './trunk.ts';

export type SectionName =
  | 'trunks'
  | 'outgoingRules'
  | 'extensions'
  | 'inboundNumbers'
  | 'callbackRules'
  | 'flows'
  | 'hours';
export type SectionItem<S extends SectionName> = Configuration[S][number];

interface Section<S extends SectionName> {
  schema: z.ZodType<SectionItem<S>>;
  /** The field that is unique. */
  key: 'name' | 'number';
  /** One of them, in words. */
  noun: string;
}

export const SECTIONS: { readonly [S in SectionName]: Section<S> } = {
  trunks: { schema: trunk, key: 'name', noun: 'trunk' },
  outgoingRules: { schema: outgoingRule, key: 'name', noun: 'outgoing rule' },
  extensions: { schema: extension, key: 'number', noun: 'extension' },
  inboundNumbers: { schema: inboundNumber, key: 'number', noun: 'inbound number' },
  callbackRules: { schema: callbackRule, key: 'name', noun: 'callback rule' },
  flows: { schema: flow, key: 'name', noun: 'flow' },
  hours: { schema: hours, key: 'name', noun: 'hours' },
};
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

export type InactiveSectionName = 'queues' | 'agents' | 'services';
/** Accepted and kept, not active yet. */
export const INACTIVE_SECTIONS: { readonly [S in InactiveSectionName]: { schema: z.ZodType; noun: string } } = {
  queues: { schema: named, noun: 'queue' },
  agents: { schema: named, noun: 'agent' },
  services: { schema: named, noun: 'service' },
};
export const INACTIVE_SECTION_NAMES = Object.keys(INACTIVE_SECTIONS) as InactiveSectionName[];

const NOUNS: Readonly<Record<SectionName | InactiveSectionName, MistakeCode>> = {
  trunks: 'noun-trunk',
  outgoingRules: 'noun-outgoing-rule',
  extensions: 'noun-extension',
  inboundNumbers: 'noun-inbound-number',
  callbackRules: 'noun-callback-rule',
  flows: 'noun-flow',
  hours: 'noun-hours',
  queues: 'noun-queue',
  agents: 'noun-agent',
  services: 'noun-service',
};
/** One item of it, in a mistake. */
export const nounOf = (section: SectionName | InactiveSectionName): Flaw => ({ code: NOUNS[section], parameters: {} });

/** Two texts of one telephone number, apart from the signs between the digits. */
export function compactNumber(text: string): string {
  return text.replace(/[\s().\-/]/g, '');
}

/** What has to be unique in a section. */
export function identity(section: SectionName | InactiveSectionName, key: string): string {
  return section === 'inboundNumbers' ? compactNumber(key) : key.normalize('NFC');
}
