/** `/api/v1/trunks/NAME/test-call`: a call through the trunk to somebody's own phone, to see whether it works. */

import type { FastifyInstance } from 'fastify';
import { maskedText } from '../core/access/masking.ts';
import type { CallbackService } from '../ports/callback-service.ts';
import { testCallRequest } from '../schema/requests.ts';
import { ApiError } from './api-error.ts';
import { refusalError } from './callback-routes.ts';
import { promiseView } from './callback-view.ts';
import { bodyOf, parameterOf } from './requested.ts';

export function testCallRoutes(app: FastifyInstance, service: CallbackService): void {
  app.post('/api/v1/trunks/:name/test-call', async (request, reply) => {
    const { number, flow = null } = bodyOf(testCallRequest, request.body);
    const trunk = parameterOf(request.params, 'name');
    const result = await service.testCall({ trunk, number, flow });
    if (result.result === 'refused') {
      if (result.code === 'unknown-trunk') throw new ApiError('not-found', 'there is no trunk of this name');
      throw refusalError(result);
    }
    const { id } = result.callback;
    request.change = { detail: { number: maskedText(number), callback: id, result: result.result } };
    reply.header('location', `/api/v1/callbacks/${encodeURIComponent(id)}`);
    return reply.code(result.result === 'created' ? 201 : 200).send(promiseView(result.callback));
  });
}
