/** Changes of the configuration through the API: one at a time, the whole result checked, nothing half done. */

import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../core/configuration.ts';
import { flaw, type Mistake } from '../core/mistake.ts';
import type { ConfigurationService } from '../ports/configuration-service.ts';
import { configurationDocument, itemFields } from '../schema/format-configuration.ts';
import { type ExtraChecks, type ParseResult, readConfiguration } from '../schema/parse-configuration.ts';
import type { Fields } from '../schema/plain-data.ts';
import { type HasPrompt, promptWarnings } from '../schema/prompt-warnings.ts';
import { mergeSecrets } from '../schema/secrets.ts';
import type { SectionItem, SectionName } from '../schema/sections.ts';
import { ApiError, conflict, mistaken } from './api-error.ts';

export interface EditorOptions {
  service: ConfigurationService;
  extraChecks: ExtraChecks;
  /** Makes ETags out of secrets too without giving anything away; the same on every node. */
  etagKey: Buffer;
  hasPrompt: HasPrompt;
}

type Current = ReturnType<ConfigurationService['current']>;

export interface Edit {
  /** Changes the document (file's form, secrets and all) in place; throws ApiError where that can't be. */
  change(document: Fields, current: Current): void;
  /** Mistakes under this path are the body's own; others say what the change would break. Empty: all are the body's. */
  focus(current: Current): string;
  /** Everything is checked, nothing is stored. */
  dryRun?: boolean;
  /** Who changes it; left out: nobody in particular. */
  by?: string;
  /** What to answer where something else would break. */
  broken: { code: 'in-use' | 'conflict'; text: string };
}

export interface Edited {
  revision: number;
  configuration: Configuration;
  /** Of a dry run: what it would be; else the same. */
  next: Configuration;
  changed: boolean;
  warnings: Mistake[];
}

const MOST_TRIES = 5;

function stripped(mistake: Mistake, focus: string): Mistake {
  return { ...mistake, path: mistake.path.slice(focus.length).replace(/^\./, '') };
}

function isWithin(path: string, focus: string): boolean {
  return path === focus || path.startsWith(`${focus}.`) || path.startsWith(`${focus}[`);
}

export class ConfigurationEditor {
  readonly #options: EditorOptions;
  /** The end of the last edit: one waits for the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EditorOptions) {
    this.#options = options;
  }

  current(): Current {
    return this.#options.service.current();
  }

  edit(edit: Edit): Promise<Edited> {
    const turn = this.#last.then(() => this.#try(edit));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #try(edit: Edit): Promise<Edited> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const current = this.current();
      const document = configurationDocument(current.configuration, { secrets: 'keep', form: 'complete' });
      edit.change(document, current);
      const focus = edit.focus(current);
      const read = this.#read(document, current.configuration);
      if (!read.ok) throw this.#refusal(read.mistakes, focus, edit);
      const { configuration } = read;
      const warnings = [...read.warnings, ...promptWarnings(configuration, this.#options.hasPrompt)];
      if (isDeepStrictEqual(configuration, current.configuration))
        return { ...current, next: current.configuration, changed: false, warnings };
      if (edit.dryRun === true) return { ...current, next: configuration, changed: false, warnings };
      const result = await this.#options.service.replace(configuration, current.revision, edit.by ?? null);
      if (result.result === 'refused') throw this.#refusal(result.mistakes, focus, edit);
      if (result.result === 'stored')
        return { revision: result.revision, configuration, next: configuration, changed: true, warnings };
    }
    throw conflict(flaw('configuration-busy'));
  }

  #read(document: Fields, stored: Configuration): ParseResult {
    const read = readConfiguration(document, this.#options.extraChecks);
    if (!read.ok) return read;
    const merged = mergeSecrets(read.configuration, stored);
    return merged.ok ? { ...read, configuration: merged.configuration } : merged;
  }

  #refusal(mistakes: readonly Mistake[], focus: string, { broken }: Edit): ApiError {
    if (focus === '') return mistaken(mistakes);
    const own = mistakes.filter((mistake) => isWithin(mistake.path, focus));
    if (own.length > 0) return mistaken(own.map((mistake) => stripped(mistake, focus)));
    const first = mistakes[0]!;
    return mistaken(mistakes, broken.code, `${broken.text}: ${first.path}: ${first.message}`);
  }

  etagOf<S extends SectionName>(section: S, item: SectionItem<S>): string {
    const text = JSON.stringify([section, itemFields(section, item, { secrets: 'keep', form: 'complete' })]);
    return `"${createHmac('sha256', this.#options.etagKey).update(text).digest('base64url').slice(0, 27)}"`;
  }
}

/** RFC 9110 13.1.1: strong comparison; `*` is anything that is there. */
export function etagMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  return header.split(',').some((part) => part.trim() === '*' || part.trim() === etag);
}

/** RFC 9110 13.1.2, for GET: weak comparison. */
export function notModified(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag);
}

export function preconditionFailed(): ApiError {
  return new ApiError('precondition-failed', 'it was changed since; read it again');
}
