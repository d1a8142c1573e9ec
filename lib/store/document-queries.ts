/** The queries of documents and of the journal: compiled once per dialect, but for the journal's list. */

import { type CompiledQuery, type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type {
  DocumentKind,
  DocumentWrite,
  JournalEntry,
  JournalKind,
  JournalPortion,
  JournalQuery,
  JournalText,
  SequencedJournalEntry,
  StoredDocument,
} from '../ports/documents.ts';
import { holds } from './callback-list.ts';
import { query } from './query.ts';
import type { DocumentTable, JournalTable, Schema } from './schema.ts';

const DOCUMENT_COLUMNS = ['kind', 'name', 'version', 'body', 'created_at', 'updated_at', 'expires_at'] as const;
const JOURNAL_COLUMNS = ['sequence', 'kind', 'at', 'actor', 'subject', 'correlation_id', 'body'] as const;

export type DocumentColumns = Pick<DocumentTable, 'kind' | 'name' | 'body' | 'updated_at' | 'expires_at'> & {
  expected: number;
};
export type JournalRow = Omit<JournalTable, 'sequence'> & { sequence: number };
export type JournalColumns = Omit<JournalTable, 'sequence'>;

export function documentColumns({ kind, name, body, expiresAt, now, expected }: DocumentWrite): DocumentColumns {
  return { kind, name, body: JSON.stringify(body), updated_at: now, expires_at: expiresAt, expected: expected ?? 0 };
}

export function documentOf(row: DocumentTable): StoredDocument {
  const { name, version, created_at: createdAt, updated_at: updatedAt, expires_at: expiresAt } = row;
  return {
    kind: row.kind as DocumentKind,
    name,
    version,
    body: JSON.parse(row.body),
    createdAt,
    updatedAt,
    expiresAt,
  };
}

export function journalColumns({ kind, at, actor, subject, correlationId, body }: JournalEntry): JournalColumns {
  return { kind, at, actor, subject, correlation_id: correlationId, body: JSON.stringify(body) };
}

export function journalEntryOf(row: JournalRow): SequencedJournalEntry {
  const { sequence, at, actor, subject, correlation_id: correlationId } = row;
  return { sequence, kind: row.kind as JournalKind, at, actor, subject, correlationId, body: JSON.parse(row.body) };
}

const firstVersion = ({ kind, name, body, updated_at, expires_at }: DocumentColumns) => ({
  kind,
  name,
  version: 1,
  body,
  created_at: updated_at,
  updated_at,
  expires_at,
});

function writes(db: Kysely<Schema>) {
  const inserted = query<DocumentColumns>();
  return {
    /** Whatever is there. */
    put: inserted(db, (from, $) =>
      from
        .insertInto('documents')
        .values(firstVersion($))
        .onConflict((conflict) =>
          conflict.columns(['kind', 'name']).doUpdateSet((eb) => ({
            version: eb('documents.version', '+', 1),
            body: $.body,
            updated_at: $.updated_at,
            expires_at: $.expires_at,
          })),
        )
        .returning('version'),
    ),
    /** One that has expired is none. */
    add: inserted(db, (from, $) =>
      from
        .insertInto('documents')
        .values(firstVersion($))
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'name'])
            .doUpdateSet((eb) => ({
              version: eb('documents.version', '+', 1),
              body: $.body,
              created_at: $.updated_at,
              updated_at: $.updated_at,
              expires_at: $.expires_at,
            }))
            .where('documents.expires_at', '<=', $.updated_at),
        )
        .returning('version'),
    ),
    replace: inserted(db, (from, $) =>
      from
        .updateTable('documents')
        .set((eb) => ({
          version: eb('version', '+', 1),
          body: $.body,
          updated_at: $.updated_at,
          expires_at: $.expires_at,
        }))
        .where('kind', '=', $.kind)
        .where('name', '=', $.name)
        .where('version', '=', $.expected)
        .returning('version'),
    ),
    remove: query<{ kind: string; name: string; expected: number }>()(db, (from, $) =>
      from
        .deleteFrom('documents')
        .where('kind', '=', $.kind)
        .where('name', '=', $.name)
        .where((eb) => eb.or([eb('version', '=', $.expected), sql<boolean>`0 = ${$.expected}`]))
        .returning('name'),
    ),
    purge: query<{ now: number }>()(db, (from, $) => from.deleteFrom('documents').where('expires_at', '<=', $.now)),
  };
}

export function documentQueries(db: Kysely<Schema>) {
  const inForce = (now: number) => sql<boolean>`(expires_at is null or expires_at > ${now})`;
  return {
    ...writes(db),
    get: query<{ kind: string; name: string; now: number }>()(db, (from, $) =>
      from
        .selectFrom('documents')
        .select(DOCUMENT_COLUMNS)
        .where('kind', '=', $.kind)
        .where('name', '=', $.name)
        .where(inForce($.now)),
    ),
    all: query<{ kind: string; now: number }>()(db, (from, $) =>
      from
        .selectFrom('documents')
        .select(DOCUMENT_COLUMNS)
        .where('kind', '=', $.kind)
        .where(inForce($.now))
        .orderBy('name'),
    ),
  };
}

/** Which statement a write is. */
export const writeOf = ({ expected }: DocumentWrite) =>
  expected === null ? 'put' : expected === 0 ? 'add' : 'replace';

export function journalQueries(db: Kysely<Schema>) {
  return {
    append: query<JournalColumns>()(db, (from, $) =>
      from.insertInto('journal').values({
        kind: $.kind,
        at: $.at,
        actor: $.actor,
        subject: $.subject,
        correlation_id: $.correlation_id,
        body: $.body,
      }),
    ),
    get: query<{ kind: string; sequence: number }>()(db, (from, $) =>
      from.selectFrom('journal').select(JOURNAL_COLUMNS).where('kind', '=', $.kind).where('sequence', '=', $.sequence),
    ),
    purge: query<{ kind: string; before: number; most: number }>()(db, (from, $) =>
      from
        .deleteFrom('journal')
        .where('sequence', 'in', (eb) =>
          eb
            .selectFrom('journal')
            .select('sequence')
            .where('kind', '=', $.kind)
            .where('at', '<', $.before)
            .orderBy('at')
            .limit($.most),
        )
        .returning('sequence'),
    ),
    portion: query<{ after: number; most: number }>()(db, (from, $) =>
      from
        .selectFrom('journal')
        .select(['sequence', 'at', 'subject', 'body'])
        .where('sequence', '>', $.after)
        .orderBy('sequence')
        .limit($.most),
    ),
    revise: query<{ sequence: number; subject: string; body: string }>()(db, (from, $) =>
      from.updateTable('journal').set({ subject: $.subject, body: $.body }).where('sequence', '=', $.sequence),
    ),
  };
}

type PortionRow = Pick<JournalRow, 'sequence' | 'at' | 'subject' | 'body'>;

/** What of a portion is to be written, and where the next one begins. */
export function revisionOf(
  rows: readonly PortionRow[],
  { most, until, changed }: JournalPortion,
): { writes: Array<{ sequence: number } & JournalText>; next: number | null } {
  const writes = rows.flatMap(({ sequence, at, subject, body }) => {
    const text = Number(at) > until ? null : changed({ subject, body });
    return text === null ? [] : [{ sequence: Number(sequence), ...text }];
  });
  return { writes, next: rows.length < most ? null : Number(rows.at(-1)!.sequence) };
}

type Asked = Omit<JournalQuery, 'page' | 'pageSize'>;

/** Names of users know no capitals. */
const isCalled = (actor: string) => sql<boolean>`lower(actor) = ${actor.toLowerCase()}`;

function filtered<Row>(
  select: SelectQueryBuilder<Schema, 'journal', Row>,
  { kind, actor, subject, correlationId, text, from, to }: Asked,
): SelectQueryBuilder<Schema, 'journal', Row> {
  return select
    .where('kind', '=', kind)
    .$if(actor !== undefined, (rows) => rows.where((eb) => eb.or([eb('actor', '=', actor!), isCalled(actor!)])))
    .$if(subject !== undefined, (rows) =>
      // `0` follows `/`: everything that begins with `subject/`
      rows.where((eb) =>
        eb.or([
          eb('subject', '=', subject!),
          eb.and([eb('subject', '>=', `${subject!}/`), eb('subject', '<', `${subject!}0`)]),
        ]),
      ),
    )
    .$if(correlationId !== undefined, (rows) => rows.where('correlation_id', '=', correlationId!))
    .$if(text !== undefined, (rows) => rows.where(holds(['subject', 'body', 'correlation_id'], text!)))
    .$if(from !== undefined, (rows) => rows.where('at', '>=', from!))
    .$if(to !== undefined, (rows) => rows.where('at', '<', to!));
}

export function journalTotal(db: Kysely<Schema>, asked: Asked): CompiledQuery<{ total: number }> {
  return filtered(
    db.selectFrom('journal').select((eb) => eb.fn.countAll<number>().as('total')),
    asked,
  ).compile();
}

export function journalPage(
  db: Kysely<Schema>,
  asked: Asked,
  { limit, offset }: { limit: number; offset: number },
): CompiledQuery<JournalRow> {
  return filtered(db.selectFrom('journal').select(JOURNAL_COLUMNS), asked)
    .orderBy('sequence', asked.oldestFirst === true ? 'asc' : 'desc')
    .limit(limit)
    .offset(offset)
    .compile();
}
