/** How the trunks are, and the switches *accept* and *dial*. */

import type { FastifyInstance } from 'fastify';
import { SWITCH_NAMES, type Switches, switchesOf } from '../core/trunk/switches.ts';
import type { TrunkService, TrunkStatus } from '../ports/trunk-service.ts';
import type { Fields } from '../schema/plain-data.ts';
import { checkRequest, switchRequest } from '../schema/requests.ts';
import { ApiError, mistaken } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import { etagMatches, preconditionFailed } from './configuration-editor.ts';
import { contentTag } from './document-tag.ts';
import { filterNames } from './openapi-parts.ts';
import { TRUNK_STATUS } from './openapi-trunks.ts';
import { askedPage } from './page.ts';

const FILTERS = filterNames(TRUNK_STATUS);

/** As the API has it: instants in ISO 8601. */
export function trunkStatusView(status: TrunkStatus): Fields {
  const { down, ping, registration } = status;
  return {
    name: status.name,
    state: status.state,
    usable: status.usable,
    down: down && { ...down, at: isoTime(down.at), probeAt: isoTime(down.probeAt) },
    parkedUntilAt: isoTime(status.parkedUntilAt),
    alarm: status.alarm,
    alarmAt: isoTime(status.alarmAt),
    switches: { ...status.switches },
    ping: ping && { ...ping, at: isoTime(ping.at) },
    registration: registration && {
      ...registration,
      expiresAt: isoTime(registration.expiresAt),
      nextAt: isoTime(registration.nextAt),
    },
    calls: { ...status.calls },
  };
}

function switchesView(switches: Switches, trunks: readonly TrunkStatus[]): object {
  const { accept, dial } = switches;
  return { accept, dial, trunks: trunks.map(({ name }) => ({ name, ...switchesOf(switches, name) })) };
}

export function trunkRoutes(app: FastifyInstance, service: TrunkService): void {
  app.get('/api/v1/trunk-status', async (request) =>
    askedPage(service.status().map(trunkStatusView), request.query, FILTERS),
  );

  app.get('/api/v1/trunks/:name/status', async (request) => {
    const name = (request.params as { name: string }).name.normalize('NFC');
    const status = service.status().find((one) => one.name === name);
    if (status === undefined) throw new ApiError('not-found', 'there is no trunk of this name');
    return trunkStatusView(status);
  });

  const switches = () => switchesView(service.switches(), service.status());
  const tag = () => contentTag(switches());
  app.get('/api/v1/switches', async (_request, reply) => {
    reply.header('etag', tag());
    return switches();
  });

  app.patch('/api/v1/switches', async (request, reply) => {
    if (!etagMatches(request.headers['if-match'], tag())) throw preconditionFailed();
    const before = switches();
    const body = checkRequest(switchRequest, request.body);
    if (!body.ok) throw mistaken(body.mistakes);
    const { trunk = null } = body.value;
    const changes = SWITCH_NAMES.flatMap((name) => {
      const on = body.value[name];
      return on === undefined ? [] : [{ name, trunk, on }];
    });
    const result = await service.switch(changes);
    if (result.result === 'unknown-trunk')
      throw new ApiError('not-found', 'there is no trunk of this name', { path: 'trunk' });
    const after = switchesView(result.switches, service.status());
    request.change = { before, after };
    reply.header('etag', tag());
    return after;
  });
}
