/**
 * What comes in one dialog of a bridge and is for the other side: INFO, MESSAGE, NOTIFY, by drachtio-fn-b2b-sugar 0.2.1; nothing
 * else imports it.
 *
 * Its `forwardInDialogRequests` is used, for dialogs of ours that stand in for those of srf. What it lacks is done here: it
 * copies all headers (Contact, Route and Authorization among them), so it gets to see those alone that may be passed on; a
 * request that could not be forwarded it never answers, so ours never fail; it knows no bounds; it listens to no BYE here,
 * since who ends a call is decided elsewhere.
 *
 * Its `Simring` is not used (`leg/forked-call.ts` says why), nor is `transfer`: that calls whatever address a Refer-To names,
 * goes on after it has refused, answers nobody whose REFER has no Referred-By, takes no NOTIFY's failure to heart, and
 * finds the call to be replaced by a method that srf does not have any more.
 */

import { EventEmitter } from 'node:events';
import sugar from 'drachtio-fn-b2b-sugar';
import type { DialogAnswer, DialogRequest } from './leg/dialog-client.ts';
import type { IncomingRequest, OutgoingResponse } from './link.ts';
import { contentTypeOf, type MessageHead, printable } from './message/message-head.ts';
import { infoDigit, infoDigitTypes } from './message/session-body.ts';

/** The part of a leg that is forwarded to and from. */
export interface ForwardingLeg {
  request(request: DialogRequest): Promise<DialogAnswer>;
  respond(request: IncomingRequest, response: OutgoingResponse): void;
  /** Its dialog is gone. */
  abandon(reason: { cause: number; text: string }, text: string): void;
  /** A key by RFC 4733. */
  sendDigit(digit: string): void;
}

interface SugarRequest {
  headers: Record<string, string>;
  body: string;
}
interface SugarResponse {
  send(status: number, options: { headers: Record<string, string>; body: string }): void;
}

export const forwardedMethods: readonly string[] = ['INFO', 'MESSAGE', 'NOTIFY'];
const passedOn = [
  'content-type',
  'content-disposition',
  'content-language',
  'event',
  'subscription-state',
  'info-package',
  'subject',
];
const maxValueLength = 512;
const maxBodyBytes = 4096;
/** Of one side; a peer that does not answer must not fill our memory. */
const maxPending = 4;
const refused: OutgoingResponse = { status: 500, headers: { 'Retry-After': '2' } };

/** Called so because b2b-sugar looks at the name. */
class Dialog extends EventEmitter {
  other!: Dialog;
  readonly #leg: ForwardingLeg;
  #pending = 0;

  constructor(leg: ForwardingLeg) {
    super();
    this.#leg = leg;
  }

  /** A request that came in this dialog. */
  forward(request: IncomingRequest): void {
    if (this.#pending >= maxPending) return this.#leg.respond(request, refused);
    if (Buffer.byteLength(request.body) > maxBodyBytes) return this.#leg.respond(request, { status: 413 });
    this.#pending += 1;
    const send: SugarResponse['send'] = (status, { headers, body }) => {
      this.#pending -= 1;
      this.#leg.respond(request, responseOf(status, headers['Content-Type'] ?? '', body));
    };
    this.emit(request.method.toLowerCase(), { headers: headersOf(request.head), body: request.body }, { send });
  }

  /** For b2b-sugar: a request that goes out in this dialog. Never rejects, and is answered in the time of a transaction. */
  async request({ method, headers, body }: SugarRequest & { method: string }) {
    const { 'content-type': contentType = '', ...others } = headers;
    const named = contentType === '' ? others : { ...others, 'Content-Type': contentType };
    const answer = await this.#leg.request({
      method,
      headers: named,
      body: body === '' || contentType === '' ? null : body,
    });
    if (answer.type === 'lost') {
      this.#leg.abandon({ cause: 102, text: 'No answer' }, answer.text);
      return answered(480, '', '');
    }
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
    const digit = method === 'INFO' && infoDigitTypes.includes(type) ? infoDigit(type, body) : null;
    if (answer.status >= 300 && digit !== null) {
      // A peer that takes no INFO may take keys all the same
      this.#leg.sendDigit(digit);
      return answered(200, '', '');
    }
    return answered(answer.status, contentTypeOf(answer.head), answer.body);
  }
}

/** What b2b-sugar asks a response of srf for. */
function answered(status: number, contentType: string, body: string) {
  return { status, body, has: () => contentType !== '', get: () => contentType };
}

function headersOf(head: MessageHead): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of passedOn) {
    const value = printable(head.first(name) ?? '').slice(0, maxValueLength);
    if (value !== '') headers[name] = value;
  }
  return headers;
}

/** A body without a type would be taken for SDP. */
function responseOf(status: number, contentType: string, body: string): OutgoingResponse {
  const isWhole = contentType !== '' && body !== '' && Buffer.byteLength(body) <= maxBodyBytes;
  return isWhole ? { status, headers: { 'Content-Type': printable(contentType) }, body } : { status };
}

/** Both ways between two legs, for as long as they are bridged. */
export class Forwarding {
  readonly #dialogs: ReadonlyMap<ForwardingLeg, Dialog>;

  constructor(one: ForwardingLeg, other: ForwardingLeg) {
    const [a, b] = [new Dialog(one), new Dialog(other)];
    a.other = b;
    b.other = a;
    sugar.forwardInDialogRequests(
      a,
      forwardedMethods.map((method) => method.toLowerCase()),
    );
    this.#dialogs = new Map([
      [one, a],
      [other, b],
    ]);
  }

  forward(from: ForwardingLeg, request: IncomingRequest): void {
    this.#dialogs.get(from)?.forward(request);
  }
}
