/** The queries on what flows have been, compiled once per dialect. */

import type { Kysely } from 'kysely';
import type { Change, FlowVersion } from '../ports/store.ts';
import { query } from './query.ts';
import type { FlowVersionTable, Schema } from './schema.ts';

/** Of each flow. */
export const MOST_VERSIONS = 50;
/** Versions of flows that are not there any more go when so many of any flow have followed. */
const KEPT_OF_REMOVED = 2_000;

type VersionColumns = Omit<FlowVersionTable, 'sequence' | 'version'>;
export type VersionRow = Omit<FlowVersionTable, 'sequence' | 'flow'>;

export const versionColumns = (document: { name: string; body: string }, by: Change | undefined): VersionColumns => ({
  flow: document.name,
  at: by?.at ?? 0,
  actor: by?.actor ?? null,
  body: document.body,
});

export function versionOf({ version, at, actor, body }: VersionRow): FlowVersion {
  return { version: Number(version), at: Number(at) === 0 ? null : Number(at), actor, flow: JSON.parse(body) };
}

const SHOWN = ['version', 'at', 'actor', 'body'] as const;

export function flowVersionQueries(db: Kysely<Schema>) {
  return {
    list: query<{ flow: string }>()(db, (from, $) =>
      from.selectFrom('flow_versions').select(SHOWN).where('flow', '=', $.flow).orderBy('version', 'desc'),
    ),
    get: query<{ flow: string; version: number }>()(db, (from, $) =>
      from.selectFrom('flow_versions').select(SHOWN).where('flow', '=', $.flow).where('version', '=', $.version),
    ),
    latest: query<{ flow: string }>()(db, (from, $) =>
      from
        .selectFrom('flow_versions')
        .select(['version', 'body'])
        .where('flow', '=', $.flow)
        .orderBy('version', 'desc')
        .limit(1),
    ),
    add: query<VersionColumns & { version: number }>()(db, (from, $) =>
      from
        .insertInto('flow_versions')
        .values({ flow: $.flow, version: $.version, at: $.at, actor: $.actor, body: $.body }),
    ),
    trim: query<{ flow: string; upTo: number }>()(db, (from, $) =>
      from.deleteFrom('flow_versions').where('flow', '=', $.flow).where('version', '<=', $.upTo),
    ),
    trimRemoved: query<Record<never, never>>()(db, (from) =>
      from
        .deleteFrom('flow_versions')
        .where('flow', 'not in', (eb) =>
          eb.selectFrom('configuration_documents').select('name').where('kind', '=', 'flows'),
        )
        .where('sequence', '<=', (eb) =>
          eb
            .selectFrom('flow_versions')
            .select((inner) => inner(inner.fn.max('sequence'), '-', KEPT_OF_REMOVED).as('last')),
        ),
    ),
  };
}

/** What is to be written for a flow that is stored as `body` from now on; null: that is its latest version already. */
export function nextVersion(latest: { version: number; body: string } | undefined, body: string) {
  if (latest?.body === body) return null;
  const version = Number(latest?.version ?? 0) + 1;
  return { version, upTo: version - MOST_VERSIONS };
}
