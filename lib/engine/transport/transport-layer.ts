import type { Buffer } from 'node:buffer';
import type { RemoteInfo } from 'node:dgram';
import { ipFamily, stripBrackets } from '../message/host.ts';
import { type Malformed, type MessageLimits, type ParseResult, parseMessage } from '../message/parse.ts';
import type { SipMessage } from '../message/sip-message.ts';
import type { FramerEvent } from '../message/stream-framer.ts';
import type { Via } from '../message/via.ts';
import { isUnspecified } from './address.ts';
import {
  addressOf,
  DEFAULT_TRANSPORT_LIMITS,
  type Destination,
  describePoint,
  describeTarget,
  type Flow,
  type ListenPoint,
  type Protocol,
  type TransportCounters,
  TransportError,
  type TransportLimits,
} from './flow.ts';
import { chooseListenPoint, outgoingTlsPoint, ownAddressTowards } from './listen-point-choice.ts';
import { responseDestination, stampSource } from './request-source.ts';
import { passesSilence, SilenceList } from './silence-list.ts';
import { StreamTransport } from './stream-transport.ts';
import type { Notice } from './tls-care.ts';
import type { TlsSettings } from './tls-credentials.ts';
import { UdpPort } from './udp-port.ts';

export type { Destination, Flow, ListenPoint, Protocol, TransportCounters, TransportLimits } from './flow.ts';
export { TransportError } from './flow.ts';

export type TransportOptions = {
  listenPoints: readonly ListenPoint[];
  /** Every whole message; a request's top Via has `received` and `rport` filled in. */
  onMessage: (message: SipMessage, flow: Flow) => void;
  /** What could not be read; with a `status` and `message` it can be answered on the flow, at once. */
  onMalformed: (result: Malformed, flow: Flow) => void;
  onConnectionClosed?: ((flow: Flow) => void) | undefined;
  /** An ICMP error told that nothing listens at a `Destination` which was sent to by UDP. */
  onUnreachable?: ((address: string, port: number) => void) | undefined;
  /** A handler above threw; without this the error goes its way and ends the process. */
  onError?: ((error: unknown, flow: Flow) => void) | undefined;
  tls?: TlsSettings | undefined;
  /** What somebody should hear of: a certificate that is refused, ends soon, was renewed. */
  onNotice?: ((notice: Notice) => void) | undefined;
  limits?: Partial<TransportLimits> | undefined;
  messageLimits?: MessageLimits | undefined;
  /** Epoch milliseconds. */
  now?: (() => number) | undefined;
};

/** RFC 3261 18.1.1: beyond this size a request should not go by UDP when the path's MTU is unknown. */
const MAX_UDP_REQUEST_BYTES = 1300;
/** Peers whose listen point is remembered. */
const MOST_CHOICES = 1024;
const LOWEST_SWEEP_MS = 20;
const HIGHEST_SWEEP_MS = 5_000;
const FIRST_LETTER_OF_RESPONSE = 0x53;

/**
 * UDP, TCP and TLS under the transactions (RFC 3261 18). What it cannot do it tells by coded errors; no input from the network
 * makes it throw.
 */
export class TransportLayer {
  readonly #options: TransportOptions;
  readonly #limits: TransportLimits;
  readonly #now: () => number;
  readonly #silenced: SilenceList;
  readonly #streams: StreamTransport;
  readonly #udpPorts: UdpPort[] = [];
  readonly #counters: TransportCounters = {
    received: 0,
    sent: 0,
    malformed: 0,
    silenced: 0,
    oversizeRequests: 0,
    sendErrors: 0,
    connectionsRefused: 0,
    handshakesFailed: 0,
  };
  #points: ListenPoint[] = [];
  /** Listen points by protocol and remote address, as they were chosen. */
  readonly #chosen = new Map<string, ListenPoint | undefined>();
  #sweeper: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_TRANSPORT_LIMITS, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.#silenced = new SilenceList(this.#limits.maxSilencedAddresses);
    this.#streams = new StreamTransport({
      tls: options.tls,
      limits: this.#limits,
      messageLimits: options.messageLimits,
      now: this.#now,
      onEvent: (event, flow) => this.#onStreamEvent(event, flow),
      onConnectionClosed: (flow) => this.#guard(flow, () => options.onConnectionClosed?.(flow)),
      onRefused: () => {
        this.#counters.connectionsRefused++;
      },
      onFailedHandshake: () => {
        this.#counters.handshakesFailed++;
      },
      onNotice: (notice) => options.onNotice?.(notice),
    });
  }

  /** The points with their actual ports; empty before the start. */
  get listenPoints(): readonly ListenPoint[] {
    return this.#points;
  }

  /** A copy of the counters. */
  get counters(): TransportCounters {
    return { ...this.#counters };
  }

  /**
   * Opens every listen point and gives them back with their actual ports.
   * @throws TransportError with the system's code (`EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`) and the listen point in its text; nothing
   * is left open then
   */
  async start(): Promise<ListenPoint[]> {
    try {
      for (const point of this.#options.listenPoints) this.#points.push(await this.#open(point));
      this.#chosen.clear();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#streams.start();
    const { idleMs, partialMessageMs, handshakeMs } = this.#limits;
    const shortestMs = Math.min(idleMs, partialMessageMs, handshakeMs);
    const sweepMs = Math.min(HIGHEST_SWEEP_MS, Math.max(LOWEST_SWEEP_MS, shortestMs / 4));
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs);
    return [...this.#points];
  }

  async #open(point: ListenPoint): Promise<ListenPoint> {
    try {
      const address = stripBrackets(point.address);
      if (ipFamily(address) === 0) throw new TransportError('EINVAL', `${JSON.stringify(address)} is no IP address`);
      return point.protocol === 'udp'
        ? await this.#openUdp({ ...point, address })
        : await this.#streams.listen({ ...point, address }, point.protocol);
    } catch (error) {
      const code = codeOf(error) ?? 'EINVAL';
      throw new TransportError(code, `Cannot listen on ${describePoint(point)}: ${messageOf(error)}`);
    }
  }

  async #openUdp(point: ListenPoint): Promise<ListenPoint> {
    const port = await UdpPort.open({
      point,
      onDatagram: (bytes, from, actual) => this.#onDatagram(bytes, from, actual),
      onUnreachable: (address, remotePort) => this.#options.onUnreachable?.(address, remotePort),
    });
    this.#udpPorts.push(port);
    return port.point;
  }

  /**
   * Sends whole messages. A `Flow` goes along its own sockets; a connection must still be open (else `ENOTCONN`). To a
   * `Destination` TCP and TLS take the connection that is there, or make one; UDP watches for ICMP errors.
   * @throws TransportError
   */
  send(bytes: Buffer, target: Flow | Destination): Promise<void> {
    return this.#hand(bytes, target).then(
      () => {
        this.#counters.sent++;
      },
      (error) => {
        this.#counters.sendErrors++;
        if (error instanceof TransportError) throw error;
        const text = `Cannot send to ${describeTarget(target)}: ${messageOf(error)}`;
        throw new TransportError(codeOf(error) ?? 'EIO', text);
      },
    );
  }

  #hand(bytes: Buffer, target: Flow | Destination): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(new TransportError('ESHUTDOWN', 'The transport layer is closed'));
    }
    return target.protocol === 'udp' ? this.#sendUdp(bytes, target) : this.#sendStream(bytes, target);
  }

  /** Without a turn of its own for each layer: most messages go this way. */
  #sendUdp(bytes: Buffer, target: Flow | Destination): Promise<void> {
    if (bytes.length > MAX_UDP_REQUEST_BYTES && bytes[0] !== FIRST_LETTER_OF_RESPONSE)
      this.#counters.oversizeRequests++;
    const to = addressOf(target);
    const port = this.#udpPortFor(target, to.address);
    if (port === undefined) return Promise.reject(this.#noListenPoint(target));
    return 'remoteAddress' in target ? port.send(bytes, to) : port.sendWatched(bytes, to, this.#now());
  }

  #sendStream(bytes: Buffer, target: Flow | Destination): Promise<void> {
    if ('connectionId' in target) return this.#streams.send(bytes, target, { localAddress: undefined });
    const point = this.listenPointFor(target.protocol, addressOf(target).address);
    if (point === undefined) return Promise.reject(this.#noListenPoint(target));
    const localAddress = isUnspecified(point.address) ? undefined : point.address;
    return this.#streams.send(bytes, target, { localAddress });
  }

  #udpPortFor(target: Flow | Destination, remoteAddress: string): UdpPort | undefined {
    const local = 'localAddress' in target ? target : undefined;
    const own = this.#udpPorts.find(
      ({ point }) => point.address === local?.localAddress && point.port === local?.localPort,
    );
    if (own !== undefined) return own;
    const point = this.listenPointFor('udp', remoteAddress);
    return this.#udpPorts.find((port) => port.point === point);
  }

  #noListenPoint(target: Flow | Destination): TransportError {
    const text = `No ${target.protocol} listen point fits ${describeTarget(target)}: add one of its address family`;
    return new TransportError('EAFNOSUPPORT', text);
  }

  /** The listen point from which this address is best reached: of its family, loopback for loopback. */
  listenPointFor(protocol: Protocol, remoteAddress: string): ListenPoint | undefined {
    const key = `${protocol} ${remoteAddress}`;
    if (this.#chosen.has(key)) return this.#chosen.get(key);
    if (this.#chosen.size >= MOST_CHOICES) this.#chosen.clear();
    const own = chooseListenPoint(this.#points, protocol, remoteAddress);
    const point = own ?? (protocol === 'tls' ? outgoingTlsPoint(this.#points, remoteAddress) : undefined);
    this.#chosen.set(key, point);
    return point;
  }

  /**
   * Host and port for Via and Contact towards this peer: what is advertised, else the listen point's own; for one that is bound
   * to all addresses, the machine's address that is nearest to the peer.
   */
  sentByFor(protocol: Protocol, remoteAddress: string): { host: string; port: number } | undefined {
    const point = this.listenPointFor(protocol, remoteAddress);
    if (point === undefined) return undefined;
    const own = isUnspecified(point.address) ? ownAddressTowards(remoteAddress) : undefined;
    return { host: point.advertised ?? own ?? point.address, port: point.advertisedPort ?? point.port };
  }

  /** Whether a flow's connection still stands; a UDP flow always does. */
  isOpen(flow: Flow): boolean {
    return flow.protocol === 'udp' || this.#streams.isOpen(flow);
  }

  /** Where the response to a request goes that came on this flow with this top Via (RFC 3261 18.2.2, RFC 3581 4). */
  responseTarget(via: Via, flow: Flow): Flow | Destination {
    if (flow.protocol !== 'udp' && this.isOpen(flow)) return flow;
    return responseDestination(via, flow);
  }

  /**
   * Drops what comes from this address without an answer until that instant (epoch milliseconds); REGISTER and responses
   * pass. An instant that is past lifts it.
   */
  silence(address: string, untilAt: number): void {
    this.#silenced.add(address, untilAt);
  }

  renewCertificates(): void {
    this.#streams.renewCertificates();
  }

  /** Closes everything; what was handed over before still leaves where the peer takes it. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([this.#streams, ...this.#udpPorts].map((each) => each.close()));
    this.#points = [];
    this.#chosen.clear();
  }

  #sweep(): void {
    const now = this.#now();
    this.#streams.sweep(now);
    for (const port of this.#udpPorts) port.sweep(now);
  }

  #onDatagram(bytes: Buffer, from: RemoteInfo, point: ListenPoint): void {
    const { address: remoteAddress, port: remotePort } = from;
    // Nobody can be answered at port 0, and what begins with no letter is a keep-alive (CRLF, NUL) or no SIP.
    if (remotePort === 0 || !isLetterish(bytes)) return;
    if (this.#silenced.has(remoteAddress, this.#now()) && !passesSilence(bytes)) {
      this.#counters.silenced++;
      return;
    }
    const { address: localAddress, port: localPort } = point;
    const flow: Flow = { protocol: 'udp', localAddress, localPort, remoteAddress, remotePort };
    this.#deliver(parseMessage(bytes, this.#parseOptions()), flow);
  }

  #parseOptions(): { limits?: MessageLimits } {
    const limits = this.#options.messageLimits;
    return limits === undefined ? {} : { limits };
  }

  #onStreamEvent(event: Exclude<FramerEvent, { type: 'ping' }>, flow: Flow): void {
    const { message } = event.result;
    const isDroppable = message === undefined || (message.isRequest && message.method !== 'REGISTER');
    if (isDroppable && this.#silenced.has(flow.remoteAddress, this.#now())) this.#counters.silenced++;
    else this.#deliver(event.result, flow);
  }

  #deliver(result: ParseResult, flow: Flow): void {
    if (result.ok) this.#counters.received++;
    else this.#counters.malformed++;
    this.#guard(flow, () => {
      if (result.message?.isRequest === true) stampSource(result.message, flow);
      if (result.ok) this.#options.onMessage(result.message, flow);
      else this.#options.onMalformed(result, flow);
    });
  }

  #guard(flow: Flow, call: () => void): void {
    const { onError } = this.#options;
    if (onError === undefined) {
      call();
      return;
    }
    try {
      call();
    } catch (error) {
      onError(error, flow);
    }
  }
}

/** A message begins with a token, after line breaks at most. */
function isLetterish(bytes: Buffer): boolean {
  let at = 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return (bytes[at] ?? 0) > 0x20;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
