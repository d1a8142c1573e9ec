/** What `/api/v1/route` answers, for the description of the API. */

import { SENTENCE } from './openapi-parts.ts';

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const instant = { type: 'string', format: 'date-time' };
const callerId = { type: 'object', properties: { number: text, name: textOrNull } };

export const RULE_TRIAL = {
  type: 'object',
  properties: {
    rule: text,
    number: { type: 'object', properties: { received: text, e164: textOrNull } },
    at: instant,
    routes: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          route: { type: 'integer' },
          match: text,
          matchOn: { enum: ['e164', 'received'] },
          subject: textOrNull,
          verdict: { enum: ['taken', 'no-match', 'unreadable', 'closed', 'not-reached'] },
          hours: textOrNull,
          groups: { type: 'array', items: text },
          rewrite: textOrNull,
        },
      },
    },
    trunks: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          trunk: text,
          percent: { type: ['integer', 'null'] },
          user: text,
          callerId,
          callerIdChange: { enum: ['not-allowed', 'missing', 'refused', null] },
        },
      },
    },
    refusal: {
      type: ['object', 'null'],
      required: ['gate', 'text', 'sentences'],
      properties: { gate: text, text, sentences: { type: 'array', items: SENTENCE } },
    },
  },
};
