/** The catalogue of errors that the API answers with. Codes are stable; texts are for people. */

import { type Flaw, flawText, type Mistake, mistake } from '../core/mistake.ts';

export const ERRORS = {
  'malformed-request': 400,
  'malformed-body': 400,
  invalid: 400,
  unauthorized: 401,
  'cross-site': 403,
  csrf: 403,
  forbidden: 403,
  refused: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'already-exists': 409,
  'in-use': 409,
  conflict: 409,
  'precondition-failed': 412,
  'body-too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  'too-many-attempts': 429,
  'rate-limited': 429,
  internal: 500,
  draining: 503,
  overloaded: 503,
  'store-unavailable': 503,
  'too-many-streams': 503,
} as const;
export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** The field, as in `callbackRules[0].trunk`. */
  path?: string;
  /** All of them, the first one being `path` and the message. */
  mistakes?: Mistake[];
  /** The message for those who word it themselves. */
  reason?: Flaw;
  /** A finer word than the code, e.g. of a refusal: it replaces `code` in the answer. */
  publicCode?: string;
  headers?: Record<string, string>;
  /** For the log alone. */
  cause?: unknown;
}

/** An answer that is not the wanted one. `message` is public. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.status = ERRORS[code];
    this.detail = detail;
  }

  body(correlationId: string): object {
    const { path, mistakes, publicCode, reason } = this.detail;
    return {
      error: {
        code: publicCode ?? this.code,
        message: this.message,
        ...(reason === undefined ? {} : { reason }),
        ...(path === undefined ? {} : { path }),
        ...(mistakes === undefined ? {} : { mistakes }),
      },
      correlationId,
    };
  }
}

const MOST_SHOWN_MISTAKES = 100;

/** All mistakes of a body, query or configuration. */
export function mistaken(mistakes: readonly Mistake[], code: ErrorCode = 'invalid', text = ''): ApiError {
  const first = mistakes[0] ?? mistake('', 'not-right');
  const message = text !== '' ? text : `${first.path === '' ? 'the whole' : first.path}: ${first.message}`;
  return new ApiError(code, message, { path: first.path, mistakes: mistakes.slice(0, MOST_SHOWN_MISTAKES) });
}

/** What stands in the way of a request that is right. */
export function conflict(reason: Flaw, message = flawText(reason)): ApiError {
  return new ApiError('conflict', message, { reason });
}

/** What fastify throws, in our words. */
const FASTIFY_CODES: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'the body has to be application/json (of an import: text/csv; of a recording: audio/wav)',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'body-too-large',
    'the body is too large (1 MiB; a whole configuration 8 MiB; a recording 10 MB)',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed-request', 'the body is not as long as Content-Length says'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-body', 'the body is not JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-body', 'the body is empty'],
  FST_ERR_BAD_URL: ['malformed-request', 'the address can not be decoded'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri-too-long', 'the address is too long'],
};

function fieldOf(error: unknown, field: string): unknown {
  return typeof error === 'object' && error !== null && field in error
    ? (error as Record<string, unknown>)[field]
    : undefined;
}

/** Anything thrown, as an answer that gives nothing away. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = fieldOf(error, 'code');
  const known = typeof code === 'string' && Object.hasOwn(FASTIFY_CODES, code) ? FASTIFY_CODES[code] : undefined;
  if (known !== undefined) return new ApiError(known[0], known[1], { cause: error });
  if (code === 'STORE_UNAVAILABLE')
    return new ApiError('store-unavailable', 'the store can not be reached; nothing was changed', { cause: error });
  const status = fieldOf(error, 'statusCode');
  if (error instanceof SyntaxError && status === 400)
    return new ApiError('malformed-body', 'the body is not JSON, or has a key that is not allowed', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ApiError('malformed-request', 'the request can not be understood', { cause: error });
  return new ApiError('internal', 'something went wrong here; the log knows it by the correlationId', { cause: error });
}
