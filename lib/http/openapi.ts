/** The API described (OpenAPI 3.1), made out of the same schemas that check its requests. Built when it is asked for. */

import { cdr } from '../schema/cdr.ts';
import { limitsOf } from '../schema/limits.ts';
import {
  callbackQuery,
  callbackRequest,
  explainQuery,
  listQuery,
  provisioningRequest,
  rescheduleRequest,
  routeQuery,
  statisticsQuery,
  suppressionQuery,
  suppressionRequest,
} from '../schema/requests.ts';
import { INACTIVE_SECTION_NAMES, SECTION_NAMES, SECTIONS, type SectionName } from '../schema/sections.ts';
import { calls, registrar } from '../schema/settings.ts';
import { trustedProxies } from '../schema/trusted-proxies.ts';
import { administrationPaths, administrationSchemas } from './openapi-administration.ts';
import { describingErrors } from './openapi-errors.ts';
import { flowPaths, flowSchemas } from './openapi-flows.ts';
import {
  answer,
  body,
  type Json,
  jsonSchema,
  listParameters,
  MISTAKE,
  nullable,
  operation,
  pageOf,
  pathParameter,
  queryParameters,
  reference,
  text,
  textOrNull,
} from './openapi-parts.ts';
import { SCHEMAS } from './openapi-schemas.ts';
import { trunkPaths, trunkSchemas } from './openapi-trunks.ts';
import { RESOURCES } from './resource-routes.ts';

const schemaName = (section: SectionName) => {
  const singular = section.replace(/s$/, '');
  return singular[0]!.toUpperCase() + singular.slice(1);
};

function resourcePaths(path: string, section: SectionName): Record<string, Json> {
  const item = reference(schemaName(section));
  const { noun, key } = SECTIONS[section];
  const parameters = [pathParameter('name')];
  return {
    [`/api/v1/${path}`]: {
      get: operation(
        `List: ${noun}`,
        { parameters: listParameters(listQuery, jsonSchema(SECTIONS[section].schema)) },
        { 200: answer('A page', pageOf(item)) },
      ),
      post: operation(`Add: ${noun}`, { requestBody: body(item) }, { 201: answer('Added', item) }),
    },
    [`/api/v1/${path}/{name}`]: {
      get: operation(`Read: ${noun} by its ${key}`, { parameters }, { 200: answer('It', item) }),
      put: operation(`Replace: ${noun}`, { parameters, requestBody: body(item) }, { 200: answer('Replaced', item) }),
      delete: operation(`Remove: ${noun}`, { parameters }, { 204: { description: 'Removed' } }),
    },
  };
}

function callbackPaths(): Record<string, Json> {
  const parameters = [pathParameter('id')];
  const changed = { 200: answer('As it is now', reference('Callback')) };
  const ask = body(reference('CallbackRequest'));
  return {
    '/api/v1/callbacks': {
      get: operation(
        'List callbacks',
        { parameters: queryParameters(callbackQuery) },
        { 200: answer('A page', pageOf(reference('Callback'))) },
      ),
      post: operation(
        'Ask for a callback',
        { requestBody: ask },
        { 201: answer('Promised', reference('Promise')), 200: answer('One stood already', reference('Promise')) },
      ),
    },
    '/api/v1/callbacks/{id}': {
      get: operation('Read', { parameters }, { 200: answer('With attempts and events', reference('CallbackDetail')) }),
    },
    '/api/v1/callbacks/{id}/messages': {
      get: operation(
        'The texts of its SIP messages, as far as this node remembers them',
        { parameters },
        {
          200: answer('They', {
            type: 'object',
            required: ['items'],
            properties: { items: { type: 'array', items: reference('WireText') } },
          }),
        },
      ),
    },
    '/api/v1/callbacks/{id}/cancel': { post: operation('Cancel', { parameters }, changed) },
    '/api/v1/callbacks/{id}/reschedule': {
      post: operation('Reschedule', { parameters, requestBody: body(reference('RescheduleRequest')) }, changed),
    },
    '/api/v1/callbacks/{id}/retry': { post: operation('Call now', { parameters }, changed) },
  };
}

function registrationPaths(): Record<string, Json> {
  const parameters = listParameters(listQuery, SCHEMAS['Registration']!);
  const page = { 200: answer('A page', pageOf(reference('Registration'))) };
  return {
    '/api/v1/registrations': { get: operation('Contacts of all extensions', { parameters }, page) },
    '/api/v1/extensions/{name}/provisioning': {
      post: operation(
        'An address at which a softphone fetches its settings: once, within ten minutes',
        { parameters: [pathParameter('name')], requestBody: body(nullable(jsonSchema(provisioningRequest)) as Json) },
        {
          201: answer('It', {
            type: 'object',
            required: ['path', 'expiresAt'],
            properties: { path: text, expiresAt: { type: 'string', format: 'date-time' } },
          }),
        },
      ),
    },
    '/provisioning/{token}': {
      get: operation(
        'The settings of a phone, for Linphone; only once',
        { security: [], parameters: [pathParameter('token')] },
        { 200: { description: 'XML', content: { 'application/xml': { schema: text } } } },
      ),
    },
    '/api/v1/extensions/{name}/registrations': {
      get: operation('Contacts of an extension', { parameters: [pathParameter('name'), ...parameters] }, page),
      delete: operation(
        'Forget them until the phones register again',
        { parameters: [pathParameter('name')] },
        { 204: { description: 'Forgotten' } },
      ),
    },
  };
}

function suppressionPaths(): Record<string, Json> {
  const parameters = [pathParameter('number')];
  const one = reference('Suppression');
  return {
    '/api/v1/suppressions': {
      get: operation(
        'Numbers that are not called',
        { parameters: queryParameters(suppressionQuery) },
        { 200: answer('A page, the latest first unless `sort` says otherwise', pageOf(one)) },
      ),
      post: operation(
        'Add one, or many',
        { requestBody: body(reference('SuppressionRequest')) },
        { 201: answer('It; of many `{ added }`', { type: 'object' }) },
      ),
    },
    '/api/v1/suppressions/{number}': {
      get: operation('Read', { parameters }, { 200: answer('It', one) }),
      delete: operation('Remove', { parameters }, { 204: { description: 'Removed' } }),
    },
  };
}

/** Browsers send it as a header by themselves. */
const LAST_EVENT: Json = {
  name: 'lastEventId',
  in: 'query',
  required: false,
  schema: { type: 'string', pattern: '^\\d{1,16}$' },
};

const APPLIED: Json = {
  type: 'object',
  required: ['revision', 'changed', 'warnings'],
  properties: {
    revision: { type: 'integer' },
    changed: { type: 'boolean' },
    warnings: { type: 'array', items: MISTAKE },
  },
};

function otherPaths(): Record<string, Json> {
  const open = { security: [] };
  const plain = (description: string, type: string): Json => ({ description, content: { [type]: { schema: text } } });
  const explained = { 200: answer('Which rule, target, trunk, caller ID and time, and why', reference('Explanation')) };
  const tried = { 200: answer('Which route takes the number, and what each trunk is sent', reference('RuleTrial')) };
  const whole = reference('Configuration');
  return {
    '/api/v1/configuration': {
      get: operation('The whole configuration, passwords masked', {}, { 200: answer('It', whole) }),
      put: operation('Replace it', { requestBody: body(whole) }, { 200: answer('Revision and warnings', APPLIED) }),
    },
    '/api/v1/explain': {
      get: operation(
        'Dry run of a call, or of a number that a rule would dial',
        { parameters: queryParameters(explainQuery) },
        explained,
      ),
    },
    '/api/v1/route': {
      get: operation('Dry run of an outgoing rule', { parameters: queryParameters(routeQuery) }, tried),
    },
    '/api/v1/statistics': {
      get: operation(
        'What became of the callbacks of some hours (the last 24), as this node has seen it',
        { parameters: queryParameters(statisticsQuery) },
        { 200: answer('Sums, and slots of some minutes', reference('Statistics')) },
      ),
    },
    '/api/v1/shadow': {
      get: operation(
        'What a server in the shadow (--shadow) would have done with its calls, the latest first; else 404',
        { parameters: queryParameters(listQuery) },
        { 200: answer('A page', pageOf(reference('ShadowRecord'))) },
      ),
    },
    '/api/v1/shadow/{id}': {
      get: operation(
        'One of them',
        { parameters: [pathParameter('id')] },
        { 200: answer('It', reference('ShadowRecord')) },
      ),
    },
    '/api/v1/events': {
      get: operation(
        'What happens',
        { parameters: [LAST_EVENT] },
        { 200: plain('Server-sent events', 'text/event-stream') },
      ),
    },
    '/api/v1/openapi.json': { get: operation('This', {}, { 200: answer('OpenAPI 3.1', { type: 'object' }) }) },
    '/healthz': { get: operation('Alive', open, { 200: answer('It is', { type: 'object' }) }) },
    '/readyz': {
      get: operation('Ready', open, {
        200: answer('It is', { type: 'object' }),
        503: answer('Not yet', { type: 'object' }),
      }),
    },
    '/': {
      get: operation('The console', open, {
        200: plain('A page', 'text/html'),
        503: plain('It was not built', 'text/plain'),
      }),
    },
    '/assets/{name}': {
      get: operation(
        'What its page is made of',
        { ...open, parameters: [pathParameter('name')] },
        { 200: plain('A script or a style sheet', 'text/javascript') },
      ),
    },
    '/favicon.svg': { get: operation('Its sign', open, { 200: plain('A picture', 'image/svg+xml') }) },
    '/metrics': { get: operation('Prometheus', open, { 200: plain('Text format', 'text/plain') }) },
  };
}

function schemas(): Record<string, unknown> {
  const resources = SECTION_NAMES.map((section) => [
    schemaName(section),
    nullable(jsonSchema(SECTIONS[section].schema)),
  ]);
  const lists = SECTION_NAMES.map((section) => [section, { type: 'array', items: reference(schemaName(section)) }]);
  return {
    ...SCHEMAS,
    ...Object.fromEntries(resources),
    TrustedProxies: nullable(jsonSchema(trustedProxies)),
    Limits: nullable(jsonSchema(limitsOf('BR'))),
    Registrar: nullable(jsonSchema(registrar)),
    Calls: nullable(jsonSchema(calls)),
    Cdr: nullable(jsonSchema(cdr)),
    Configuration: {
      type: 'object',
      properties: {
        version: { const: 1 },
        defaultCountry: text,
        defaultLanguage: textOrNull,
        defaultOutgoingRule: textOrNull,
        limits: reference('Limits'),
        registrar: reference('Registrar'),
        calls: reference('Calls'),
        trustedProxies: reference('TrustedProxies'),
        cdr: { anyOf: [reference('Cdr'), { type: 'null' }] },
        ...Object.fromEntries(lists),
        ...Object.fromEntries(INACTIVE_SECTION_NAMES.map((section) => [section, { type: 'array' }])),
      },
      additionalProperties: false,
    },
    CallbackRequest: nullable(jsonSchema(callbackRequest)),
    RescheduleRequest: jsonSchema(rescheduleRequest),
    SuppressionRequest: nullable(jsonSchema(suppressionRequest)),
    ...flowSchemas(),
    ...trunkSchemas(),
    ...administrationSchemas(),
  };
}

let built: { version: string; document: Json } | null = null;

export function openApi(version: string): Json {
  if (built?.version === version) return built.document;
  const resources = Object.entries(RESOURCES).map(([path, section]) => resourcePaths(path, section));
  const document = {
    openapi: '3.1.0',
    info: { title: 'drachtio-callback', version, license: { name: 'MIT', identifier: 'MIT' } },
    security: [{ basic: [] }, { bearer: [] }, { apiKey: [] }, { session: [] }],
    paths: describingErrors(
      Object.assign(
        {},
        ...resources,
        flowPaths(),
        callbackPaths(),
        trunkPaths(),
        registrationPaths(),
        suppressionPaths(),
        otherPaths(),
        administrationPaths(),
      ),
    ),
    components: {
      schemas: schemas(),
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        session: { type: 'apiKey', in: 'cookie', name: 'callback_session' },
      },
    },
  };
  built = { version, document };
  return document;
}
