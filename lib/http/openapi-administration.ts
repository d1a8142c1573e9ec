/** Users, keys, webhooks, retention, CSV: described. */

import type { z } from 'zod';
import {
  erasureRequest,
  holdRequest,
  journalQuery,
  keyRequest,
  originRequest,
  passwordChange,
  passwordProof,
  preferencesRequest,
  retentionRequest,
  signInRequest,
  totpCode,
  userRequest,
  webhookRequest,
} from '../schema/administration.ts';
import { ANSWERS } from '../schema/answers.ts';
import {
  bulkRequest,
  callbackQuery,
  importQuery,
  listQuery,
  promptRemovalQuery,
  promptUploadQuery,
  recordingQuery,
} from '../schema/requests.ts';
import {
  answer,
  body,
  type Json,
  jsonSchema,
  listParameters,
  nullable,
  operation,
  pageOf,
  pathParameter,
  queryParameters,
  reference,
  text,
} from './openapi-parts.ts';

const REQUESTS: Record<string, z.ZodType> = {
  SignIn: signInRequest,
  PasswordChange: passwordChange,
  PasswordProof: passwordProof,
  PreferencesRequest: preferencesRequest,
  TotpCode: totpCode,
  UserRequest: userRequest,
  ApiKeyRequest: keyRequest,
  CorsOriginRequest: originRequest,
  WebhookRequest: webhookRequest,
  RetentionRequest: retentionRequest,
  HoldRequest: holdRequest,
  ErasureRequest: erasureRequest,
  BulkRequest: bulkRequest,
};
/** A user that is made needs what one that is replaced may keep. */
const NEW_USER = { allOf: [reference('UserRequest'), { required: ['password'] }] };

export const administrationSchemas = (): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(REQUESTS).map(([name, schema]) => [name, nullable(jsonSchema(schema))])),
  NewUserRequest: NEW_USER,
  ...Object.fromEntries(Object.entries(ANSWERS).map(([name, schema]) => [name, jsonSchema(schema)])),
});

type Answered = keyof typeof ANSWERS;
const ask = (name: string): Json => ({ requestBody: body(reference(name)) });
const ok = (name: Answered, status = 200, description = 'It'): Record<string, Json> => ({
  [status]: answer(description, reference(name)),
});
const nothing = (description: string): Record<string, Json> => ({ 204: { description } });
const page = (name: Answered): Record<string, Json> => ({ 200: answer('A page', pageOf(reference(name))) });
const journalList = { parameters: queryParameters(journalQuery) };

function sessionPaths(): Record<string, Json> {
  return {
    '/api/v1/session': {
      post: operation('Sign in; a cookie is set', { ...ask('SignIn'), security: [] }, ok('Session', 201, 'Signed in')),
      get: operation('Who I am, and what I may', {}, ok('Session')),
      delete: operation('Sign out', {}, nothing('Signed out')),
    },
    '/api/v1/session/password': {
      put: operation('Change my password; my other sessions end', ask('PasswordChange'), nothing('Changed')),
    },
    '/api/v1/session/totp': {
      post: operation('Begin a second factor', ask('PasswordProof'), ok('TotpSecret', 201, 'Not in force yet')),
      put: operation('Confirm it by a code', ask('TotpCode'), ok('RecoveryCodes', 200, 'In force; shown once')),
      delete: operation('Remove it', ask('PasswordProof'), nothing('Removed')),
    },
    '/api/v1/sessions': {
      get: operation('Where I am signed in, the last used session first', {}, ok('Sessions')),
      delete: operation('End my other sessions', {}, ok('EndedSessions', 200, 'How many')),
    },
    '/api/v1/users/{name}/unlock': {
      post: operation(
        'Let a user try again after too many wrong passwords',
        { parameters: [pathParameter('name')] },
        ok('User', 200, 'He may try'),
      ),
    },
    '/api/v1/session/preferences': {
      get: operation('What pages keep for me', {}, ok('Preferences')),
      put: operation('Replace it', ask('PreferencesRequest'), ok('Preferences')),
    },
    '/api/v1/roles': { get: operation('What each role may', {}, ok('Roles')) },
  };
}

interface Described {
  path: string;
  key: string;
  noun: string;
  request: string;
  /** Of one that is added, where it is another. */
  addition?: string;
  item: Answered;
  added: Answered;
  replaced: boolean;
}

const KEPT: Described[] = [
  {
    path: 'users',
    key: 'name',
    noun: 'user',
    request: 'UserRequest',
    addition: 'NewUserRequest',
    item: 'User',
    added: 'User',
    replaced: true,
  },
  {
    path: 'api-keys',
    key: 'id',
    noun: 'API key',
    request: 'ApiKeyRequest',
    item: 'ApiKey',
    added: 'NewApiKey',
    replaced: false,
  },
  {
    path: 'cors-origins',
    key: 'name',
    noun: 'origin whose pages may use the API',
    request: 'CorsOriginRequest',
    item: 'CorsOrigin',
    added: 'CorsOrigin',
    replaced: true,
  },
  {
    path: 'webhooks',
    key: 'name',
    noun: 'webhook',
    request: 'WebhookRequest',
    item: 'Webhook',
    added: 'NewWebhook',
    replaced: true,
  },
  {
    path: 'holds',
    key: 'name',
    noun: 'number of which nothing is taken away',
    request: 'HoldRequest',
    item: 'Hold',
    added: 'Hold',
    replaced: false,
  },
];

function keptPaths({
  path,
  key,
  noun,
  request,
  addition = request,
  item,
  added,
  replaced,
}: Described): Record<string, Json> {
  const parameters = [pathParameter(key)];
  const put = { put: operation(`Replace: ${noun}`, { parameters, ...ask(request) }, ok(item)) };
  return {
    [`/api/v1/${path}`]: {
      get: operation(`List: ${noun}`, { parameters: listParameters(listQuery, jsonSchema(ANSWERS[item])) }, page(item)),
      post: operation(`Add: ${noun}`, ask(addition), ok(added, 201, 'Added')),
    },
    [`/api/v1/${path}/{${key}}`]: {
      get: operation(`Read: ${noun}`, { parameters }, ok(item)),
      ...(replaced ? put : {}),
      delete: operation(`Remove: ${noun}`, { parameters }, nothing('Removed')),
    },
  };
}

function journalPaths(): Record<string, Json> {
  const id = { parameters: [pathParameter('id')] };
  const deliveries = { parameters: [pathParameter('name'), ...queryParameters(journalQuery)] };
  return {
    '/api/v1/audit': {
      get: operation(
        'Who changed what, the latest first unless `sort` says otherwise',
        journalList,
        page('AuditEntry'),
      ),
    },
    '/api/v1/audit/{id}': { get: operation('One change', id, ok('AuditEntry')) },
    '/api/v1/errors': {
      get: operation('What went wrong, the latest first unless `sort` says otherwise', journalList, page('ErrorEntry')),
    },
    '/api/v1/errors/{id}': { get: operation('One error', id, ok('ErrorEntry')) },
    '/api/v1/webhooks/{name}/test': {
      post: operation('Post an event that means nothing', { parameters: [pathParameter('name')] }, ok('Delivery')),
    },
    '/api/v1/webhooks/{name}/deliveries': {
      get: operation(
        'What was delivered, the latest first unless `sort` says otherwise',
        deliveries,
        page('LoggedDelivery'),
      ),
    },
    '/api/v1/webhooks/{name}/deliveries/{id}/resend': {
      post: operation(
        'Post it once more',
        { parameters: [pathParameter('name'), pathParameter('id')] },
        ok('Delivery'),
      ),
    },
    '/api/v1/retention': {
      get: operation('How many days what is kept; 0: for ever', {}, ok('Retention')),
      put: operation('Replace it', ask('RetentionRequest'), ok('Retention')),
    },
    '/api/v1/erasures': {
      post: operation('Erase everything of a number', ask('ErasureRequest'), ok('Erasure', 200, 'How many')),
    },
  };
}

const FILES: Array<[string, string, Answered, z.ZodType | null]> = [
  ['callbacks', 'Callbacks', 'CallbackImport', callbackQuery],
  ['callback-rules', 'Callback rules', 'SectionImport', null],
  ['inbound-numbers', 'Inbound numbers', 'SectionImport', null],
  ['suppressions', 'Numbers that are not called', 'SuppressionImport', null],
];

function filePaths(): Record<string, Json> {
  const csv = { content: { 'text/csv': { schema: text } } };
  const parameters = queryParameters(importQuery);
  return Object.fromEntries(
    FILES.map(([path, noun, imported, query]) => [
      `/api/v1/${path}.csv`,
      {
        get: operation(`${noun} as CSV`, query === null ? {} : { parameters: queryParameters(query) }, {
          200: { description: 'A file', ...csv },
        }),
        post: operation(`Import: ${noun}`, { parameters, requestBody: { required: true, ...csv } }, ok(imported)),
      },
    ]),
  );
}

function promptPaths(): Record<string, Json> {
  const sound = { content: { 'audio/wav': { schema: { type: 'string', format: 'binary' } } } };
  const one = [pathParameter('language'), pathParameter('name')];
  const upload = { parameters: queryParameters(promptUploadQuery), requestBody: { required: true, ...sound } };
  return {
    '/api/v1/prompts': {
      get: operation(
        'Recordings, with who names them; of those that cover each other the one that is played',
        { parameters: listParameters(listQuery, jsonSchema(ANSWERS.Prompt)) },
        page('Prompt'),
      ),
      post: operation(
        'Upload a recording: WAV of any usual kind, 10 MB and 5 minutes at most',
        upload,
        ok('Prompt', 201, 'Kept, for all nodes'),
      ),
    },
    '/api/v1/prompts/{language}/{name}': {
      get: operation('Listen to it', { parameters: one }, { 200: { description: 'A WAV file', ...sound } }),
      delete: operation(
        'Remove one that was uploaded',
        { parameters: [...one, ...queryParameters(promptRemovalQuery)] },
        nothing('Removed'),
      ),
    },
  };
}

function callbackPaths(): Record<string, Json> {
  const one = { parameters: [pathParameter('id')] };
  const wav = { content: { 'audio/wav': { schema: { type: 'string', format: 'binary' } } } };
  return {
    '/api/v1/recordings': {
      get: operation(
        'What was recorded, the latest first unless `sort` says otherwise',
        { parameters: queryParameters(recordingQuery) },
        page('Recording'),
      ),
    },
    '/api/v1/recordings/{id}': {
      get: operation('One recording', one, ok('Recording')),
      delete: operation('Remove a recording', one, nothing('Removed')),
    },
    '/api/v1/recordings/{id}/audio': {
      get: operation('Hear it; the audit trail tells who has', one, {
        200: { description: 'WAV, linear 16 bits at 8 kHz; of two people the caller on the left', ...wav },
        206: { description: 'The part that Range asks for', ...wav },
      }),
    },
    '/api/v1/callbacks/bulk': { post: operation('Change many', ask('BulkRequest'), ok('Bulk', 200, 'One by one')) },
    '/api/v1/callbacks/{id}/events': { get: operation('What happened', one, ok('Events')) },
    '/api/v1/callbacks/{id}/ladder': { get: operation('The SIP messages of its legs', one, ok('Ladder')) },
    '/api/v1/callbacks/{id}/decision': { get: operation('What was decided, and why', one, ok('Decision')) },
  };
}

export function administrationPaths(): Record<string, Json> {
  return Object.assign(
    {},
    sessionPaths(),
    ...KEPT.map(keptPaths),
    journalPaths(),
    filePaths(),
    promptPaths(),
    callbackPaths(),
  );
}
