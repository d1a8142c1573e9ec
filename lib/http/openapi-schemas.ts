/** What the API answers with, as schemas by name. */

import { OUTCOMES } from '../core/call/outcome.ts';
import { CALLBACK_STATES } from '../schema/requests.ts';
import { CALLBACK_SCHEMAS, TARGET } from './openapi-callbacks.ts';
import { instant, instantOrNull, type Json, MISTAKE, SENTENCE, text, textOrNull } from './openapi-parts.ts';
import { RULE_TRIAL } from './rule-trial-schema.ts';

export const SCHEMAS: Record<string, Json> = {
  Error: {
    type: 'object',
    required: ['error', 'correlationId'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: {
          code: text,
          message: text,
          path: text,
          mistakes: { type: 'array', items: MISTAKE },
          reason: SENTENCE,
        },
      },
      correlationId: text,
    },
  },
  RuleTrial: RULE_TRIAL,
  ...CALLBACK_SCHEMAS,
  Promise: {
    type: 'object',
    required: ['id', 'state', 'dueAt'],
    properties: { id: text, state: { enum: [...CALLBACK_STATES] }, dueAt: instant },
  },
  Callback: {
    type: 'object',
    required: ['id', 'state', 'dueAt', 'number'],
    properties: {
      id: text,
      state: { enum: [...CALLBACK_STATES] },
      outcome: { enum: [...OUTCOMES, null] },
      reason: textOrNull,
      rule: textOrNull,
      origin: text,
      method: text,
      number: text,
      e164: textOrNull,
      callerName: textOrNull,
      inboundNumber: textOrNull,
      source: textOrNull,
      target: TARGET,
      next: { type: ['object', 'null'], properties: { flow: text, component: textOrNull } },
      attemptCount: { type: 'integer' },
      dueAt: instant,
      acceptedAt: instant,
      promisedAt: instantOrNull,
      expiresAt: instant,
      answeredAt: instantOrNull,
      connectedAt: instantOrNull,
      doneAt: instantOrNull,
      userData: { type: ['object', 'null'] },
    },
  },
  Registration: {
    type: 'object',
    required: ['extension', 'contact', 'reachedAt', 'q', 'expiresAt'],
    properties: {
      extension: text,
      contact: text,
      reachedAt: text,
      path: { type: 'array', items: text },
      q: { type: 'number', minimum: 0, maximum: 1 },
      registeredAt: instant,
      expiresAt: instant,
      userAgent: textOrNull,
    },
  },
  ShadowRecord: {
    allOf: [
      { $ref: '#/components/schemas/Explanation' },
      {
        type: 'object',
        required: ['id', 'at', 'callId', 'peer'],
        properties: { id: text, at: instant, callId: text, peer: text, source: textOrNull, joins: textOrNull },
      },
    ],
  },
  Suppression: {
    type: 'object',
    required: ['number', 'reason', 'source', 'createdAt', 'expiresAt'],
    properties: { number: text, reason: text, source: text, createdAt: instant, expiresAt: instantOrNull },
  },
};
