/** Flows beside reading and writing them: drafts that are tried, and what flows have been. */

import { OUTCOMES } from '../core/call/outcome.ts';
import { simulationRequest, validationRequest } from '../schema/flow-requests.ts';
import { listQuery } from '../schema/requests.ts';
import {
  answer,
  body,
  instant,
  instantOrNull,
  type Json,
  jsonSchema,
  listParameters,
  MISTAKE,
  nullable,
  operation,
  pageOf,
  pathParameter,
  reference,
  text,
  textOrNull,
} from './openapi-parts.ts';

const number: Json = { type: 'number' };
const mistakes: Json = { type: 'array', items: MISTAKE };

const VERSION_FIELDS: Json = { version: { type: 'integer' }, at: instantOrNull, actor: textOrNull };

const NOTE: Json = {
  type: 'object',
  required: ['type', 'detail'],
  properties: { type: text, detail: { type: 'object', additionalProperties: true } },
};

const SIMULATED_EVENT: Json = {
  type: ['object', 'null'],
  required: ['type'],
  properties: { type: text, key: text, seconds: number, exit: text },
};

const SIMULATED_END: Json = {
  type: ['object', 'null'],
  required: ['type'],
  properties: {
    type: { enum: ['over', 'callback'] },
    outcome: { enum: [...OUTCOMES] },
    reason: text,
    cause: { type: ['integer', 'null'] },
    text: textOrNull,
    component: text,
    dueAt: { type: ['number', 'null'] },
    method: { enum: ['caller', 'number', 'extension'] },
    number: textOrNull,
    extension: textOrNull,
    trunk: textOrNull,
    outgoingRule: textOrNull,
    next: { type: ['object', 'null'], properties: { flow: text, component: textOrNull } },
  },
};

const listOf = (properties: Json): Json => ({
  type: 'array',
  items: { type: 'object', required: Object.keys(properties), properties },
});

const SIMULATED_CALL: Json = {
  type: 'object',
  required: [
    'startedAt',
    'now',
    'flow',
    'component',
    'talking',
    'heard',
    'timer',
    'target',
    'end',
    'possible',
    'steps',
  ],
  properties: {
    startedAt: instant,
    now: number,
    flow: text,
    component: text,
    answered: { type: 'boolean' },
    talking: { type: 'boolean' },
    digits: text,
    heard: listOf({ who: { enum: ['person', 'target'] }, prompt: text }),
    timer: {
      type: ['object', 'null'],
      required: ['kind', 'at'],
      properties: { kind: { enum: ['firstDigit', 'interDigit', 'ring', 'stay', 'other'] }, at: number },
    },
    target: {
      type: ['object', 'null'],
      required: ['via', 'user', 'shows'],
      properties: { via: text, user: text, shows: text },
    },
    end: SIMULATED_END,
    possible: { type: 'array', items: text },
    steps: listOf({
      event: SIMULATED_EVENT,
      at: number,
      ignored: { type: 'boolean' },
      notes: { type: 'array', items: NOTE },
      entered: { type: 'array', items: text },
    }),
  },
};

export function flowSchemas(): Record<string, unknown> {
  return {
    FlowVerdict: {
      type: 'object',
      required: ['mistakes', 'elsewhere', 'warnings'],
      properties: { mistakes, elsewhere: mistakes, warnings: mistakes },
    },
    FlowVersion: {
      type: 'object',
      required: ['version', 'at', 'actor', 'components'],
      properties: { ...VERSION_FIELDS, components: { type: 'integer' } },
    },
    KeptFlow: {
      type: 'object',
      required: ['version', 'at', 'actor', 'flow'],
      properties: { ...VERSION_FIELDS, flow: reference('Flow') },
    },
    SimulatedCall: SIMULATED_CALL,
  };
}

export function flowPaths(): Record<string, Json> {
  const name = pathParameter('name');
  /** What is wrong with a draft is for the answer of the validation; what is played through has to be right. */
  const simulation = nullable(jsonSchema(simulationRequest)) as { properties: Json };
  return {
    '/api/v1/flows/validate': {
      post: operation(
        'Whether a flow would be taken as it is; nothing is stored',
        { requestBody: body(nullable(jsonSchema(validationRequest)) as Json) },
        { 200: answer('What is wrong with it, and what would be wrong elsewhere', reference('FlowVerdict')) },
      ),
    },
    '/api/v1/flows/simulate': {
      post: operation(
        'A call through a flow that nobody makes, event by event; nothing is kept of it',
        { requestBody: body({ ...simulation, properties: { ...simulation.properties, flow: reference('Flow') } }) },
        { 200: answer('Where it is, what is heard, which timer runs', reference('SimulatedCall')) },
      ),
    },
    '/api/v1/flows/{name}/versions': {
      get: operation(
        'What it has been: the last fifty versions, the latest first unless `sort` says otherwise',
        { parameters: [name, ...listParameters(listQuery, {})] },
        { 200: answer('A page', pageOf(reference('FlowVersion'))) },
      ),
    },
    '/api/v1/flows/{name}/versions/{version}': {
      get: operation(
        'One of them; to restore it, PUT it to the flow',
        { parameters: [name, pathParameter('version')] },
        { 200: answer('It', reference('KeptFlow')) },
      ),
    },
  };
}
