/**
 * A scriptable SIP phone on one UDP socket. As callee it hands each call to `onCall` or `nextCall`; as caller it has `call`.
 * Losing messages on purpose: `drop`. What came and went: `log`.
 *
 * ```
 * const phone = await SipPhone.open({ address: '127.0.14.2' });
 * phone.onCall = async (call) => { call.ring(); await call.answer(); };
 * const call = phone.call({ to: 'sip:100@127.0.14.1:5060' });
 * const response = await call.final();
 * ```
 */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { PhoneCall } from './phone-call.ts';
import { cseqOf, formatSip, hostPortOf, type SipHeaders, type SipText, sdpText, tagOf } from './sip-text.ts';
import { type Hop, SipTransactions } from './sip-transactions.ts';

export interface PhoneOptions {
  address: string;
  /** 0, the default: any free one. */
  port?: number;
  /** User part of our URIs. */
  user?: string;
  t1Ms?: number;
}

export interface OutgoingCall {
  /** Request-URI; sent to its host and port unless `hop` says else. */
  to: string;
  hop?: Hop;
  /** The From value without tag. */
  from?: string;
  fromTag?: string;
  callId?: string;
  /** null: an INVITE without offer. */
  sdp?: string | null;
  /** What the body is; SDP unless told. */
  contentType?: string;
  headers?: SipHeaders;
}

export class SipPhone extends SipTransactions {
  readonly user: string;
  /** Called for each INVITE outside of a dialog. */
  onCall: ((call: PhoneCall) => unknown) | null = null;
  /** Other requests outside of a call; the default answers OPTIONS with 200 and everything else with 501. */
  onOther: (request: SipText, respond: (status: number, headers?: SipHeaders) => void) => void = (request, respond) =>
    respond(request.method === 'OPTIONS' ? 200 : 501);
  /** 100 at once, as any proxy would. */
  sendsTrying = true;
  readonly calls: PhoneCall[] = [];
  readonly #waiting: Array<(call: PhoneCall) => void> = [];
  readonly #unclaimed: PhoneCall[] = [];

  private constructor(socket: Socket, options: PhoneOptions) {
    super(socket, options.t1Ms ?? 500);
    this.user = options.user ?? 'phone';
    this.onRequest = (request, from) => this.#request(request, from);
    this.onMessage = ({ message }) => this.#callOf(message)?.note(message);
  }

  static async open(options: PhoneOptions): Promise<SipPhone> {
    return new SipPhone(await SipTransactions.bind(options.address, options.port ?? 0), options);
  }

  get uri(): string {
    return `sip:${this.user}@${this.address}:${this.port}`;
  }

  /** Offers and answers that name a port nobody listens on. */
  sdp(options: { payloads?: number[]; direction?: 'sendonly' | 'recvonly' | 'inactive'; port?: number } = {}): string {
    return sdpText({ address: this.address, port: 40_000, ...options });
  }

  /** The next INVITE that came in and was not asked for before. */
  nextCall(timeoutMs = 5000): Promise<PhoneCall> {
    const ready = this.#unclaimed.shift();
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const stop = this.after(timeoutMs, () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new Error(`no call came to ${this.uri} within ${timeoutMs} ms`));
      });
      const take = (call: PhoneCall) => {
        stop();
        resolve(call);
      };
      this.#waiting.push(take);
    });
  }

  call(options: OutgoingCall): PhoneCall {
    const call = PhoneCall.outgoing(this, options);
    this.calls.push(call);
    call.start();
    return call;
  }

  /** A request outside of any dialog; resolves with its final response, rejects when none comes in time. */
  requestOnce(
    method: string,
    uri: string,
    options: { headers?: SipHeaders; hop?: Hop; body?: string; timeoutMs?: number } = {},
  ): Promise<SipText> {
    const given = new Set((options.headers ?? []).map(([name]) => name.toLowerCase()));
    const defaults: SipHeaders = [
      ['From', `<${this.uri}>;tag=${randomBytes(4).toString('hex')}`],
      ['To', `<${uri}>`],
      ['Call-ID', randomBytes(8).toString('hex')],
      ['CSeq', `1 ${method}`],
    ];
    const headers: SipHeaders = [
      ['Via', `${this.via};branch=z9hG4bK${randomBytes(8).toString('hex')}`],
      ['Max-Forwards', '70'],
      ...defaults.filter(([name]) => !given.has(name.toLowerCase())),
      ...(options.headers ?? []),
    ];
    const raw = formatSip(`${method} ${uri} SIP/2.0`, headers, options.body ?? '');
    return this.transact(raw, options.hop ?? hostPortOf(uri), options.timeoutMs);
  }

  /** Sends a complete request that is no INVITE. */
  transact(raw: string, hop: Hop, timeoutMs = 5000): Promise<SipText> {
    return new Promise((resolve, reject) => {
      const stop = this.after(timeoutMs, () => reject(new Error(`no final response to ${raw.split('\r\n', 1)[0]}`)));
      this.request(raw, hop, (response) => {
        if (response.status < 200) return;
        stop();
        resolve(response);
      });
    });
  }

  /** Statuses and methods as they came and went, `<INVITE >100 <CANCEL`; for messages of failed tests. */
  summary(): string {
    return this.log
      .map(({ direction, message, dropped }) => {
        const what = message.method || `${message.status}/${cseqOf(message).method}`;
        return `${direction === 'in' ? '<' : '>'}${what}${dropped ? '!' : ''}`;
      })
      .join(' ');
  }

  /** Messages that came in, repeats included. */
  received(what: string | number): SipText[] {
    return this.log
      .filter(({ direction, message }) => direction === 'in' && (message.method === what || message.status === what))
      .map(({ message }) => message);
  }

  #callOf(message: SipText): PhoneCall | undefined {
    const callId = message.get('call-id');
    return this.calls.findLast((call) => call.callId === callId);
  }

  #request(request: SipText, from: Hop): void {
    const isNewCall = request.method === 'INVITE' && tagOf(request.get('to')) === '';
    if (isNewCall) {
      const call = PhoneCall.incoming(this, request, from);
      this.calls.push(call);
      if (this.sendsTrying) call.provisional(100);
      if (this.onCall) this.onCall(call);
      else if (this.#waiting.length > 0) this.#waiting.shift()!(call);
      else this.#unclaimed.push(call);
      return;
    }
    const call = this.#callOf(request);
    if (call) call.request(request, from);
    else if (request.method !== 'ACK') {
      this.onOther(request, (status, headers) => {
        const fields = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((name) =>
          request.all(name).map((value) => [name, value] as const),
        );
        this.respond(request, formatSip(`SIP/2.0 ${status} Test`, [...fields, ...(headers ?? [])], ''), from);
      });
    }
  }
}
