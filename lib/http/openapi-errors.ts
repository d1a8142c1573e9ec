/** Which errors each operation answers with: out of who may use it, what it asks for, and what stands in its way. */

import { accessOf } from './access/route-access.ts';
import { answer, type Json, reference, text } from './openapi-parts.ts';
import { RESOURCES } from './resource-routes.ts';

type Methods = Record<string, Json>;

const MEANINGS: Record<number, string> = {
  400: 'The address, a parameter or the body is not right',
  401: 'Nobody has signed in, or not rightly',
  403: 'Not allowed: the permission, the token against forged requests, or the inbound number is missing; or a rule stands against it',
  404: 'It is not there, or not yours to see',
  409: 'It does not go together with what there is',
  412: 'It was changed since it was read (If-Match)',
  413: 'The body is too large',
  415: 'The body is of another kind',
  416: 'It has no such part (Range)',
  429: 'Too many requests, or too many wrong passwords: Retry-After says when to come again',
  503: 'The store can not be reached, or there is too much to do',
};

const API = '/api/v1';
const resources = Object.keys(RESOURCES);
const DOCUMENTS = ['users', 'cors-origins', 'webhooks'];
const CHANGES = ['cancel', 'reschedule', 'retry'].map((word) => `POST ${API}/callbacks/{id}/${word}`);

/** In part, too. */
const AUDIO = `GET ${API}/recordings/{id}/audio`;

/** If-Match is heeded. */
const CONDITIONAL = new Set([
  ...[...resources, ...DOCUMENTS].flatMap((path) => [`PUT ${API}/${path}/{name}`, `DELETE ${API}/${path}/{name}`]),
  `PUT ${API}/configuration`,
  `PUT ${API}/retention`,
  `PUT ${API}/session/preferences`,
  `DELETE ${API}/api-keys/{id}`,
  `DELETE ${API}/holds/{name}`,
  `DELETE ${API}/suppressions/{number}`,
  `DELETE ${API}/prompts/{language}/{name}`,
  `PATCH ${API}/switches`,
  ...CHANGES,
]);

const CONFLICTING = new Set([
  ...[...resources, ...DOCUMENTS, 'api-keys', 'holds'].map((path) => `POST ${API}/${path}`),
  ...resources.map((path) => `PUT ${API}/${path}/{name}`),
  // nothing refers to a rule
  ...resources.filter((path) => path !== 'callback-rules').map((path) => `DELETE ${API}/${path}/{name}`),
  `PUT ${API}/configuration`,
  `PUT ${API}/users/{name}`,
  `DELETE ${API}/users/{name}`,
  `POST ${API}/session/totp`,
  `PUT ${API}/session/totp`,
  `POST ${API}/erasures`,
  `POST ${API}/prompts`,
  `DELETE ${API}/prompts/{language}/{name}`,
  `DELETE ${API}/recordings/{id}`,
  AUDIO,
  `POST ${API}/extensions/{name}/provisioning`,
  ...CHANGES,
]);

/** They name something that may not be there, though not in the address. */
const SEEKING = new Set([`GET ${API}/explain`, `GET ${API}/route`, `GET ${API}/shadow`, `PATCH ${API}/switches`]);

/** Reading it is for people with a session alone. */
const OF_A_PERSON = `GET ${API}/sessions`;

const IF_MATCH: Json = { name: 'if-match', in: 'header', required: false, schema: text };
const parametersOf = ({ parameters }: Json): Json[] => (Array.isArray(parameters) ? (parameters as Json[]) : []);

function errorsOf(method: string, path: string, operation: Json): number[] {
  const name = `${method} ${path}`;
  const needs = accessOf(method, path.replace(/\{(\w+)\}/g, ':$1'))?.needs ?? 'open';
  const isSignIn = name === `POST ${API}/session`;
  const isApi = needs !== 'open' || isSignIn;
  const isWrite = method !== 'GET';
  const hasBody = operation['requestBody'] !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const asks = parametersOf(operation).some((one) => one['in'] === 'query');
  const seeks = path.includes('{') || SEEKING.has(name);
  const statuses: Array<[number, boolean]> = [
    // also an address that can't be decoded
    [400, isWrite || asks || path.includes('{')],
    [401, isApi],
    [403, isApi && (isWrite || needs !== 'known' || name === OF_A_PERSON)],
    [404, seeks],
    [409, CONFLICTING.has(name)],
    [412, CONDITIONAL.has(name)],
    [413, hasBody],
    [415, hasBody],
    [416, name === AUDIO],
    [429, isApi],
    [503, isApi],
  ];
  return statuses.filter(([, is]) => is).map(([status]) => status);
}

function withErrors(method: string, path: string, operation: Json): Json {
  const errors = errorsOf(method, path, operation).map((status) => [
    status,
    answer(MEANINGS[status] ?? '', reference('Error')),
  ]);
  const named = parametersOf(operation);
  const parameters = CONDITIONAL.has(`${method} ${path}`) ? [...named, IF_MATCH] : named;
  return {
    ...operation,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { ...Object.fromEntries(errors), ...(operation['responses'] as Json) },
  };
}

/** The paths, each operation with its errors. */
export function describingErrors(paths: Record<string, Methods>): Record<string, Methods> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [
          method,
          withErrors(method.toUpperCase(), path, operation),
        ]),
      ),
    ]),
  );
}
