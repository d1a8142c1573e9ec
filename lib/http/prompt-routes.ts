/** `/api/v1/prompts`: the recordings that people hear. */

import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../core/configuration.ts';
import { promptUses, recordingsOf } from '../core/flow/prompt-uses.ts';
import { flaw, type MistakeCode, mistake, mistakeAt } from '../core/mistake.ts';
import type { PromptRecording, PromptService, UploadResult } from '../ports/prompts.ts';
import { ANSWERS } from '../schema/answers.ts';
import { languageTag } from '../schema/language.ts';
import type { Fields } from '../schema/plain-data.ts';
import { promptRemovalQuery, promptUploadQuery } from '../schema/requests.ts';
import { ApiError, conflict, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { etagMatches, notModified, preconditionFailed } from './configuration-editor.ts';
import { filterNames, jsonSchema } from './openapi-parts.ts';
import { askedPage } from './page.ts';
import { parameterOf, queryOf } from './requested.ts';

export interface PromptRouteOptions {
  prompts: PromptService;
  configuration: () => Configuration;
}

export const WAV_TYPES = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'];
const UPLOAD_LIMIT = { bodyLimit: 10_000_000 };
const FILTERS = filterNames(jsonSchema(ANSWERS.Prompt));

/** Where the flows name a recording: `reception/menu`; of what is no component the path in the configuration. */
function usesByName(configuration: Configuration): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  for (const { prompt, path, flow, component } of promptUses(configuration)) {
    const where = flow === null ? path : `${flow}/${component}`;
    for (const name of recordingsOf(prompt)) {
      const known = uses.get(name) ?? [];
      if (!known.includes(where)) uses.set(name, [...known, where]);
    }
  }
  return uses;
}

function view({ uploadedAt, seconds, ...recording }: PromptRecording, uses: readonly string[]): Fields {
  return {
    ...recording,
    seconds: Math.round(seconds * 1000) / 1000,
    uploadedAt: isoTime(uploadedAt),
    usedBy: uses,
  };
}

type Refused = Extract<UploadResult, { result: 'refused' }>;

const REFUSALS: Readonly<Record<string, MistakeCode>> = {
  'not-wav': 'sound-not-wav',
  'cut-off': 'sound-cut-off',
  encoding: 'sound-encoding',
  channels: 'sound-channels',
  'sample-rate': 'sound-sample-rate',
  'no-samples': 'sound-empty',
  'too-long': 'sound-too-long',
  silent: 'sound-silent',
};

function refusalOf({ reason, detail }: Refused): ApiError {
  const code = REFUSALS[reason] ?? 'sound-not-wav';
  return mistaken([mistakeAt('file', flaw(code as 'sound-encoding', { detail }))]);
}

const noSuchPrompt = () => new ApiError('not-found', 'there is no such recording');

/** The language as its folder is named, and the name; an unknown language is none that there could be anything in. */
function askedFor(request: FastifyRequest): { language: string; name: string } {
  const language = languageTag(parameterOf(request.params, 'language'));
  if (language === null) throw noSuchPrompt();
  return { language, name: parameterOf(request.params, 'name') };
}

/** The same as long as it sounds the same. */
const soundTag = (wav: Buffer): string => `"s${createHash('sha256').update(wav).digest('base64url').slice(0, 22)}"`;

class PromptDesk {
  readonly #options: PromptRouteOptions;

  constructor(options: PromptRouteOptions) {
    this.#options = options;
  }

  async page(query: unknown): Promise<object> {
    const uses = usesByName(this.#options.configuration());
    const recordings = await this.#options.prompts.list();
    return askedPage(
      recordings.map((recording) => view(recording, uses.get(recording.name) ?? [])),
      query,
      FILTERS,
    );
  }

  async sound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { language, name } = askedFor(request);
    const wav = await this.#options.prompts.read(language, name);
    if (wav === null) throw noSuchPrompt();
    const tag = soundTag(wav);
    reply.header('etag', tag).header('cache-control', 'private, no-cache');
    if (notModified(request.headers['if-none-match'], tag)) return reply.code(304).send();
    // Nothing of it is a page, whatever its bytes are
    reply.header('content-disposition', `inline; filename="${encodeURIComponent(name)}.wav"`);
    return reply.type('audio/wav').send(wav);
  }

  async upload(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { language, name, replace } = queryOf(promptUploadQuery, request.query);
    if (!Buffer.isBuffer(request.body) || request.body.length === 0)
      throw new ApiError('unsupported-media-type', 'the body has to be a recording, of the type audio/wav');
    const by = request.principal?.actor ?? null;
    const stored = await this.#options.prompts.upload({ language, name, file: request.body, by, replace });
    if (stored.result === 'refused') throw refusalOf(stored);
    if (stored.result === 'bad-name') throw mistaken([mistake('name', 'not-a-recording-name')]);
    if (stored.result === 'full') throw conflict(flaw('too-many-recordings'));
    if (stored.result === 'exists')
      throw new ApiError('already-exists', 'a recording of this name was uploaded before; `replace=true` replaces it', {
        path: 'name',
      });
    const uses = usesByName(this.#options.configuration());
    const shown = view(stored.recording, uses.get(name) ?? []);
    request.change = {
      subject: `prompts/${language}/${name}`,
      action: stored.isReplaced ? 'replaced' : 'created',
      detail: { seconds: shown['seconds'], bytes: stored.recording.bytes },
    };
    reply.header('location', `/api/v1/prompts/${language}/${encodeURIComponent(name)}`);
    return reply.code(201).send(shown);
  }

  async remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { language, name } = askedFor(request);
    const { force } = queryOf(promptRemovalQuery, request.query);
    const { prompts, configuration } = this.#options;
    const found = (await prompts.list()).find((one) => one.language === language && one.name === name);
    if (found === undefined) throw noSuchPrompt();
    if (found.origin !== 'uploaded') throw conflict(flaw('recording-stays'));
    const condition = request.headers['if-match'];
    const heard = condition === undefined ? null : await prompts.read(language, name);
    if (heard !== null && !etagMatches(condition, soundTag(heard))) throw preconditionFailed();
    const uses = usesByName(configuration()).get(name) ?? [];
    if (uses.length > 0 && !force)
      throw new ApiError('in-use', `it is used by ${uses.join(', ')}; \`force=true\` deletes it all the same`);
    if ((await prompts.remove(language, name)) !== 'removed') throw noSuchPrompt();
    request.change = { subject: `prompts/${language}/${name}`, detail: { usedBy: uses } };
    return reply.code(204).send();
  }
}

export function promptRoutes(app: FastifyInstance, options: PromptRouteOptions): void {
  app.addContentTypeParser(WAV_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.url === '/api/v1/prompts') done(null, body);
    else done(new ApiError('unsupported-media-type', 'the body has to be application/json'));
  });
  const desk = new PromptDesk(options);
  app.get('/api/v1/prompts', (request) => desk.page(request.query));
  app.post('/api/v1/prompts', UPLOAD_LIMIT, (request, reply) => desk.upload(request, reply));
  app.get('/api/v1/prompts/:language/:name', (request, reply) => desk.sound(request, reply));
  app.delete('/api/v1/prompts/:language/:name', (request, reply) => desk.remove(request, reply));
}
