/** The queries of the index of recordings. They are few and rare: built as they are asked. */

import type { CompiledQuery, Kysely, SelectQueryBuilder } from 'kysely';
import type { RecordingIndex, RecordingQuery, RecordingRow } from '../ports/recordings.ts';
import { boundedPage, holds } from './callback-list.ts';
import type { RecordingTable, Schema } from './schema.ts';

function columnsOf(row: RecordingRow): RecordingTable {
  return {
    id: row.recordingId,
    node: row.node,
    callback_id: row.callbackId,
    inbound_number: row.inboundNumber,
    caller_received: row.caller.received,
    caller_e164: row.caller.e164,
    started_at: row.startedAt,
    ended_at: row.endedAt,
    body: JSON.stringify(row),
  };
}

const rowOf = ({ body }: { body: string }): RecordingRow => JSON.parse(body) as RecordingRow;

type Asked = Omit<RecordingQuery, 'page' | 'pageSize' | 'descending'>;

function filtered<Row>(
  select: SelectQueryBuilder<Schema, 'recordings', Row>,
  { callbackId, inboundNumbers, from, to, text }: Asked,
): SelectQueryBuilder<Schema, 'recordings', Row> {
  const searched = ['caller_received', 'caller_e164', 'inbound_number', 'id', 'callback_id'];
  return (
    select
      .$if(callbackId !== undefined, (rows) => rows.where('callback_id', '=', callbackId!))
      // An empty list of numbers is none of them, not all.
      .$if(inboundNumbers?.length === 0, (rows) => rows.where((eb) => eb.val(1), '=', 0))
      .$if((inboundNumbers?.length ?? 0) > 0, (rows) => rows.where('inbound_number', 'in', inboundNumbers!))
      .$if(from !== undefined, (rows) => rows.where('started_at', '>=', from!))
      .$if(to !== undefined, (rows) => rows.where('started_at', '<', to!))
      .$if(text !== undefined, (rows) => rows.where(holds(searched, text!)))
  );
}

/** How a dialect runs a query that is compiled already. */
export interface RecordingRunner {
  read<Row>(query: CompiledQuery<Row>): Promise<Row[]>;
  write(query: CompiledQuery<unknown>): Promise<number>;
}

export function recordingIndex(db: Kysely<Schema>, { read, write }: RecordingRunner): RecordingIndex {
  return {
    put: async (row) => {
      const { id, ...columns } = columnsOf(row);
      const insert = db.insertInto('recordings').values({ id, ...columns });
      await write(insert.onConflict((conflict) => conflict.column('id').doUpdateSet(columns)).compile());
    },
    get: async (recordingId) => {
      const [row] = await read(db.selectFrom('recordings').select('body').where('id', '=', recordingId).compile());
      return row === undefined ? null : rowOf(row);
    },
    list: async ({ descending, ...asked }) => {
      const { page, pageSize } = boundedPage(asked);
      const direction = descending ? 'desc' : 'asc';
      const count = db.selectFrom('recordings').select((eb) => eb.fn.countAll<number>().as('total'));
      const [counted] = await read(filtered(count, asked).compile());
      const rows = filtered(db.selectFrom('recordings').select('body'), asked)
        .orderBy('started_at', direction)
        .orderBy('id', direction)
        .limit(pageSize)
        .offset((page - 1) * pageSize);
      return { items: (await read(rows.compile())).map(rowOf), total: Number(counted?.total ?? 0), page, pageSize };
    },
    remove: async (recordingIds) =>
      recordingIds.length === 0
        ? 0
        : write(db.deleteFrom('recordings').where('id', 'in', recordingIds).returning('id').compile()),
    of: async (node, { after, most, unfinished }) => {
      const own = db.selectFrom('recordings').select('body').where('node', '=', node).where('id', '>', after);
      const rows = unfinished ? own.where('ended_at', 'is', null) : own;
      return (await read(rows.orderBy('id').limit(most).compile())).map(rowOf);
    },
    before: async (at, most, { node, held }) => {
      const rows = db
        .selectFrom('recordings')
        .select('body')
        .where('started_at', '<', at)
        .$if(node !== null, (some) => some.where('node', '=', node!))
        .$if(held.length > 0, (some) =>
          some
            .where('caller_received', 'not in', held)
            .where((eb) => eb.or([eb('caller_e164', 'is', null), eb('caller_e164', 'not in', held)])),
        );
      return (await read(rows.orderBy('started_at').orderBy('id').limit(most).compile())).map(rowOf);
    },
  };
}
