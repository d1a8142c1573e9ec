import { type Problem, readHead } from './head.ts';
import { HeaderList } from './header-list.ts';
import { DEFAULT_LIMITS, type MessageLimits } from './limits.ts';
import { SipMessage } from './sip-message.ts';
import { findProblem, hasAnswerableHeaders } from './validity.ts';

export { DEFAULT_LIMITS, type MessageLimits } from './limits.ts';
export { type FramerEvent, StreamFramer } from './stream-framer.ts';

/** Why a message is refused. */
export type Malformed = {
  ok: false;
  reason: string;
  /** What says so to the sender of a request; undefined when there is nobody to tell (a response, no SIP at all). */
  status?: 400 | 505 | 513;
  /** What could be read; there for a request that still has Via, From, To, Call-ID and CSeq, so that it can be answered. */
  message?: SipMessage;
};

export type ParseResult = { ok: true; message: SipMessage } | Malformed;

export type ParseOptions = {
  limits?: MessageLimits;
  /**
   * A message from a frame of its own which is completed later: no header is mandatory, Content-Length is ignored, the
   * body is everything behind the blank line.
   */
  isFragment?: boolean;
};

/**
 * Reads one whole message (RFC 3261 7), as a datagram or a framed piece of a stream holds it. Never throws, takes time
 * linear in the bytes. Line ends without CR are tolerated, UTF-8 stays as it is, bytes behind the Content-Length are cut
 * off (18.3). The body shares its memory with `bytes`.
 */
export function parseMessage(bytes: Buffer, options: ParseOptions = {}): ParseResult {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const isTooLarge = bytes.length > limits.maxMessageBytes;
  const head = readHead(isTooLarge ? bytes.subarray(0, limits.maxMessageBytes) : bytes, limits);
  if (head.start === undefined) return { ok: false, reason: head.problem?.reason ?? 'empty' };
  const message = new SipMessage(head.start, new HeaderList(head.lines), bytes.subarray(head.bodyAt));
  if (isTooLarge) return refuse(message, { reason: `larger than ${limits.maxMessageBytes} bytes`, status: 513 });
  if (head.problem !== undefined) return refuse(message, head.problem);
  if (options.isFragment === true) return { ok: true, message };
  const problem = head.hasBlankLine ? (findProblem(message, head.lines) ?? fitBody(message)) : NO_BLANK_LINE;
  return problem === undefined ? { ok: true, message } : refuse(message, problem);
}

const NO_BLANK_LINE: Problem = { reason: 'no blank line behind the headers', status: 400 };

/** Cuts the body to its Content-Length; without one the datagram ends it (RFC 3261 18.3). */
function fitBody(message: SipMessage): Problem | undefined {
  const written = message.get('content-length');
  if (written === undefined) return undefined;
  const length = Number(written);
  if (length > message.body.length) {
    return { reason: `Content-Length ${length}, but the body has ${message.body.length} bytes`, status: 400 };
  }
  if (length < message.body.length) message.body = message.body.subarray(0, length);
  return undefined;
}

function refuse(message: SipMessage, problem: Problem): Malformed {
  const { reason, status } = problem;
  if (!message.isRequest) return { ok: false, reason };
  return hasAnswerableHeaders(message) ? { ok: false, reason, status, message } : { ok: false, reason, status };
}
