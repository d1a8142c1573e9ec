/** One call of a test phone, from either side. */

import { randomBytes } from 'node:crypto';
import type { OutgoingCall, SipPhone } from './sip-phone.ts';
import {
  branchOf,
  cseqOf,
  formatSip,
  hostPortOf,
  parseSip,
  type SipHeaders,
  type SipText,
  tagOf,
  uriOf,
} from './sip-text.ts';
import type { Hop } from './sip-transactions.ts';

export interface ResponseOptions {
  phrase?: string;
  headers?: SipHeaders;
  body?: string | null;
  /** Another fork of the same call answers with another tag. */
  tag?: string;
  contact?: string | null;
}

export interface RequestAnswer {
  status: number;
  headers?: SipHeaders;
  body?: string;
}

type What = string | number | ((message: SipText) => boolean);
const PHRASES: Record<number, string> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  486: 'Busy Here',
  487: 'Request Terminated',
  603: 'Decline',
};

export class PhoneCall {
  readonly phone: SipPhone;
  readonly direction: 'incoming' | 'outgoing';
  readonly callId: string;
  readonly localTag: string;
  remoteTag: string;
  /** The INVITE, as it came or as it was sent first. */
  invite!: SipText;
  /** Everything that came in for this call, repeats included. */
  readonly received: SipText[] = [];
  /** False: the script answers BYE itself. */
  answersBye = true;
  /** False: a CANCEL gets its 200, but what becomes of the INVITE is up to the script. */
  obeysCancel = true;
  /** What in-dialog requests other than BYE get; null: the script answers, by `respondTo`. */
  onRequest: (request: SipText) => RequestAnswer | null = () => ({ status: 200 });
  #hop: Hop;
  #target: string;
  #routes: string[] = [];
  #cseq = 1;
  #isFinal = false;
  #sdp: string | null;
  readonly #inviteRaw: string;
  #reinviteRaw = '';
  readonly #waiting: Array<{ matches: (message: SipText) => boolean; resolve: (message: SipText) => void }> = [];

  private constructor(
    phone: SipPhone,
    about: {
      direction: 'incoming' | 'outgoing';
      callId: string;
      localTag: string;
      remoteTag: string;
      hop: Hop;
      target: string;
      raw: string;
      sdp: string | null;
    },
  ) {
    this.phone = phone;
    this.direction = about.direction;
    this.callId = about.callId;
    this.localTag = about.localTag;
    this.remoteTag = about.remoteTag;
    this.#hop = about.hop;
    this.#target = about.target;
    this.#inviteRaw = about.raw;
    this.#sdp = about.sdp;
  }

  static incoming(phone: SipPhone, invite: SipText, from: Hop): PhoneCall {
    const call = new PhoneCall(phone, {
      direction: 'incoming',
      callId: invite.get('call-id'),
      localTag: randomBytes(4).toString('hex'),
      remoteTag: tagOf(invite.get('from')),
      hop: from,
      target: uriOf(invite.get('contact')),
      raw: invite.raw,
      sdp: phone.sdp(),
    });
    call.invite = invite;
    call.#routes = invite.all('record-route');
    return call;
  }

  static outgoing(phone: SipPhone, options: OutgoingCall): PhoneCall {
    const callId = options.callId ?? randomBytes(8).toString('hex');
    const localTag = options.fromTag ?? randomBytes(4).toString('hex');
    const sdp = options.sdp === undefined ? phone.sdp() : options.sdp;
    const headers: SipHeaders = [
      ['Via', `${phone.via};branch=z9hG4bK${randomBytes(8).toString('hex')}`],
      ['Max-Forwards', '70'],
      ['From', `${options.from ?? `<${phone.uri}>`};tag=${localTag}`],
      ['To', `<${options.to}>`],
      ['Call-ID', callId],
      ['CSeq', '1 INVITE'],
      ['Contact', `<${phone.uri}>`],
      ...(options.headers ?? []),
      ...(sdp === null ? [] : [['Content-Type', options.contentType ?? 'application/sdp'] as const]),
    ];
    const raw = formatSip(`INVITE ${options.to} SIP/2.0`, headers, sdp ?? '');
    const hop = options.hop ?? hostPortOf(options.to);
    return new PhoneCall(phone, {
      direction: 'outgoing',
      callId,
      localTag,
      remoteTag: '',
      hop,
      target: options.to,
      raw,
      sdp,
    });
  }

  /** The peer's last SDP. */
  get remoteSdp(): string {
    return [...this.received, this.invite].findLast((message) => message.body.startsWith('v=0'))?.body ?? '';
  }

  start(): void {
    this.phone.request(this.#inviteRaw, this.#hop, (response, isRepeat) => this.#inviteResponse(response, isRepeat));
    this.invite = this.phone.log.at(-1)!.message;
  }

  /** A message came in that belongs to this call. */
  note(message: SipText): void {
    this.received.push(message);
    const index = this.#waiting.findIndex(({ matches }) => matches(message));
    if (index >= 0) this.#waiting.splice(index, 1)[0]!.resolve(message);
  }

  /** The first message of a kind: a method, a status, or by test. Also one that has come already. */
  waitFor(what: What, timeoutMs = 5000): Promise<SipText> {
    const matches =
      typeof what === 'function' ? what : (message: SipText) => message.method === what || message.status === what;
    const seen = this.received.find(matches);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const stop = this.phone.after(timeoutMs, () =>
        reject(new Error(`${what} did not come: ${this.phone.summary()}`)),
      );
      this.#waiting.push({
        matches,
        resolve: (message) => {
          stop();
          resolve(message);
        },
      });
    });
  }

  /** The final response to our INVITE. */
  final(timeoutMs = 5000): Promise<SipText> {
    return this.waitFor((message) => message.status >= 200 && cseqOf(message).method === 'INVITE', timeoutMs);
  }

  count(what: string | number): number {
    return this.received.filter((message) => message.method === what || message.status === what).length;
  }

  provisional(status: number, options: ResponseOptions = {}): void {
    this.#respondInvite(status, options);
  }

  ring(): void {
    this.provisional(180);
  }

  /** 200 with an SDP answer (or our offer); resolves when the ACK is there. */
  answer(options: ResponseOptions & { sdp?: string | null } = {}): Promise<SipText> {
    this.#isFinal = true;
    this.#respondInvite(200, { body: options.sdp === undefined ? this.#sdp : options.sdp, ...options });
    return this.waitFor('ACK');
  }

  reject(status: number, options: ResponseOptions = {}): void {
    this.#isFinal = true;
    this.#respondInvite(status, options);
  }

  #respondInvite(status: number, options: ResponseOptions): void {
    this.phone.respond(this.invite, this.#response(this.invite, status, options), this.#hop);
  }

  #response(request: SipText, status: number, options: ResponseOptions): string {
    const fields = ['Via', 'Record-Route', 'From', 'Call-ID', 'CSeq'].flatMap((name) =>
      request.all(name).map((value) => [name, value] as const),
    );
    const to = request.get('to');
    const tag = tagOf(to) === '' && status > 100 ? `;tag=${options.tag ?? this.localTag}` : '';
    const contact = options.contact === undefined ? `<${this.phone.uri}>` : options.contact;
    const body = options.body ?? '';
    const headers: SipHeaders = [
      ...fields,
      ['To', `${to}${tag}`],
      ...(status > 100 && status < 300 && contact !== null ? [['Contact', contact] as const] : []),
      ...(options.headers ?? []),
      ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    ];
    return formatSip(`SIP/2.0 ${status} ${options.phrase ?? PHRASES[status] ?? 'Test'}`, headers, body);
  }

  /** A request within the dialog, complete with tags and routes. */
  build(method: string, options: { headers?: SipHeaders; body?: string; cseq?: number; branch?: string } = {}): string {
    const isCaller = this.direction === 'outgoing';
    const local = isCaller
      ? `${fromWithoutTag(this.invite)};tag=${this.localTag}`
      : `${this.invite.get('to')};tag=${this.localTag}`;
    const remoteTag = this.remoteTag === '' ? '' : `;tag=${this.remoteTag}`;
    const remote = isCaller ? `${this.invite.get('to')}${remoteTag}` : this.invite.get('from');
    if (method !== 'ACK' && method !== 'CANCEL' && options.cseq === undefined) this.#cseq++;
    const headers: SipHeaders = [
      ['Via', `${this.phone.via};branch=${options.branch ?? `z9hG4bK${randomBytes(8).toString('hex')}`}`],
      ['Max-Forwards', '70'],
      ...this.#routes.map((route) => ['Route', route] as const),
      ['From', local],
      ['To', remote],
      ['Call-ID', this.callId],
      ['CSeq', `${options.cseq ?? this.#cseq} ${method}`],
      ['Contact', `<${this.phone.uri}>`],
      ...(options.headers ?? []),
    ];
    return formatSip(`${method} ${this.#target} SIP/2.0`, headers, options.body ?? '');
  }

  /** Sends a request within the dialog; resolves with its final response. */
  send(method: string, options: { headers?: SipHeaders; body?: string } = {}): Promise<SipText> {
    return this.phone.transact(this.build(method, options), this.#hop);
  }

  hangUp(headers: SipHeaders = []): Promise<SipText> {
    return this.send('BYE', { headers });
  }

  /** A key by SIP INFO. */
  press(key: string): Promise<SipText> {
    return this.info('application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`);
  }

  info(type: string, body: string): Promise<SipText> {
    return this.send('INFO', { headers: [['Content-Type', type]], body });
  }

  /** A re-INVITE with its ACK; null: without offer, answered in the ACK. */
  reinvite(sdp: string | null): Promise<SipText> {
    const raw = this.build('INVITE', sdp === null ? {} : { headers: [['Content-Type', 'application/sdp']], body: sdp });
    this.#reinviteRaw = raw;
    return new Promise((resolve, reject) => {
      const stop = this.phone.after(5000, () => reject(new Error('no final response to a re-INVITE')));
      this.phone.request(raw, this.#hop, (response) => {
        if (response.status < 200) return;
        stop();
        this.#acknowledge(raw, response, sdp === null ? this.#sdp : null);
        resolve(response);
      });
    });
  }

  cancel(headers: SipHeaders = []): void {
    this.#cancel(this.#inviteRaw, headers);
  }

  /** Takes the last re-INVITE back. */
  cancelReinvite(): void {
    this.#cancel(this.#reinviteRaw, []);
  }

  #cancel(inviteRaw: string, headers: SipHeaders): void {
    const invite = parseSip(inviteRaw)!;
    const cseq = cseqOf(invite).number;
    const raw = inviteRaw.split('\r\n\r\n', 1)[0]!.split('\r\n');
    const keep = raw.slice(1).filter((line) => /^(via|max-forwards|from|to|call-id|route):/i.test(line));
    const fields = keep.map(
      (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const,
    );
    const text = formatSip(`CANCEL ${invite.uri} SIP/2.0`, [...fields, ['CSeq', `${cseq} CANCEL`], ...headers], '');
    this.phone.request(text, this.#hop, () => {});
  }

  #inviteResponse(response: SipText, _isRepeat: boolean): void {
    if (response.status < 200) return;
    if (response.status < 300) {
      this.remoteTag = tagOf(response.get('to'));
      this.#target = uriOf(response.get('contact')) || this.#target;
      this.#routes = response.all('record-route').reverse();
    }
    this.#acknowledge(this.#inviteRaw, response, this.invite.body === '' ? (this.#sdp ?? this.phone.sdp()) : null);
  }

  /** RFC 3261 17.1.1.3 for failures, 13.2.2.4 for a 2xx. */
  #acknowledge(inviteRaw: string, response: SipText, sdp: string | null): void {
    const { number } = cseqOf(response);
    if (response.status < 300) {
      const body = sdp === null ? {} : { body: sdp, headers: [['Content-Type', 'application/sdp']] as SipHeaders };
      this.phone.send(this.build('ACK', { cseq: number, ...body }), this.#hop);
      return;
    }
    const lines = inviteRaw.split('\r\n\r\n', 1)[0]!.split('\r\n');
    const keep = lines.slice(1).filter((line) => /^(via|max-forwards|from|call-id|route):/i.test(line));
    const fields = keep.map(
      (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const,
    );
    const uri = lines[0]!.split(' ')[1]!;
    this.phone.send(
      formatSip(`ACK ${uri} SIP/2.0`, [...fields, ['To', response.get('to')], ['CSeq', `${number} ACK`]], ''),
      this.#hop,
    );
  }

  /** A request that came in for this call. */
  request(request: SipText, from: Hop): void {
    if (request.method === 'ACK') return;
    if (request.method === 'CANCEL') {
      this.phone.respond(request, this.#response(request, 200, { contact: null }), from);
      if (this.obeysCancel && !this.#isFinal && branchOf(request) === branchOf(this.invite))
        this.reject(487, { phrase: 'Request Terminated' });
      return;
    }
    if (request.method === 'BYE' && !this.answersBye) return;
    const response: RequestAnswer | null = request.method === 'BYE' ? { status: 200 } : this.onRequest(request);
    if (response === null) return;
    const { status, headers, body } = response;
    this.phone.respond(
      request,
      this.#response(request, status, { ...(headers && { headers }), ...(body && { body }) }),
      from,
    );
  }

  /** A final response to a request of this call that the script kept back. */
  respondTo(request: SipText, status: number, options: ResponseOptions = {}): void {
    this.phone.respond(request, this.#response(request, status, options), this.#hop);
  }
}

function fromWithoutTag(invite: SipText): string {
  return invite.get('from').replace(/;\s*tag=[^;]*/i, '');
}
