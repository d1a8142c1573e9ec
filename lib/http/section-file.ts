/** One resource of the configuration in a CSV file: exported, looked through line by line, and taken as a whole or not at all. */

import type { FastifyRequest } from 'fastify';
import { masked } from '../core/access/masking.ts';
import type { Principal } from '../core/access/role.ts';
import type { Configuration } from '../core/configuration.ts';
import { type Mistake, mistake } from '../core/mistake.ts';
import { itemFields } from '../schema/format-configuration.ts';
import { check } from '../schema/mistake-list.ts';
import { type Fields, plainData } from '../schema/plain-data.ts';
import { importQuery } from '../schema/requests.ts';
import { identity, nounOf, SECTIONS } from '../schema/sections.ts';
import { askedBy } from './access/guard.ts';
import { owns, sees } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import { fieldChanges } from './audit-trail.ts';
import type { ConfigurationEditor, Edited } from './configuration-editor.ts';
import { type CsvRow, csvOf, parseCsv } from './csv.ts';
import { fieldsOf } from './csv-fields.ts';
import { jsonSchema } from './openapi-parts.ts';
import { queryOf } from './requested.ts';

export type SectionOfCsv = 'callbackRules' | 'inboundNumbers';

/** What becomes of a line. */
interface Line {
  line: number;
  /** Name or number; as it was written, where it is wrong. */
  name: string;
  result: 'created' | 'replaced' | 'unchanged' | 'refused';
  /** Field by field, with the values before and after. */
  changes: ReturnType<typeof fieldChanges>;
  mistakes: Mistake[];
}

interface ReadLine extends Line {
  body: Fields;
  /** Where it stands in the section; -1: nowhere yet. */
  place: number;
}

export class SectionFile {
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

  /** A dry run tells of every line what would become of it; a real one takes none, where one of them is refused. */
  async import(request: FastifyRequest): Promise<object> {
    const { dryRun } = queryOf(importQuery, request.query);
    const lines = parseCsv(request.body).map((row) => this.#read(row));
    const principal = askedBy(request);
    refuseTwice(lines, this.#section);
    if (!dryRun) throwAny(lines);
    const before = this.#editor.current().configuration;
    const { edited, mistakes } = await this.#edit(lines, principal, dryRun);
    if (edited !== null) this.#compare(lines, before, edited.next);
    const count = (wanted: Line['result']) => lines.filter(({ result }) => result === wanted).length;
    const counts = { created: count('created'), replaced: count('replaced'), unchanged: count('unchanged') };
    const subject = request.routeOptions.url!.replace('/api/v1/', '');
    request.change = { subject, action: 'imported', detail: { ...counts, dryRun } };
    return {
      ...counts,
      refused: count('refused'),
      dryRun,
      revision: edited?.revision ?? this.#editor.current().revision,
      warnings: edited?.warnings ?? [],
      mistakes,
      lines: lines.map(({ body: _body, place: _place, ...line }) => line),
    };
  }

  #read({ line, cells }: CsvRow): ReadLine {
    const { schema, key } = SECTIONS[this.#section];
    const plain = plainData(fieldsOf(cells, jsonSchema(schema)));
    const checked = check<unknown>(schema, plain.value);
    const mistakes = plain.mistakes.length > 0 ? plain.mistakes : checked.ok ? [] : checked.mistakes;
    const name = (cells[key] ?? '').trim();
    const body = plain.value as Fields;
    const result = mistakes.length > 0 ? 'refused' : 'unchanged';
    return { line, name, result, changes: [], mistakes: [...mistakes], body, place: -1 };
  }

  /** Mistakes that only the whole shows belong to the line that brought them; `mistakes` are those of no line. */
  async #edit(
    lines: ReadLine[],
    principal: Principal,
    dryRun: boolean,
  ): Promise<{ edited: Edited | null; mistakes: readonly Mistake[] }> {
    const good = lines.filter(({ mistakes }) => mistakes.length === 0);
    try {
      const edited = await this.#editor.edit({
        dryRun,
        change: (document) => this.#merge(document[this.#section] as Fields[], good, principal),
        focus: () => '',
        broken: { code: 'conflict', text: '' },
      });
      return { edited, mistakes: [] };
    } catch (error) {
      const left = this.#byLine(error, good);
      if (!dryRun) throwAny(lines, left);
      return { edited: null, mistakes: left };
    }
  }

  #merge(items: Fields[], good: readonly ReadLine[], principal: Principal): void {
    const { configuration } = this.#editor.current();
    const { key } = SECTIONS[this.#section];
    const keyOf = (item: Fields) => identity(this.#section, String(item[key]));
    const isMine = (item: unknown) => owns(principal, this.#section, item, configuration);
    for (const line of good) {
      const { body } = line;
      const found = items.findIndex((item) => keyOf(item) === keyOf(body));
      if (!isMine(body) || (found !== -1 && !isMine(items[found])))
        throw new ApiError('forbidden', 'this concerns inbound numbers that are not yours', {
          path: `line ${line.line}: ${key}`,
        });
      line.result = found === -1 ? 'created' : 'replaced';
      line.place = found === -1 ? items.length : found;
      items[line.place] = body;
    }
  }

  /** @returns those of no line */
  #byLine(error: unknown, good: readonly ReadLine[]): Mistake[] {
    const { mistakes } = error instanceof ApiError ? error.detail : {};
    if (mistakes === undefined) throw error;
    const prefix = new RegExp(`^${this.#section}\\[(\\d+)\\]\\.?`);
    return mistakes.flatMap((one) => {
      const place = Number(prefix.exec(one.path)?.[1] ?? -2);
      const line = good.find((other) => other.place === place);
      if (line === undefined) return [one];
      line.result = 'refused';
      line.mistakes.push({ ...one, path: one.path.replace(prefix, '') });
      return [];
    });
  }

  /** As the API shows both, defaults and all. */
  #compare(lines: readonly ReadLine[], before: Configuration, after: Configuration): void {
    const shown = (configuration: Configuration, place: number) => {
      const item = configuration[this.#section][place];
      return item === undefined ? {} : itemFields(this.#section, item, { secrets: 'mask', form: 'complete' });
    };
    for (const line of lines) {
      if (line.result !== 'created' && line.result !== 'replaced') continue;
      const known = line.result === 'created' ? {} : shown(before, line.place);
      line.changes = fieldChanges(known, shown(after, line.place));
      if (line.result === 'replaced' && line.changes.length === 0) line.result = 'unchanged';
    }
  }
}

function refuseTwice(lines: readonly ReadLine[], section: SectionOfCsv): void {
  const { key } = SECTIONS[section];
  const seen = new Set<string>();
  for (const line of lines) {
    if (line.mistakes.length > 0) continue;
    const name = identity(section, String(line.body[key]));
    if (seen.has(name)) {
      line.result = 'refused';
      line.mistakes.push(mistake(key, 'same-in-another-line', { noun: nounOf(section) }));
    }
    seen.add(name);
  }
}

function throwAny(lines: readonly Line[], others: readonly Mistake[] = []): void {
  const mistakes = lines.flatMap(({ line, mistakes: own }) =>
    own.map((one) => ({ ...one, path: `line ${line}: ${one.path}` })),
  );
  if (mistakes.length + others.length > 0) throw mistaken([...mistakes, ...others]);
}
