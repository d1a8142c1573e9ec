/** The resources of the configuration. Their fields are those of the file; passwords are never shown. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../core/configuration.ts';
import { itemFields } from '../schema/format-configuration.ts';
import { type Checked, check } from '../schema/mistake-list.ts';
import { type Fields, isFields, plainData } from '../schema/plain-data.ts';
import { identity, SECTIONS, type SectionItem, type SectionName } from '../schema/sections.ts';
import { askedBy, shownTo } from './access/guard.ts';
import { owns, sees } from './access/own-numbers.ts';
import { ApiError, mistaken } from './api-error.ts';
import {
  type ConfigurationEditor,
  type Edited,
  etagMatches,
  notModified,
  preconditionFailed,
} from './configuration-editor.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';

export const RESOURCES: Readonly<Record<string, SectionName>> = {
  trunks: 'trunks',
  'outgoing-rules': 'outgoingRules',
  extensions: 'extensions',
  'inbound-numbers': 'inboundNumbers',
  'callback-rules': 'callbackRules',
  flows: 'flows',
  hours: 'hours',
};

type AnyItem = SectionItem<SectionName>;

/** One resource's routes; `path` is its place under /api/v1. */
class Resource {
  readonly section: SectionName;
  readonly path: string;
  readonly editor: ConfigurationEditor;

  constructor(section: SectionName, path: string, editor: ConfigurationEditor) {
    this.section = section;
    this.path = path;
    this.editor = editor;
  }

  get noun(): string {
    return SECTIONS[this.section].noun;
  }

  keyOf(item: unknown): string {
    const key = isFields(item) ? item[SECTIONS[this.section].key] : undefined;
    return typeof key === 'string' || typeof key === 'number' ? String(key) : '';
  }

  indexIn(items: readonly unknown[], key: string): number {
    const wanted = identity(this.section, key);
    return items.findIndex((item) => identity(this.section, this.keyOf(item)) === wanted);
  }

  items(): readonly AnyItem[] {
    return this.editor.current().configuration[this.section];
  }

  find(request: FastifyRequest): AnyItem {
    const item = this.items()[this.indexIn(this.items(), nameOf(request))];
    if (item === undefined || !this.sees(request, item)) throw this.missing();
    return item;
  }

  sees(request: FastifyRequest, item: AnyItem): boolean {
    return sees(askedBy(request), this.section, item, this.editor.current().configuration);
  }

  /** 403 where somebody else's numbers would be touched. */
  assertOwned(request: FastifyRequest, item: unknown, configuration = this.editor.current().configuration): void {
    const principal = askedBy(request);
    if (principal.inboundNumbers !== null && !owns(principal, this.section, item, configuration))
      throw new ApiError('forbidden', 'this concerns inbound numbers that are not yours', {
        ...(this.section === 'callbackRules' ? { path: 'inboundNumbers' } : {}),
      });
  }

  missing(): ApiError {
    return new ApiError('not-found', `there is no ${this.noun} of this ${SECTIONS[this.section].key}`);
  }

  view(item: AnyItem): Fields {
    return itemFields(this.section, item, { secrets: 'mask', form: 'complete' });
  }

  etag(item: AnyItem): string {
    return this.editor.etagOf(this.section, item);
  }

  /** The body, right by itself; how it fits into the whole is checked with the whole. */
  body(request: FastifyRequest): Fields {
    const plain = plainData(request.body);
    if (plain.mistakes.length > 0) throw mistaken(plain.mistakes);
    const checked: Checked<unknown> = check<unknown>(SECTIONS[this.section].schema, plain.value);
    if (!checked.ok) throw mistaken(checked.mistakes);
    return plain.value as Fields;
  }

  answer(reply: FastifyReply, { configuration }: Edited, key: string): Fields {
    const items = configuration[this.section];
    const item = items[this.indexIn(items, key)]!;
    reply.header('etag', this.etag(item));
    reply.header('location', `/api/v1/${this.path}/${encodeURIComponent(this.keyOf(item))}`);
    return this.view(item);
  }

  list(document: Fields): Fields[] {
    return document[this.section] as Fields[];
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = this.body(request);
    this.assertOwned(request, body);
    const key = this.keyOf(body);
    const edited = await this.editor.edit({
      change: (document) => {
        const items = this.list(document);
        if (this.indexIn(items, key) !== -1)
          throw new ApiError('already-exists', `there is another ${this.noun} of this ${SECTIONS[this.section].key}`, {
            path: SECTIONS[this.section].key,
          });
        items.push(body);
      },
      focus: (current) => `${this.section}[${current.configuration[this.section].length}]`,
      by: askedBy(request).actor,
      broken: { code: 'conflict', text: 'it does not go together with another' },
    });
    const after = this.answer(reply, edited, key);
    request.change = { subject: this.subject(after), after };
    return reply.code(201).send(after);
  }

  async replace(request: FastifyRequest, reply: FastifyReply): Promise<Fields> {
    const body = this.body(request);
    this.assertOwned(request, body);
    const key = nameOf(request);
    let before: Fields | null = null;
    const edited = await this.editor.edit({
      change: (document, current) => {
        const index = this.indexFor(request, current.configuration, key);
        before = this.view(current.configuration[this.section][index]!);
        const other = this.indexIn(this.list(document), this.keyOf(body));
        if (other !== -1 && other !== index)
          throw new ApiError('already-exists', `there is another ${this.noun} of this ${SECTIONS[this.section].key}`, {
            path: SECTIONS[this.section].key,
          });
        this.list(document)[index] = body;
      },
      focus: (current) => `${this.section}[${this.indexIn(current.configuration[this.section], key)}]`,
      by: askedBy(request).actor,
      broken: { code: 'conflict', text: 'it does not go together with another' },
    });
    const after = this.answer(reply, edited, this.keyOf(body));
    request.change = { subject: this.subject(after), before, after };
    return after;
  }

  async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = nameOf(request);
    let before: Fields | null = null;
    await this.editor.edit({
      change: (document, current) => {
        const index = this.indexFor(request, current.configuration, key);
        before = this.view(current.configuration[this.section][index]!);
        this.list(document).splice(index, 1);
      },
      // nothing is left that the mistakes could belong to
      focus: () => 'removed',
      by: askedBy(request).actor,
      broken: { code: 'in-use', text: `this ${this.noun} is in use` },
    });
    request.change = { before };
    return reply.code(204).send();
  }

  subject(item: Fields): string {
    return `${this.path}/${this.keyOf(item)}`;
  }

  /** Where the item stands, its precondition being met. */
  indexFor(request: FastifyRequest, configuration: Configuration, key: string): number {
    const items = configuration[this.section];
    const index = this.indexIn(items, key);
    const item = items[index];
    const condition = request.headers['if-match'];
    // what is not his is answered as what is not there, with a condition as without
    if (item === undefined || !sees(askedBy(request), this.section, item, configuration))
      throw condition === undefined ? this.missing() : preconditionFailed();
    this.assertOwned(request, item, configuration);
    if (!etagMatches(condition, this.etag(item))) throw preconditionFailed();
    return index;
  }
}

function nameOf(request: FastifyRequest): string {
  return (request.params as { name: string }).name;
}

export function resourceRoutes(app: FastifyInstance, editor: ConfigurationEditor): void {
  for (const [path, section] of Object.entries(RESOURCES)) {
    const resource = new Resource(section, path, editor);
    const base = `/api/v1/${path}`;
    const filters = filterNames(jsonSchema(SECTIONS[section].schema));

    app.get(base, async (request) => {
      const items = resource
        .items()
        .filter((item) => resource.sees(request, item))
        .map((item) => resource.view(item));
      return askedPage(shownTo(askedBy(request), items), request.query, filters);
    });
    app.post(base, (request, reply) => resource.create(request, reply));
    app.get(`${base}/:name`, async (request, reply) => {
      const item = resource.find(request);
      const etag = resource.etag(item);
      reply.header('etag', etag);
      if (notModified(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return resource.view(item);
    });
    app.put(`${base}/:name`, (request, reply) => resource.replace(request, reply));
    app.delete(`${base}/:name`, (request, reply) => resource.remove(request, reply));
  }
}
