/** `/api/v1/configuration`: the whole in the file's form, for `apply` and `export` against a running server. */

import type { FastifyInstance } from 'fastify';
import { mistake } from '../core/mistake.ts';
import { configurationDocument } from '../schema/format-configuration.ts';
import { isFields, plainData } from '../schema/plain-data.ts';
import { askedBy } from './access/guard.ts';
import { mistaken } from './api-error.ts';
import { type ConfigurationEditor, etagMatches, notModified, preconditionFailed } from './configuration-editor.ts';

/** A whole configuration may be larger than other bodies. */
const WHOLE_LIMIT_BYTES = 8 * 1024 * 1024;

export const revisionTag = (revision: number) => `"r${revision}"`;

export function configurationRoutes(app: FastifyInstance, editor: ConfigurationEditor): void {
  app.get('/api/v1/configuration', async (request, reply) => {
    const { revision, configuration } = editor.current();
    reply.header('etag', revisionTag(revision));
    if (notModified(request.headers['if-none-match'], revisionTag(revision))) return reply.code(304).send();
    return configurationDocument(configuration, { secrets: 'mask', form: 'complete' });
  });

  app.put('/api/v1/configuration', { bodyLimit: WHOLE_LIMIT_BYTES }, async (request, reply) => {
    const plain = plainData(request.body);
    if (plain.mistakes.length > 0) throw mistaken(plain.mistakes);
    const body = plain.value;
    if (!isFields(body)) throw mistaken([mistake('', 'expected-configuration')]);
    const masked = { secrets: 'mask', form: 'complete' } as const;
    let before: unknown = null;
    const edited = await editor.edit({
      change: (document, current) => {
        if (!etagMatches(request.headers['if-match'], revisionTag(current.revision))) throw preconditionFailed();
        before = configurationDocument(current.configuration, masked);
        for (const key of Object.keys(document)) delete document[key];
        Object.assign(document, body);
      },
      focus: () => '',
      by: askedBy(request).actor,
      broken: { code: 'conflict', text: '' },
    });
    request.change = {
      subject: 'configuration',
      before,
      after: configurationDocument(edited.configuration, masked),
    };
    reply.header('etag', revisionTag(edited.revision));
    return { revision: edited.revision, changed: edited.changed, warnings: edited.warnings };
  });
}
