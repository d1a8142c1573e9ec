import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { branchOf, cseqOf, formatSip, parseSip, type SipText, tagOf, uriOf } from '../support/sip-text.ts';

interface Hop {
  address: string;
  port: number;
}

/** What it does wrong with one caller. */
export interface Fault {
  /** Refuses with it, and calls nobody. */
  status?: number;
  /** Says nothing at all. */
  isSilent?: boolean;
  /** Answers, and hangs up with the promise after 50 ms: an announcement that is charged. */
  isAnswered?: boolean;
  /** Promises, and does not call back. */
  isLeftOut?: boolean;
  /** Refuses, and calls back all the same. */
  isCalledAllTheSame?: boolean;
  /** Calls back this much too soon. */
  earlyByMs?: number;
  /** Calls back once more this long after the first time. */
  againAfterMs?: number;
  /** Calls another number than the caller's. */
  calls?: string;
}

export interface SmallServerOptions {
  address: string;
  port: number;
  delayMs: number;
  phones: Hop;
  /** The second leg, begun when the person has answered; left out: none. */
  extension?: Hop;
  /** By the serial of the caller, from 1. */
  faultOf?: (serial: number) => Fault;
}

interface Leg {
  callId: string;
  hop: Hop;
  uri: string;
  from: string;
  remote: string;
  cseq: number;
  state: 'calling' | 'up' | 'over';
  /** The other leg of the bridge. */
  other: Leg | null;
  repeat: NodeJS.Timeout | null;
  onAnswer: () => void;
}

const T1_MS = 500;

/** The least that calls back: in memory, on one UDP socket, faulty where it is told to be. It keeps lists of what it did. */
export class SmallServer {
  /** What it did, by caller, to compare with what was reported. */
  readonly did = {
    promised: [] as string[],
    refused: [] as string[],
    calls: [] as string[],
    acknowledged: [] as string[],
  };
  readonly #options: SmallServerOptions;
  readonly #socket: Socket;
  readonly #answers = new Map<string, { invite: SipText; text: string }>();
  readonly #legs = new Map<string, Leg>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #serial = 0;

  private constructor(options: SmallServerOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on('message', (datagram, from) => this.#receive(parseSip(datagram.toString('latin1')), from));
  }

  static async open(options: SmallServerOptions): Promise<SmallServer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.bind(options.port, options.address);
    await once(socket, 'listening');
    return new SmallServer(options, socket);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const leg of this.#legs.values()) clearTimeout(leg.repeat ?? undefined);
    this.#socket.close();
  }

  #receive(message: SipText | null, from: Hop): void {
    if (!message) return;
    if (message.status > 0) return this.#response(message);
    if (message.method === 'INVITE') return this.#called(message, from);
    if (message.method === 'ACK') return this.#acknowledged(message);
    if (message.method !== 'BYE') return;
    this.#send(responseTo(message, 200, []), from);
    const leg = this.#legs.get(message.get('call-id'));
    if (!leg || leg.state === 'over') return;
    leg.state = 'over';
    if (leg.other) this.#hangUp(leg.other);
  }

  #called(invite: SipText, from: Hop): void {
    const callId = invite.get('call-id');
    const known = this.#answers.get(callId);
    if (known) {
      if (known.text !== '') this.#send(known.text, from);
      return;
    }
    this.#serial += 1;
    const number = callerOf(invite);
    const fault = this.#options.faultOf?.(this.#serial) ?? {};
    const headers = fault.status === undefined ? ([['X-Callback-ID', `id-${this.#serial}`]] as const) : [];
    const status = fault.isAnswered ? 200 : (fault.status ?? 486);
    const text = fault.isSilent ? '' : responseTo(invite, status, headers);
    this.#answers.set(callId, { invite, text });
    if (text !== '') this.#send(text, from);
    if (fault.isSilent) return;
    if (fault.isAnswered) this.#after(50, () => this.#sayGoodbye(invite, { hop: from, headers }));
    this.did[fault.status === undefined ? 'promised' : 'refused'].push(number);
    const isCalled = fault.status === undefined ? !fault.isLeftOut : fault.isCalledAllTheSame;
    if (isCalled) this.#callBack(number, fault);
  }

  /** A rejection's ACK has the branch of its INVITE (RFC 3261 17.1.1.3). */
  #acknowledged(ack: SipText): void {
    const { invite } = this.#answers.get(ack.get('call-id')) ?? {};
    if (invite && branchOf(ack) === branchOf(invite)) this.did.acknowledged.push(callerOf(invite));
  }

  #sayGoodbye(invite: SipText, about: { hop: Hop; headers: ReadonlyArray<readonly [string, string]> }): void {
    const { address, port } = this.#options;
    const fields = [
      ['Via', `SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-bye-${invite.get('call-id')}`],
      ['From', `${invite.get('to')};tag=small`],
      ['To', invite.get('from')],
      ['Call-ID', invite.get('call-id')],
      ['CSeq', '1 BYE'],
      ...about.headers,
    ] as const;
    this.#send(formatSip(`BYE ${uriOf(invite.get('contact'))} SIP/2.0`, fields, ''), about.hop);
  }

  #callBack(number: string, fault: Fault): void {
    const { delayMs, phones } = this.#options;
    const dialled = fault.calls ?? number;
    const inMs = delayMs - (fault.earlyByMs ?? 0);
    for (const after of fault.againAfterMs === undefined ? [inMs] : [inMs, inMs + fault.againAfterMs]) {
      this.#after(after, () => {
        this.did.calls.push(dialled);
        const leg = this.#dial(phones, dialled, number);
        leg.onAnswer = () => this.#bridge(leg, number);
      });
    }
  }

  #bridge(leg: Leg, number: string): void {
    const { extension } = this.#options;
    if (!extension) return;
    const second = this.#dial(extension, '200', number);
    second.other = leg;
    leg.other = second;
  }

  #dial(hop: Hop, number: string, from: string): Leg {
    const serial = this.#legs.size;
    const uri = `sip:${number}@${hop.address}:${hop.port}`;
    const local = `<sip:${from}@${this.#options.address}>;tag=${serial}`;
    const leg: Leg = { callId: `small-${serial}`, hop, uri, from: local, remote: `<${uri}>`, cseq: 1, ...fresh() };
    this.#legs.set(leg.callId, leg);
    this.#repeat(leg, this.#request(leg, 'INVITE', SDP));
    return leg;
  }

  #response(response: SipText): void {
    const leg = this.#legs.get(response.get('call-id'));
    if (!leg) return;
    const { method } = cseqOf(response);
    if (response.status >= 200 || method === 'INVITE') clearTimeout(leg.repeat ?? undefined);
    if (response.status < 200 || method !== 'INVITE') return;
    if (tagOf(leg.remote) === '') leg.remote = response.get('to');
    const branch = response.status < 300 ? {} : { branch: branchOf(response) };
    this.#send(this.#request(leg, 'ACK', '', branch), leg.hop);
    if (leg.state !== 'calling') return;
    leg.state = response.status < 300 ? 'up' : 'over';
    if (leg.state === 'up') leg.onAnswer();
    else if (leg.other) this.#hangUp(leg.other);
  }

  #hangUp(leg: Leg): void {
    if (leg.state !== 'up') return;
    leg.state = 'over';
    leg.cseq += 1;
    this.#repeat(leg, this.#request(leg, 'BYE', ''));
  }

  #request(leg: Leg, method: string, body: string, options: { branch?: string } = {}): string {
    const { address, port } = this.#options;
    const branch = options.branch ?? `z9hG4bK-${leg.callId}-${leg.cseq}-${method}`;
    const headers = [
      ['Via', `SIP/2.0/UDP ${address}:${port};branch=${branch}`],
      ['Max-Forwards', '70'],
      ['From', leg.from],
      ['To', leg.remote],
      ['Call-ID', leg.callId],
      ['CSeq', `${method === 'ACK' ? 1 : leg.cseq} ${method}`],
      ['Contact', `<sip:${address}:${port}>`],
      ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    ] as const;
    return formatSip(`${method} ${leg.uri} SIP/2.0`, headers, body);
  }

  #repeat(leg: Leg, text: string, waitMs = T1_MS): void {
    this.#send(text, leg.hop);
    leg.repeat = setTimeout(() => this.#repeat(leg, text, Math.min(waitMs * 2, 4_000)), waitMs);
  }

  /** Not before: a timer of Node counts from the beginning of its turn, and is early by as much. */
  #after(ms: number, then: () => void): void {
    const dueAt = performance.now() + ms;
    const wait = (leftMs: number) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        const stillMs = dueAt - performance.now();
        if (stillMs > 0) wait(stillMs);
        else then();
      }, leftMs);
      this.#timers.add(timer);
    };
    wait(ms);
  }

  #send(text: string, { address, port }: Hop): void {
    this.#socket.send(text, port, address);
  }
}

const callerOf = (invite: SipText) => /^sip:([^@]+)@/.exec(uriOf(invite.get('from')))![1]!;
const fresh = () => ({ state: 'calling' as const, other: null, repeat: null, onAnswer: () => {} });
const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=sendrecv\r\n';

function responseTo(request: SipText, status: number, more: ReadonlyArray<readonly [string, string]>): string {
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].flatMap((name) =>
    request.all(name).map((value) => [name, value] as const),
  );
  const to = request.get('to');
  const tagged = tagOf(to) === '' ? `${to};tag=small` : to;
  const contact = request.method === 'INVITE' ? [['Contact', uriOf(to).replace(/.*/, '<$&>')] as const] : [];
  return formatSip(`SIP/2.0 ${status} Final`, [...copied, ['To', tagged], ...contact, ...more], '');
}
