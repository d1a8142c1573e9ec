/** Export and import as CSV: rules, inbound numbers, numbers that are not called, callbacks. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Callback } from '../core/callback/callback.ts';
import type { Mistake } from '../core/mistake.ts';
import type { SuppressionStore } from '../ports/store.ts';
import type { Fields } from '../schema/plain-data.ts';
import { callbackQuery, checkRequest, importQuery, suppressionRequest } from '../schema/requests.ts';
import { askedBy } from './access/guard.ts';
import { reachesRule } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import { CallbackFile, type CallbackLine } from './callback-file.ts';
import { type CallbackRouteOptions, storeFilters } from './callback-routes.ts';
import { callbackView, isoTime } from './callback-view.ts';
import type { ConfigurationEditor } from './configuration-editor.ts';
import { CSV_TYPE, csvLine, flattened, parseCsv } from './csv.ts';
import { queryOf } from './requested.ts';
import { SectionFile } from './section-file.ts';
import { suppressionsOf } from './suppression-routes.ts';

const IMPORT_LIMIT = { bodyLimit: 8 * 1024 * 1024 };
const PAGE = 500;

function sendCsv(reply: FastifyReply, name: string, body: string | Readable): FastifyReply {
  return reply.type(CSV_TYPE).header('content-disposition', `attachment; filename="${name}.csv"`).send(body);
}

const CALLBACK_COLUMNS = Object.freeze([
  'id',
  'state',
  'outcome',
  'reason',
  'rule',
  'number',
  'e164',
  'callerName',
  'inboundNumber',
  'source',
  'method',
  'attemptCount',
  'acceptedAt',
  'dueAt',
  'answeredAt',
  'connectedAt',
  'doneAt',
]);

/**
 * Portion by portion, in the order of acceptance: what comes meanwhile stands at the end. Each begins behind the last line
 * of the one before; counted from the beginning, lines would be left out where some do not fit the filter any more.
 */
async function* callbackLines(
  { store }: Pick<CallbackRouteOptions, 'store'>,
  filters: ReturnType<typeof storeFilters>,
): AsyncGenerator<string> {
  yield csvLine(CALLBACK_COLUMNS);
  const sort = { field: 'acceptedAt', descending: false } as const;
  let last: Callback | undefined;
  do {
    const after = last === undefined ? {} : { after: { acceptedAt: last.acceptedAt, id: last.id } };
    const { items } = await store.list({ ...filters, ...after, page: 1, pageSize: PAGE, sort });
    yield items
      .map((item) => callbackView(item) as Fields)
      .map((view) => csvLine(CALLBACK_COLUMNS.map((column) => view[column])))
      .join('');
    last = items.length < PAGE ? undefined : items.at(-1);
  } while (last !== undefined);
}

function callbackFiles(app: FastifyInstance, options: CallbackRouteOptions): void {
  const { configuration } = options;
  app.get('/api/v1/callbacks.csv', { exposeHeadRoute: false }, async (request, reply) => {
    const { page: _page, pageSize: _size, sort: _sort, ...filters } = queryOf(callbackQuery, request.query);
    const asked = storeFilters(askedBy(request), filters, configuration().defaultCountry);
    return sendCsv(reply, 'callbacks', Readable.from(callbackLines(options, asked)));
  });

  /** Each line for itself: the gates may refuse one and take the next. */
  app.post('/api/v1/callbacks.csv', IMPORT_LIMIT, async (request) => {
    const { dryRun } = queryOf(importQuery, request.query);
    const file = new CallbackFile(options, {
      dryRun,
      reaches: (rule) => reachesRule(askedBy(request), rule, configuration()),
    });
    const lines: CallbackLine[] = [];
    for (const row of parseCsv(request.body)) lines.push(await file.take(row));
    const created = lines.filter(({ result }) => result === 'created').length;
    request.change = { subject: 'callbacks', action: 'imported', detail: { lines: lines.length, created, dryRun } };
    return { created, dryRun, lines };
  });
}

export interface CsvRouteOptions {
  editor: ConfigurationEditor;
  callbacks: CallbackRouteOptions;
  suppressions: SuppressionStore;
  now: () => number;
}

function suppressionFiles(app: FastifyInstance, { suppressions, callbacks, now }: CsvRouteOptions): void {
  app.get('/api/v1/suppressions.csv', async (_request, reply) => {
    const lines: string[] = [csvLine(['number', 'reason', 'source', 'createdAt', 'expiresAt'])];
    for (let page = 1; ; page++) {
      const { items } = await suppressions.list({ page, pageSize: PAGE, now: now() });
      for (const { number, reason, source, createdAt, expiresAt } of items)
        lines.push(csvLine([number, reason, source, isoTime(createdAt), isoTime(expiresAt)]));
      if (items.length < PAGE) return sendCsv(reply, 'suppressions', lines.join(''));
    }
  });

  app.post('/api/v1/suppressions.csv', IMPORT_LIMIT, async (request) => {
    const { dryRun } = queryOf(importQuery, request.query);
    const mistakes: Mistake[] = [];
    const added = parseCsv(request.body).flatMap(({ line, cells }) => {
      const { source: _source, createdAt: _created, ...given } = flattened(cells);
      const wanted = Object.fromEntries(Object.entries(given).filter(([, cell]) => cell !== ''));
      const checked = checkRequest(suppressionRequest, wanted);
      if (!checked.ok) {
        mistakes.push(...checked.mistakes.map((one) => ({ ...one, path: `line ${line}: ${one.path}` })));
        return [];
      }
      try {
        return suppressionsOf(checked.value, callbacks.configuration().defaultCountry, now());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        mistakes.push(...(error.detail.mistakes ?? []).map((one) => ({ ...one, path: `line ${line}: ${one.path}` })));
        return [];
      }
    });
    if (mistakes.length > 0) throw mistaken(mistakes);
    if (!dryRun) await suppressions.put(added);
    request.change = { subject: 'suppressions', action: 'imported', detail: { added: added.length, dryRun } };
    return { added: added.length, dryRun };
  });
}

export function csvRoutes(app: FastifyInstance, options: CsvRouteOptions): void {
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (request, body, done) => {
    if (request.routeOptions.url?.endsWith('.csv') === true) done(null, body);
    else done(new ApiError('unsupported-media-type', 'the body has to be application/json'));
  });
  for (const [path, section] of [
    ['callback-rules', 'callbackRules'],
    ['inbound-numbers', 'inboundNumbers'],
  ] as const) {
    const file = new SectionFile(section, options.editor);
    app.get(`/api/v1/${path}.csv`, async (request, reply) => sendCsv(reply, path, file.export(askedBy(request))));
    app.post(`/api/v1/${path}.csv`, IMPORT_LIMIT, (request) => file.import(request));
  }
  callbackFiles(app, options.callbacks);
  suppressionFiles(app, options);
}
