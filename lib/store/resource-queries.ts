/** The queries on configuration, registrations and settings, compiled once per dialect. */

import type { Kysely } from 'kysely';
import { query } from './query.ts';
import type { ConfigurationDocumentTable, RegistrationTable, Schema } from './schema.ts';

export function configurationQueries(db: Kysely<Schema>) {
  return {
    revision: query<Record<never, never>>()(db, (from) => from.selectFrom('configuration_revision').select('revision')),
    setRevision: query<{ revision: number }>()(db, (from, $) =>
      from
        .insertInto('configuration_revision')
        .values({ id: 1, revision: $.revision })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ revision: $.revision })),
    ),
    documents: query<Record<never, never>>()(db, (from) =>
      from.selectFrom('configuration_documents').select(['kind', 'name', 'position', 'body']),
    ),
    putDocument: query<ConfigurationDocumentTable>()(db, (from, $) => {
      const columns = { position: $.position, revision: $.revision, body: $.body };
      return from
        .insertInto('configuration_documents')
        .values({ kind: $.kind, name: $.name, ...columns })
        .onConflict((conflict) => conflict.columns(['kind', 'name']).doUpdateSet(columns));
    }),
    removeDocument: query<{ kind: string; name: string }>()(db, (from, $) =>
      from.deleteFrom('configuration_documents').where('kind', '=', $.kind).where('name', '=', $.name),
    ),
  };
}

export function registrationQueries(db: Kysely<Schema>) {
  return {
    put: query<RegistrationTable>()(db, (from, $) => {
      const columns = {
        reached_at: $.reached_at,
        path: $.path,
        q: $.q,
        call_id: $.call_id,
        cseq: $.cseq,
        registered_at: $.registered_at,
        expires_at: $.expires_at,
        user_agent: $.user_agent,
      };
      return from
        .insertInto('registrations')
        .values({ extension: $.extension, contact: $.contact, ...columns })
        .onConflict((conflict) => conflict.columns(['extension', 'contact']).doUpdateSet(columns));
    }),
    remove: query<{ extension: string; contact: string }>()(db, (from, $) =>
      from.deleteFrom('registrations').where('extension', '=', $.extension).where('contact', '=', $.contact),
    ),
    removeExpired: query<{ extension: string; now: number }>()(db, (from, $) =>
      from.deleteFrom('registrations').where('extension', '=', $.extension).where('expires_at', '<=', $.now),
    ),
    of: query<{ extension: string; now: number }>()(db, (from, $) =>
      from
        .selectFrom('registrations')
        .selectAll()
        .where('extension', '=', $.extension)
        .where('expires_at', '>', $.now)
        .orderBy('q', 'desc')
        .orderBy('registered_at')
        .orderBy('contact'),
    ),
    all: query<{ now: number }>()(db, (from, $) =>
      from
        .selectFrom('registrations')
        .selectAll()
        .where('expires_at', '>', $.now)
        .orderBy('extension')
        .orderBy('q', 'desc')
        .orderBy('registered_at')
        .orderBy('contact'),
    ),
  };
}

export function settingQueries(db: Kysely<Schema>) {
  return {
    get: query<{ name: string }>()(db, (from, $) =>
      from.selectFrom('settings').select('value').where('name', '=', $.name),
    ),
    set: query<{ name: string; value: string }>()(db, (from, $) =>
      from
        .insertInto('settings')
        .values({ name: $.name, value: $.value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: $.value })),
    ),
    add: query<{ name: string; value: string }>()(db, (from, $) =>
      from
        .insertInto('settings')
        .values({ name: $.name, value: $.value })
        .onConflict((conflict) => conflict.column('name').doNothing()),
    ),
    remove: query<{ name: string }>()(db, (from, $) => from.deleteFrom('settings').where('name', '=', $.name)),
  };
}
