/** One callback with all that happened to it, and the dry run of a call, as schemas. */

import { instant, instantOrNull, type Json, reference, SENTENCE, text, textOrNull } from './openapi-parts.ts';

const numberOrNull: Json = { type: ['number', 'null'] };
const callerId: Json = { type: 'object', required: ['number'], properties: { number: text, name: textOrNull } };
const target: Json = {
  type: ['object', 'null'],
  properties: { number: textOrNull, extension: textOrNull, trunk: textOrNull, outgoingRule: textOrNull },
};

export const TARGET = target;

const EXPLANATION: Json = {
  type: 'object',
  required: ['to', 'outcome', 'candidates', 'shown', 'steps'],
  properties: {
    to: text,
    from: { type: 'object', properties: { received: text, e164: textOrNull } },
    country: textOrNull,
    outcome: { enum: ['callback', 'flow', 'refused'] },
    status: numberOrNull,
    q850Cause: numberOrNull,
    reject: {
      type: ['object', 'null'],
      properties: {
        status: { type: 'integer' },
        reason: { type: ['object', 'null'], properties: { protocol: text, cause: { type: 'integer' }, text } },
      },
    },
    gate: textOrNull,
    inboundNumber: textOrNull,
    rule: textOrNull,
    flow: textOrNull,
    method: { enum: ['caller', 'number', 'extension', null] },
    target,
    candidates: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind'],
        properties: { kind: { enum: ['trunk', 'extension'] }, trunk: text, user: text, extension: text },
      },
    },
    shown: { type: 'array', items: { type: 'object', properties: { callerId, callerIdChange: textOrNull } } },
    callerId: { anyOf: [callerId, { type: 'null' }] },
    language: textOrNull,
    mode: { enum: ['reject', 'ring', 'missedCall', null] },
    ringSeconds: numberOrNull,
    delaySeconds: numberOrNull,
    dueAt: instantOrNull,
    expiresAt: instantOrNull,
    steps: {
      type: 'array',
      items: {
        type: 'object',
        required: ['step', 'verdict', 'text'],
        properties: {
          step: text,
          verdict: { enum: ['passed', 'refused', 'chosen', 'skipped'] },
          text,
          sentences: { type: 'array', items: SENTENCE },
        },
      },
    },
  },
};

const ATTEMPT: Json = {
  type: 'object',
  required: ['id', 'number', 'plannedAt'],
  properties: {
    id: text,
    number: { type: 'integer' },
    plannedAt: instant,
    dialledAt: instantOrNull,
    answeredAt: instantOrNull,
    endedAt: instantOrNull,
    via: textOrNull,
    dialled: textOrNull,
    outcome: textOrNull,
    reason: textOrNull,
    status: numberOrNull,
    q850Cause: numberOrNull,
    sent: { type: ['object', 'null'] },
  },
};

const count: Json = { type: 'integer' };
const counts: Json = { type: 'object', additionalProperties: count };
const tally: Json = { accepted: count, dialled: count, outcomes: counts, reasons: counts };
const TALLY = ['accepted', 'dialled', 'outcomes', 'reasons'];

const STATISTICS: Json = {
  type: 'object',
  required: ['from', 'to', 'knownSince', 'slotSeconds', 'totals', 'latenessMs', 'slots'],
  properties: {
    from: instant,
    to: instant,
    knownSince: instant,
    slotSeconds: count,
    totals: { type: 'object', required: TALLY, properties: tally },
    latenessMs: {
      type: ['object', 'null'],
      required: ['p50', 'p99', 'most'],
      properties: { p50: count, p99: count, most: count },
    },
    slots: {
      type: 'array',
      items: { type: 'object', required: ['at', ...TALLY], properties: { at: instant, ...tally } },
    },
  },
};

export const CALLBACK_SCHEMAS: Record<string, Json> = {
  Attempt: ATTEMPT,
  CallbackEvent: {
    type: 'object',
    required: ['at', 'type', 'attemptId', 'detail'],
    properties: { at: instant, type: text, attemptId: textOrNull, detail: { type: 'object' } },
  },
  CallbackDetail: {
    allOf: [
      reference('Callback'),
      {
        type: 'object',
        required: ['attempts', 'events'],
        properties: {
          attempts: { type: 'array', items: reference('Attempt') },
          events: { type: 'array', items: reference('CallbackEvent') },
        },
      },
    ],
  },
  Explanation: EXPLANATION,
  WireText: {
    type: 'object',
    required: ['legId', 'at', 'direction', 'summary', 'peer', 'text'],
    properties: {
      legId: text,
      at: instant,
      direction: { enum: ['sent', 'received'] },
      summary: text,
      peer: text,
      text,
    },
  },
  Statistics: STATISTICS,
};
