/** The configuration as documents: one per resource, and one for what has no name. */

import type { Configuration, Hours } from '../core/configuration.ts';

export interface ConfigurationDocument {
  kind: string;
  name: string;
  /** Place among its kind, from 0. */
  position: number;
  body: string;
}

type ListField = {
  [Field in keyof Configuration]-?: Configuration[Field] extends unknown[] ? Field : never;
}[keyof Configuration];

/** Kind of document per list; the kinds are the resources' names in the API. */
const KINDS: Record<ListField, string> = {
  trunks: 'trunks',
  outgoingRules: 'outgoing-rules',
  extensions: 'extensions',
  inboundNumbers: 'inbound-numbers',
  callbackRules: 'callback-rules',
  flows: 'flows',
  hours: 'hours',
};
const LIST_FIELDS = Object.keys(KINDS) as ListField[];
const GENERAL = 'general';

function nameOf(resource: { name: string } | { number: string }): string {
  return 'name' in resource ? resource.name : resource.number;
}

/** @throws Error when two resources of a kind have one name (the schema of the file does not let that through) */
export function documentsOf(configuration: Configuration): ConfigurationDocument[] {
  const { trunks, outgoingRules, extensions, inboundNumbers, callbackRules, flows, hours, ...general } = configuration;
  const lists = { trunks, outgoingRules, extensions, inboundNumbers, callbackRules, flows, hours };
  const documents = LIST_FIELDS.flatMap((field) =>
    lists[field].map((resource, position) => ({
      kind: KINDS[field],
      name: nameOf(resource),
      position,
      body: JSON.stringify(resource),
    })),
  );
  return [...documents, { kind: GENERAL, name: GENERAL, position: 0, body: JSON.stringify(general) }];
}

/** @param documents of one revision, in any order */
export function configurationOf(documents: readonly ConfigurationDocument[]): Configuration {
  const general = documents.find(({ kind }) => kind === GENERAL);
  if (general === undefined) throw new Error('the stored configuration has no document "general"');
  const list = (field: ListField) =>
    documents
      .filter(({ kind }) => kind === KINDS[field])
      .sort((a, b) => a.position - b.position)
      .map(({ body }) => JSON.parse(body));
  const lists = Object.fromEntries(LIST_FIELDS.map((field) => [field, list(field)]));
  return withHours({ ...JSON.parse(general.body), ...lists });
}

/** Calendars that were stored before they did anything stand among what is not active. */
function withHours(stored: Configuration): Configuration {
  const { hours: kept, ...inactive } = stored.inactive;
  if (kept === undefined) return stored;
  const asStored = (kept as Partial<Hours>[]).map(
    ({ name = '', timezone = 'UTC', regular = [], extra = [], holidays = [] }): Hours => ({
      name,
      timezone,
      regular,
      extra,
      holidays,
    }),
  );
  return { ...stored, hours: stored.hours.length > 0 ? stored.hours : asStored, inactive };
}
