/**
 * The one table of who may use which address. A route that is not in it does not come up; `test/http/access` walks it
 * with every role.
 */

import type { Permission } from '../../core/access/role.ts';

/**
 * Whom else: one who is limited to inbound numbers.
 *
 * - `own`: sees and changes what belongs to his numbers; the route itself looks at each of them.
 * - `shared`: the same for all.
 * - `system`: concerns everybody's: refused to him.
 */
export type Reach = 'own' | 'shared' | 'system';

export interface RouteAccess {
  /** `open`: whoever comes; `known`: whoever has signed in. */
  needs: Permission | 'open' | 'known';
  reach: Reach;
}

const API = '/api/v1';

function allowing(needs: RouteAccess['needs'], reach: Reach, routes: string[]): Array<[string, RouteAccess]> {
  return routes.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return [`${method} ${path.startsWith('~') ? path.slice(1) : API + path}`, { needs, reach }];
  });
}

/** Resources of the configuration that do not belong to an inbound number. */
const SHARED_RESOURCES = ['trunks', 'outgoing-rules', 'extensions', 'flows', 'hours'];

export const ROUTE_ACCESS: ReadonlyMap<string, RouteAccess> = new Map([
  ...allowing('open', 'shared', ['GET ~/healthz', 'GET ~/readyz', 'GET ~/metrics', 'POST /session']),
  ...allowing('open', 'shared', ['GET ~/', 'GET ~/favicon.svg', 'GET ~/assets/:name']),
  // Whoever has the address: it is the secret.
  ...allowing('open', 'shared', ['GET ~/provisioning/:token']),
  ...allowing('known', 'shared', [
    'GET /session',
    'DELETE /session',
    'PUT /session/password',
    'POST /session/totp',
    'PUT /session/totp',
    'DELETE /session/totp',
    'GET /sessions',
    'DELETE /sessions',
    'GET /session/preferences',
    'PUT /session/preferences',
    'GET /roles',
    'GET /openapi.json',
  ]),
  ...allowing('callbacks:read', 'own', [
    'GET /callbacks',
    'GET /callbacks/:id',
    'GET /callbacks/:id/events',
    'GET /callbacks/:id/ladder',
    'GET /callbacks/:id/decision',
    'GET /callbacks/:id/messages',
    'GET /events',
  ]),
  ...allowing('callbacks:write', 'own', [
    'POST /callbacks',
    'POST /callbacks/bulk',
    'POST /callbacks/:id/cancel',
    'POST /callbacks/:id/reschedule',
    'POST /callbacks/:id/retry',
  ]),
  ...allowing('callbacks:export', 'own', ['GET /callbacks.csv', 'POST /callbacks.csv']),
  ...allowing('recordings:listen', 'own', ['GET /recordings', 'GET /recordings/:id', 'GET /recordings/:id/audio']),
  ...allowing('recordings:delete', 'own', ['DELETE /recordings/:id']),
  ...allowing('status:read', 'shared', ['GET /trunk-status', 'GET /trunks/:name/status', 'GET /switches']),
  ...allowing('status:read', 'system', [
    'GET /statistics',
    'GET /registrations',
    'GET /extensions/:name/registrations',
  ]),
  ...allowing('switches:write', 'system', ['PATCH /switches', 'DELETE /extensions/:name/registrations']),
  ...allowing(
    'configuration:read',
    'shared',
    SHARED_RESOURCES.flatMap((path) => [`GET /${path}`, `GET /${path}/:name`]),
  ),
  ...allowing('configuration:read', 'shared', [
    'GET /route',
    'GET /prompts',
    'GET /prompts/:language/:name',
    'GET /flows/:name/versions',
    'GET /flows/:name/versions/:version',
  ]),
  ...allowing('configuration:read', 'own', [
    'GET /inbound-numbers',
    'GET /inbound-numbers/:name',
    'GET /inbound-numbers.csv',
    'GET /callback-rules',
    'GET /callback-rules/:name',
    'GET /callback-rules.csv',
    'GET /explain',
  ]),
  // A draft of anybody's: what is wrong with it names what is there.
  ...allowing('configuration:read', 'system', ['POST /flows/simulate']),
  ...allowing('configuration:write', 'system', ['POST /flows/validate']),
  ...allowing('configuration:read', 'system', ['GET /configuration', 'GET /shadow', 'GET /shadow/:id']),
  ...allowing(
    'configuration:write',
    'system',
    SHARED_RESOURCES.flatMap((path) => [`POST /${path}`, `PUT /${path}/:name`, `DELETE /${path}/:name`]),
  ),
  // Whoever may point a trunk and a rule anywhere may ring a phone through it.
  ...allowing('configuration:write', 'system', ['PUT /configuration', 'POST /trunks/:name/test-call']),
  ...allowing('configuration:write', 'system', ['POST /extensions/:name/provisioning']),
  ...allowing('configuration:write', 'system', ['POST /prompts', 'DELETE /prompts/:language/:name']),
  ...allowing('numbers:write', 'own', [
    'PUT /inbound-numbers/:name',
    'POST /callback-rules',
    'PUT /callback-rules/:name',
    'DELETE /callback-rules/:name',
    'POST /callback-rules.csv',
  ]),
  ...allowing('numbers:write', 'system', [
    'POST /inbound-numbers',
    'DELETE /inbound-numbers/:name',
    'POST /inbound-numbers.csv',
  ]),
  ...allowing('suppressions:read', 'system', [
    'GET /suppressions',
    'GET /suppressions/:number',
    'GET /suppressions.csv',
  ]),
  ...allowing('suppressions:write', 'system', [
    'POST /suppressions',
    'DELETE /suppressions/:number',
    'POST /suppressions.csv',
  ]),
  ...allowing('users:read', 'system', ['GET /users', 'GET /users/:name', 'GET /api-keys', 'GET /api-keys/:id']),
  ...allowing('users:write', 'system', [
    'POST /users',
    'POST /users/:name/unlock',
    'PUT /users/:name',
    'DELETE /users/:name',
  ]),
  ...allowing('keys:write', 'system', ['POST /api-keys', 'DELETE /api-keys/:id']),
  ...allowing('configuration:read', 'system', ['GET /cors-origins', 'GET /cors-origins/:name']),
  ...allowing('origins:write', 'system', [
    'POST /cors-origins',
    'PUT /cors-origins/:name',
    'DELETE /cors-origins/:name',
  ]),
  ...allowing('audit:read', 'system', ['GET /audit', 'GET /audit/:id']),
  ...allowing('errors:read', 'system', ['GET /errors', 'GET /errors/:id']),
  ...allowing('webhooks:read', 'system', ['GET /webhooks', 'GET /webhooks/:name', 'GET /webhooks/:name/deliveries']),
  ...allowing('webhooks:write', 'system', [
    'POST /webhooks',
    'PUT /webhooks/:name',
    'DELETE /webhooks/:name',
    'POST /webhooks/:name/test',
    'POST /webhooks/:name/deliveries/:id/resend',
  ]),
  ...allowing('retention:read', 'system', ['GET /retention', 'GET /holds', 'GET /holds/:name']),
  ...allowing('retention:write', 'system', ['PUT /retention', 'POST /holds', 'DELETE /holds/:name', 'POST /erasures']),
]);

/** Null: not in the table. HEAD is GET without a body. */
export function accessOf(method: string, url: string): RouteAccess | null {
  return ROUTE_ACCESS.get(`${method === 'HEAD' ? 'GET' : method} ${url}`) ?? null;
}
