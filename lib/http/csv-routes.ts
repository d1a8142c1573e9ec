/** Export and import as CSV: rules, inbound numbers, numbers that are not called, callbacks. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { masked } from '../core/access/masking.ts';
import type { Principal } from '../core/access/role.ts';
import type { SuppressionStore } from '../ports/store.ts';
import { itemFields } from '../schema/format-configuration.ts';
import { check } from '../schema/mistake-list.ts';
import { type Fields, plainData } from '../schema/plain-data.ts';
import { callbackQuery, callbackRequest, checkRequest, importQuery, suppressionRequest } from '../schema/requests.ts';
import { identity, SECTIONS } from '../schema/sections.ts';
import { askedBy } from './access/guard.ts';
import { owns, reachesRule, sees } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import { type CallbackRouteOptions, storeFilters } from './callback-routes.ts';
import { callbackView, isoTime } from './callback-view.ts';
import type { ConfigurationEditor } from './configuration-editor.ts';
import { CSV_TYPE, type CsvRow, csvLine, csvOf, flattened, parseCsv } from './csv.ts';
import { fieldsOf } from './csv-fields.ts';
import { jsonSchema } from './openapi-parts.ts';
import { queryOf } from './requested.ts';
import { suppressionsOf } from './suppression-routes.ts';

const IMPORT_LIMIT = { bodyLimit: 8 * 1024 * 1024 };
const PAGE = 500;

function sendCsv(reply: FastifyReply, name: string, body: string | Readable): FastifyReply {
  return reply.type(CSV_TYPE).header('content-disposition', `attachment; filename="${name}.csv"`).send(body);
}

type SectionOfCsv = 'callbackRules' | 'inboundNumbers';

interface Imported {
  created: number;
  replaced: number;
  unchanged: number;
}

/** One resource of the configuration, in a file. All of it is taken, or nothing. */
class SectionFile {
  readonly #section: SectionOfCsv;
  readonly #editor: ConfigurationEditor;

  constructor(section: SectionOfCsv, editor: ConfigurationEditor) {
    this.#section = section;
    this.#editor = editor;
  }

  export(principal: Principal): string {
    const { configuration } = this.#editor.current();
    const items = configuration[this.#section]
      .filter((item) => sees(principal, this.#section, item, configuration))
      .map((item) => itemFields(this.#section, item, { secrets: 'mask', form: 'complete' }));
    return csvOf(principal.masked ? (masked(items) as Fields[]) : items);
  }

  async import(request: FastifyRequest): Promise<object> {
    const { dryRun } = queryOf(importQuery, request.query);
    const rows = parseCsv(request.body);
    const bodies = this.#bodies(rows);
    const principal = askedBy(request);
    const places: number[] = [];
    let counts: Imported = { created: 0, replaced: 0, unchanged: 0 };
    const edited = await this.#editor
      .edit({
        dryRun,
        change: (document) => {
          counts = this.#merge(document[this.#section] as Fields[], bodies, { principal, places, rows });
        },
        focus: () => '',
        broken: { code: 'conflict', text: '' },
      })
      .catch((error: unknown) => {
        throw this.#byLine(error, places, rows);
      });
    request.change = {
      subject: request.routeOptions.url!.replace('/api/v1/', ''),
      action: 'imported',
      detail: { ...counts, dryRun },
    };
    return { ...counts, dryRun, revision: edited.revision, warnings: edited.warnings };
  }

  #bodies(rows: readonly CsvRow[]): Fields[] {
    const schema = jsonSchema(SECTIONS[this.#section].schema);
    const mistakes: Array<{ path: string; message: string }> = [];
    const bodies = rows.map(({ line, cells }) => {
      const plain = plainData(fieldsOf(cells, schema));
      const checked = check<unknown>(SECTIONS[this.#section].schema, plain.value);
      const wrong = plain.mistakes.length > 0 ? plain.mistakes : checked.ok ? [] : checked.mistakes;
      mistakes.push(...wrong.map(({ path, message }) => ({ path: `line ${line}: ${path}`, message })));
      return plain.value as Fields;
    });
    if (mistakes.length > 0) throw mistaken(mistakes);
    return bodies;
  }

  #merge(
    items: Fields[],
    bodies: readonly Fields[],
    { principal, places, rows }: { principal: Principal; places: number[]; rows: readonly CsvRow[] },
  ): Imported {
    const { configuration } = this.#editor.current();
    const { key, noun } = SECTIONS[this.#section];
    const counts: Imported = { created: 0, replaced: 0, unchanged: 0 };
    const keyOf = (item: Fields) => identity(this.#section, String(item[key]));
    places.length = 0;
    const seen = new Set<string>();
    for (const [row, body] of bodies.entries()) {
      const path = `line ${rows[row]!.line}: ${key}`;
      if (seen.has(keyOf(body))) throw mistaken([{ path, message: `is the same ${noun} as in another line` }]);
      seen.add(keyOf(body));
      const found = items.findIndex((item) => keyOf(item) === keyOf(body));
      const before = items[found];
      const isMine = (item: unknown) => owns(principal, this.#section, item, configuration);
      if (!isMine(body) || (before !== undefined && !isMine(before)))
        throw new ApiError('forbidden', 'this concerns inbound numbers that are not yours', { path });
      places[row] = found === -1 ? items.length : found;
      if (before === undefined) counts.created++;
      else if (JSON.stringify(before) === JSON.stringify(body)) counts.unchanged++;
      else counts.replaced++;
      items[places[row]!] = body;
    }
    return counts;
  }

  /** Mistakes that only the whole shows, at the line that brought them. */
  #byLine(error: unknown, places: readonly number[], rows: readonly CsvRow[]): unknown {
    const { mistakes } = error instanceof ApiError ? error.detail : {};
    if (!(error instanceof ApiError) || mistakes === undefined) return error;
    const prefix = new RegExp(`^${this.#section}\\[(\\d+)\\]\\.?`);
    const renamed = mistakes.map(({ path, message }) => {
      const row = places.indexOf(Number(prefix.exec(path)?.[1] ?? -1));
      return row === -1 ? { path, message } : { path: `line ${rows[row]!.line}: ${path.replace(prefix, '')}`, message };
    });
    return mistaken(renamed, error.code);
  }
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

/** Page by page, in the order of acceptance: what comes meanwhile stands at the end. */
async function* callbackLines(
  { store }: Pick<CallbackRouteOptions, 'store'>,
  filters: ReturnType<typeof storeFilters>,
): AsyncGenerator<string> {
  yield csvLine(CALLBACK_COLUMNS);
  const sort = { field: 'acceptedAt', descending: false } as const;
  for (let page = 1; ; page++) {
    const { items } = await store.list({ ...filters, page, pageSize: PAGE, sort });
    yield items
      .map((item) => callbackView(item) as Fields)
      .map((view) => csvLine(CALLBACK_COLUMNS.map((column) => view[column])))
      .join('');
    if (items.length < PAGE) return;
  }
}

function callbackFiles(app: FastifyInstance, options: CallbackRouteOptions): void {
  const { configuration, service } = options;
  app.get('/api/v1/callbacks.csv', { exposeHeadRoute: false }, async (request, reply) => {
    const { page: _page, pageSize: _size, sort: _sort, ...filters } = queryOf(callbackQuery, request.query);
    const asked = storeFilters(askedBy(request), filters, configuration().defaultCountry);
    return sendCsv(reply, 'callbacks', Readable.from(callbackLines(options, asked)));
  });

  /** Each line for itself: the gates may refuse one and take the next. */
  app.post('/api/v1/callbacks.csv', IMPORT_LIMIT, async (request) => {
    const { dryRun } = queryOf(importQuery, request.query);
    const schema = jsonSchema(callbackRequest);
    const lines = [];
    for (const { line, cells } of parseCsv(request.body)) {
      const checked = checkRequest(callbackRequest, fieldsOf(cells, schema));
      if (!checked.ok) {
        const { path, message } = checked.mistakes[0]!;
        lines.push({ line, result: 'invalid', id: null, message: `${path}: ${message}` });
        continue;
      }
      const { rule, number = null, dueAt = null, userData = null } = checked.value;
      if (!reachesRule(askedBy(request), rule, configuration())) {
        lines.push({ line, result: 'unknown-rule', id: null, message: `there is no callback rule named "${rule}"` });
      } else if (dryRun) {
        lines.push({ line, result: 'would-be-asked', id: null, message: null });
      } else {
        const result = await service.create({ rule, number, dueAt, userData });
        if (result.result === 'refused') lines.push({ line, result: result.code, id: null, message: result.message });
        else lines.push({ line, result: result.result, id: result.callback.id, message: null });
      }
    }
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
    const mistakes: Array<{ path: string; message: string }> = [];
    const added = parseCsv(request.body).flatMap(({ line, cells }) => {
      const { source: _source, createdAt: _created, ...given } = flattened(cells);
      const wanted = Object.fromEntries(Object.entries(given).filter(([, cell]) => cell !== ''));
      const checked = checkRequest(suppressionRequest, wanted);
      if (!checked.ok) {
        mistakes.push(...checked.mistakes.map(({ path, message }) => ({ path: `line ${line}: ${path}`, message })));
        return [];
      }
      try {
        return suppressionsOf(checked.value, callbacks.configuration().defaultCountry, now());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        mistakes.push({ path: `line ${line}: ${error.detail.path ?? ''}`, message: error.message });
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
