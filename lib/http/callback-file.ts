/** Requests for callbacks in a CSV file, one a line. */

import type { Configuration } from '../core/configuration.ts';
import { type Flaw, flaw, flawText, type Mistake } from '../core/mistake.ts';
import { readNumber } from '../core/policy/read-number.ts';
import type { CallbackRequest, CallbackService } from '../ports/callback-service.ts';
import { callbackRequest, checkRequest } from '../schema/requests.ts';
import { isoTime } from './callback-view.ts';
import type { CsvRow } from './csv.ts';
import { fieldsOf } from './csv-fields.ts';
import { type Json, jsonSchema } from './openapi-parts.ts';

/** `result`: `created`, `merged`, of a dry run `would-create`, `would-merge`; else why it is refused. */
export interface CallbackLine {
  line: number;
  result: string;
  id: string | null;
  rule: string | null;
  number: string | null;
  dueAt: string | null;
  message: string | null;
  /** Of `invalid`, all of them; `message` is the first one. */
  mistakes: readonly Mistake[];
  /** The message for those who word it themselves, where the result does not say it all. */
  reason: Flaw | null;
}

/** What is not the same for every line. */
type Fate = Partial<CallbackLine> & Pick<CallbackLine, 'result' | 'message'>;

export interface CallbackFileOptions {
  dryRun: boolean;
  /** Whether the rule is one that he may use. */
  reaches: (rule: string) => boolean;
}

export class CallbackFile {
  readonly #service: CallbackService;
  readonly #configuration: () => Configuration;
  readonly #options: CallbackFileOptions;
  readonly #schema: Json = jsonSchema(callbackRequest);
  /** By rule and number, the line that asked first: in a dry run nothing stands yet that the next one could join. */
  readonly #asked = new Map<string, number>();

  constructor(
    { service, configuration }: { service: CallbackService; configuration: () => Configuration },
    options: CallbackFileOptions,
  ) {
    this.#service = service;
    this.#configuration = configuration;
    this.#options = options;
  }

  async take({ line, cells }: CsvRow): Promise<CallbackLine> {
    const asked = { rule: cells['rule'] ?? null, number: cells['number'] ?? null };
    const shown = { line, id: null, ...asked, dueAt: null, mistakes: [], reason: null };
    const checked = checkRequest(callbackRequest, fieldsOf(cells, this.#schema));
    if (!checked.ok) {
      const { mistakes } = checked;
      const { path, message } = mistakes[0]!;
      return { ...shown, result: 'invalid', message: `${path}: ${message}`, mistakes };
    }
    const { rule, number = null, dueAt = null, userData = null } = checked.value;
    if (!this.#options.reaches(rule))
      return { ...shown, result: 'unknown-rule', message: `there is no callback rule named "${rule}"` };
    const request = { rule, number, dueAt, userData };
    return { ...shown, ...(await (this.#options.dryRun ? this.#preview(request, line) : this.#create(request))) };
  }

  async #create(request: CallbackRequest): Promise<Fate> {
    const result = await this.#service.create(request);
    if (result.result === 'refused') return { result: result.code, message: result.message };
    const { id, dueAt } = result.callback;
    return { result: result.result, id, dueAt: isoTime(dueAt), message: null };
  }

  async #preview(request: CallbackRequest, line: number): Promise<Fate> {
    const result = await this.#service.preview(request);
    if (result.result === 'refused') return { result: result.code, message: result.message };
    const dueAt = isoTime(result.dueAt);
    if (result.result === 'merged') return { result: 'would-merge', id: result.id, dueAt, message: null };
    const { number, rule } = request;
    const key = `${rule} ${number === null ? '' : (readNumber(number, this.#configuration().defaultCountry).e164 ?? number)}`;
    const first = this.#asked.get(key);
    if (first !== undefined) {
      const reason = flaw('same-as-line', { line: first });
      return { result: 'would-merge', dueAt, message: flawText(reason), reason };
    }
    this.#asked.set(key, line);
    return { result: 'would-create', dueAt, message: null };
  }
}
