import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Behaviour, ChooseBehaviour } from './behaviour.ts';
import { instant } from './instant.ts';
import { type Hop, type LegEnd, type LegHost, PhoneLeg, type ResponseParts } from './phone-leg.ts';
import { GIVE_UP_MS } from './retransmission.ts';
import { SipHead, userOf } from './sip-head.ts';
import { phraseOf } from './status-phrases.ts';

export interface PhonesOptions extends PhoneEvents {
  address: string;
  /** 0: any. */
  port: number;
  /** From the INVITE to the 180; default at once. */
  ringAfterMs?: number;
  /** From the INVITE to the 200; default 50. null: nobody answers. */
  answerAfterMs?: number | null;
  /** From the ACK to the phone's BYE; null: the other side hangs up. Default 1,000. */
  talkMs?: number | null;
  /** Who hangs up; `server` is the same as `talkMs: null`. */
  hangUpBy?: 'phone' | 'server';
  /** What a call has of its own; read again for each, so that it may change while the phones are up. */
  behaviour?: ChooseBehaviour;
}

/** Instants are epoch milliseconds with fractions. */
export interface PhoneEvents {
  /** The first INVITE of a Call-ID. */
  onRing?: (leg: PhoneLeg, at: number) => void;
  /** The ACK of its 2xx. */
  onAnswered?: (leg: PhoneLeg, at: number) => void;
  /** Its rejection or the first BYE. */
  onEnd?: (leg: PhoneLeg, at: number, how: LegEnd) => void;
  /** The last answer of the call. */
  onCleared?: (leg: PhoneLeg, at: number) => void;
  /** The INVITE of a call that is known came once more with another branch, and was refused (RFC 3261 8.2.2.2). */
  onMerged?: (leg: PhoneLeg, at: number) => void;
  /** A message that came while they were deaf. */
  onUnheard?: (message: SipHead, at: number) => void;
}

/** What the phones saw, counted. */
export interface PhoneCounts {
  rings: number;
  answered: number;
  ended: Record<LegEnd, number>;
  received: number;
  /** Calls whose final response got no ACK, and BYEs without response, in 64*T1. */
  unacknowledged: number;
  byesUnanswered: number;
  /** Requests and responses of calls that are not known here. */
  strays: number;
  /** What was no SIP. */
  unreadable: number;
  /** What came while they were deaf. */
  unheard: number;
}

/** Longer than any retransmission. */
const REMEMBER_MS = GIVE_UP_MS + 1_000;
const SWEEP_MS = 1_000;
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, MESSAGE';

/**
 * Any number of called phones behind one UDP socket: the person's phone behind a trunk, or the extension's. They follow
 * RFC 3261 where SIPp as server does not: a retransmitted INVITE or BYE gets its answer again and aborts nothing, a 2xx is
 * repeated until its ACK, a CANCEL gets 487. They keep no log: at hundreds of calls a second they are to cost little.
 */
export class Phones {
  readonly counts: PhoneCounts;
  /** True: nothing is heard and nothing is sent, as if the cable were pulled. */
  isDeaf = false;
  readonly #socket: Socket;
  readonly #options: PhonesOptions;
  readonly #defaults: Behaviour;
  readonly #legs = new Map<string, PhoneLeg>();
  /** In the order in which they were cleared. */
  #cleared: PhoneLeg[] = [];
  readonly #sweep: NodeJS.Timeout;
  readonly #host: LegHost;
  readonly #sources = new WeakMap<SipHead, Hop>();
  #at = 0;

  private constructor(options: PhonesOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#defaults = {
      isSilent: false,
      ringAfterMs: options.ringAfterMs ?? 0,
      answerAfterMs: options.answerAfterMs === undefined ? 50 : options.answerAfterMs,
      status: 200,
      headers: {},
      talkMs: options.hangUpBy === 'server' || options.talkMs === null ? null : (options.talkMs ?? 1_000),
    };
    const ended = { rejected: 0, cancelled: 0, hungUpByThem: 0, hungUpByUs: 0, unacknowledged: 0 };
    const failed = { unacknowledged: 0, byesUnanswered: 0, strays: 0, unreadable: 0, unheard: 0 };
    this.counts = { rings: 0, answered: 0, received: 0, ...failed, ended };
    this.#host = this.#hostOfLegs();
    this.#sweep = setInterval(() => this.#forget(), SWEEP_MS).unref();
    socket.on('message', (datagram, from) => this.#receive(datagram, from));
    // An ICMP error of a peer that went away is no reason to end.
    socket.on('error', () => {});
  }

  /** @throws what `bind` throws: EADDRINUSE, EADDRNOTAVAIL, EACCES */
  static async open(options: PhonesOptions): Promise<Phones> {
    const { address, port } = options;
    const socket = createSocket({
      type: address.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: SOCKET_BUFFER_BYTES,
      sendBufferSize: SOCKET_BUFFER_BYTES,
      // Every peer is an address already.
      lookup: (host, _options, found) => found(null, host, host.includes(':') ? 6 : 4),
    });
    // Without a look-up it may listen before `bind` returns.
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    await listening;
    return new Phones(options, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Calls that are ringing, up, or waiting for an answer. */
  get calls(): number {
    return this.#legs.size - this.#cleared.length;
  }

  /** Every call that is up gets its BYE. */
  hangUpAll(): void {
    for (const leg of this.#legs.values()) leg.hangUp();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const leg of this.#legs.values()) leg.stop();
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #receive(datagram: Buffer, from: Hop): void {
    if (this.isDeaf) return this.#missed(datagram);
    this.#at = instant();
    this.counts.received += 1;
    const message = SipHead.read(datagram.toString('latin1'));
    if (!message) {
      // Four bytes are a keep-alive (RFC 5626 4.4.1).
      if (datagram.length > 4) this.counts.unreadable += 1;
      return;
    }
    if (message.status > 0) return this.#receiveResponse(message);
    this.#sources.set(message, replyHop(message, from));
    this.#receiveRequest(message);
  }

  #missed(datagram: Buffer): void {
    this.counts.unheard += 1;
    const { onUnheard } = this.#options;
    const message = onUnheard && SipHead.read(datagram.toString('latin1'));
    if (message) onUnheard(message, instant());
  }

  #receiveRequest(request: SipHead): void {
    const leg = this.#legs.get(request.callId);
    if (request.method === 'ACK') return leg?.acknowledge(request);
    const isFirst = request.method === 'INVITE' && request.toTag === '' && (!leg || leg.isFollowedBy(request));
    if (isFirst) return this.#invited(request, leg);
    if (leg) return leg.receive(request);
    this.#receiveStray(request);
  }

  #invited(invite: SipHead, before: PhoneLeg | undefined): void {
    if (/\r\nRequire[ \t]*:/i.test(invite.text)) {
      const headers = { Unsupported: invite.header('require') };
      return this.#answer(invite, this.#host.respond(invite, 420, { toTag: 'x', headers }));
    }
    before?.stop();
    const behaviour = { ...this.#defaults, ...this.#options.behaviour?.(userOf(invite.uri), invite) };
    const leg = new PhoneLeg(this.#host, invite, { behaviour, at: this.#at });
    if (before && before.clearedAt > 0) this.#cleared = this.#cleared.filter((cleared) => cleared !== before);
    this.#legs.set(leg.callId, leg);
    if (!before) {
      this.counts.rings += 1;
      this.#options.onRing?.(leg, this.#at);
    }
    leg.start();
  }

  #receiveStray(request: SipHead): void {
    if (request.method === 'OPTIONS' && request.toTag === '') {
      return this.#answer(request, this.#host.respond(request, 200, { toTag: 'x', headers: { Allow: ALLOW } }));
    }
    this.counts.strays += 1;
    const isWithin = request.toTag !== '' || request.method === 'CANCEL' || request.method === 'BYE';
    const parts = isWithin ? {} : { headers: { Allow: ALLOW } };
    this.#answer(request, this.#host.respond(request, isWithin ? 481 : 405, { toTag: 'x', ...parts }));
  }

  #receiveResponse(response: SipHead): void {
    const leg = this.#legs.get(response.callId);
    if (!leg) this.counts.strays += 1;
    else if (response.cseqMethod === 'BYE') leg.responded(response);
  }

  #answer(request: SipHead, text: string): void {
    this.#send(text, this.#sources.get(request)!);
  }

  #send(text: string, hop: Hop): void {
    if (this.isDeaf) return;
    this.#socket.send(Buffer.from(text, 'latin1'), hop.port, hop.address);
  }

  #hostOfLegs(): LegHost {
    const { address } = this.#options;
    const { port } = this.#socket.address();
    const host = address.includes(':') ? `[${address}]` : address;
    const contact = `<sip:${host}:${port}>`;
    const at = () => (this.#at = instant());
    return {
      contact,
      contactHop: { address: host, port },
      send: (text, hop) => this.#send(text, hop),
      respond: (request, status, parts = {}) => responseText(request, status, { contact, ...parts }),
      hopOf: (request) => this.#sources.get(request)!,
      answered: (leg) => {
        this.counts.answered += 1;
        this.#options.onAnswered?.(leg, this.#at);
      },
      ended: (leg, how) => {
        this.counts.ended[how] += 1;
        this.#options.onEnd?.(leg, at(), how);
      },
      cleared: (leg) => {
        leg.clearedAt = at();
        this.#cleared.push(leg);
        this.#options.onCleared?.(leg, leg.clearedAt);
      },
      merged: (leg) => this.#options.onMerged?.(leg, at()),
      unanswered: (_leg, method) => {
        if (method === 'BYE') this.counts.byesUnanswered += 1;
        else this.counts.unacknowledged += 1;
      },
    };
  }

  /** Ended calls are kept as long as a retransmission of theirs may come. */
  #forget(): void {
    const before = instant() - REMEMBER_MS;
    let past = 0;
    while (past < this.#cleared.length && this.#cleared[past]!.clearedAt < before) {
      this.#legs.delete(this.#cleared[past]!.callId);
      past += 1;
    }
    if (past > 0) this.#cleared = this.#cleared.slice(past);
  }
}

const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Where the response goes (RFC 3261 18.2.2, RFC 3581 4): to the source address; to its port when the Via asks for it, else
 * to the port that the Via names. Via gets `received` and `rport` as those ask.
 */
function replyHop(request: SipHead, from: Hop): Hop {
  const [top = '', ...others] = request.vias[0]!.split(',');
  const sentBy = /^\S+\s+(\[[^\]]+\]|[^:;\s]+)(?:\s*:\s*(\d+))?/.exec(top);
  const hasRport = /;\s*rport(?=\s*(?:;|$))/i.test(top);
  let via = hasRport ? top.replace(/;\s*rport(?=\s*(?:;|$))/i, `;rport=${from.port}`) : top;
  if (hasRport || sentBy?.[1] !== from.address) via += `;received=${from.address}`;
  request.vias[0] = [via, ...others].join(',');
  return { address: from.address, port: hasRport ? from.port : Number(sentBy?.[2] ?? 5060) };
}

function responseText(request: SipHead, status: number, parts: ResponseParts & { contact: string }): string {
  const { toTag, headers = {}, body = '', hasContact = false, contact } = parts;
  let text = `SIP/2.0 ${status} ${phraseOf(status)}\r\n`;
  for (const via of request.vias) text += `Via: ${via}\r\n`;
  if (status > 100 && status < 300) for (const route of request.recordRoutes) text += `Record-Route: ${route}\r\n`;
  const tag = toTag !== undefined && request.toTag === '' ? `;tag=${toTag}` : '';
  text += `From: ${request.from}\r\nTo: ${request.to}${tag}\r\nCall-ID: ${request.callId}\r\n`;
  text += `CSeq: ${request.cseq} ${request.cseqMethod}\r\n`;
  if (hasContact) text += `Contact: ${contact}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}Content-Length: ${body.length}\r\n\r\n${body}`;
}
