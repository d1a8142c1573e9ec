/** The states of the trunks, and the switches. */

import { listQuery, switchRequest, testCallRequest } from '../schema/requests.ts';
import {
  answer,
  body,
  instant,
  instantOrNull,
  type Json,
  jsonSchema,
  listParameters,
  nullable,
  operation,
  pageOf,
  pathParameter,
  reference,
  text,
  textOrNull,
} from './openapi-parts.ts';

const SWITCH_PAIR: Json = {
  type: 'object',
  properties: { accept: { type: 'boolean' }, dial: { type: 'boolean' } },
};

export const TRUNK_STATUS: Json = {
  type: 'object',
  required: ['name', 'state', 'usable', 'switches', 'calls'],
  properties: {
    name: text,
    state: { enum: ['up', 'down', 'probing', 'parked', 'switched-off'] },
    usable: { type: 'boolean' },
    down: {
      type: ['object', 'null'],
      properties: {
        at: instant,
        cause: { enum: ['silent', 'unreachable', 'unavailable', 'errors', 'credentials'] },
        by: { enum: ['options', 'calls'] },
        probeAt: instantOrNull,
        failedProbes: { type: 'integer' },
      },
    },
    parkedUntilAt: instantOrNull,
    alarm: { enum: ['credentials', null] },
    alarmAt: instantOrNull,
    switches: SWITCH_PAIR,
    ping: {
      type: ['object', 'null'],
      properties: {
        at: instant,
        answered: { type: 'boolean' },
        status: { type: ['integer', 'null'] },
        roundTripMs: { type: ['number', 'null'] },
      },
    },
    registration: {
      type: ['object', 'null'],
      properties: {
        state: { enum: ['registered', 'registering', 'failed', 'standby'] },
        expiresAt: instantOrNull,
        nextAt: instantOrNull,
        lastError: textOrNull,
      },
    },
    calls: { type: 'object', properties: { active: { type: 'integer' }, waiting: { type: 'integer' } } },
  },
};

export const trunkSchemas = (): Record<string, unknown> => ({
  TrunkStatus: TRUNK_STATUS,
  Switches: {
    type: 'object',
    required: ['accept', 'dial', 'trunks'],
    properties: {
      accept: { type: 'boolean' },
      dial: { type: 'boolean' },
      trunks: {
        type: 'array',
        items: { type: 'object', properties: { name: text, accept: { type: 'boolean' }, dial: { type: 'boolean' } } },
      },
    },
  },
  SwitchRequest: nullable(jsonSchema(switchRequest)),
  TestCallRequest: nullable(jsonSchema(testCallRequest)),
});

export function trunkPaths(): Record<string, Json> {
  const status = reference('TrunkStatus');
  const switches = { 200: answer('As they are now', reference('Switches')) };
  return {
    '/api/v1/trunk-status': {
      get: operation(
        'How the trunks are, as this node sees them',
        { parameters: listParameters(listQuery, TRUNK_STATUS) },
        { 200: answer('A page', pageOf(status)) },
      ),
    },
    '/api/v1/trunks/{name}/status': {
      get: operation('How a trunk is', { parameters: [pathParameter('name')] }, { 200: answer('It', status) }),
    },
    '/api/v1/trunks/{name}/test-call': {
      post: operation(
        'Call a phone of your own through the trunk: a callback of the origin test:NAME, by all gates and limits',
        { parameters: [pathParameter('name')], requestBody: body(reference('TestCallRequest')) },
        {
          200: answer('One to this number is under way already', reference('Promise')),
          201: answer('It is on its way', reference('Promise')),
        },
      ),
    },
    '/api/v1/switches': {
      get: operation('The switches accept and dial', {}, switches),
      patch: operation(
        'Turn switches, for all or of a trunk',
        { requestBody: body(reference('SwitchRequest')) },
        switches,
      ),
    },
  };
}
