import type { Socket } from 'node:net';
import { type Clock, StoppableClock, systemClock } from './clock.ts';
import { AdminListener } from './control/admin-listener.ts';
import { Connection } from './control/connection.ts';
import { Directory } from './control/directory.ts';
import { hostports, PROTOCOL_VERSION } from './control/meta.ts';
import { OutboundLink } from './control/outbound-link.ts';
import type { Core } from './dialog/core.ts';
import { DialogTable } from './dialog/dialog-table.ts';
import { UserAgent } from './dialog/user-agent.ts';
import type { Malformed } from './message/parse.ts';
import { Resolver } from './resolver/resolver.ts';
import { completeSettings, type EngineSettings, type GivenSettings } from './settings.ts';
import { randomToken } from './transaction/branch.ts';
import { responseTo } from './transaction/response.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import type { Destination, Flow, ListenPoint } from './transaction/wire.ts';
import type { Notice } from './transport/tls-care.ts';
import { type TransportCounters, TransportError, TransportLayer } from './transport/transport-layer.ts';

/** The engine could not start. `code` is the system's: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`. */
export class EngineError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}

export interface Started {
  /** The listen points with their actual ports. */
  readonly sip: readonly ListenPoint[];
  /** Only if applications connect to the engine. */
  readonly admin?: { address: string; port: number };
}

export interface EngineStats {
  readonly transport: TransportCounters;
  readonly clientTransactions: number;
  readonly serverTransactions: number;
  readonly dialogs: number;
  /** Requests that wait for an application's answer, and requests of applications without their final response. */
  readonly pendingIncoming: number;
  readonly pendingOutgoing: number;
  readonly applications: number;
  /** Faults of the engine itself while it handled a message. */
  readonly internalErrors: number;
}

export interface Engine {
  /** @throws EngineError; nothing stays open then */
  start(): Promise<Started>;
  /** Drops requests of a source without an answer until that instant (epoch milliseconds). */
  silence(address: string, untilMs: number): void;
  /** Reads the TLS certificates again; it looks itself, every ten seconds, whether a file has changed. */
  renewCertificates(): void;
  stats(): EngineStats;
  /** Ends calls as if their application had gone, and closes everything. */
  stop(): Promise<void>;
}

interface Environment {
  readonly clock?: Clock;
  /** Finds the addresses of a URI with a name; the engine's own resolver (RFC 3263) if it is not given. */
  readonly resolve?: Core['resolve'];
  /** Hears of faults of the engine itself. */
  readonly onError?: (error: unknown) => void;
  /** Hears of TLS certificates: refused, about to end, renewed. */
  readonly onNotice?: (notice: Notice) => void;
}

/**
 * A SIP engine that drachtio-srf applications drive. Nothing is opened before `start`.
 * @throws EngineError for a certificate's file that cannot be used
 */
export function createEngine(given: GivenSettings, environment: Environment = {}): Engine {
  try {
    return new EmbeddedEngine(completeSettings(given), environment);
  } catch (error) {
    throw error instanceof TransportError ? startError(error) : error;
  }
}

class EmbeddedEngine implements Engine {
  readonly #settings: EngineSettings;
  readonly #clock: StoppableClock;
  readonly #resolver = new Resolver();
  readonly #directory: Directory;
  readonly #dialogs = new DialogTable();
  readonly #transport: TransportLayer;
  readonly #transactions: TransactionLayer;
  readonly #userAgent: UserAgent;
  readonly #control: AdminListener | OutboundLink;
  #internalErrors = 0;

  constructor(settings: EngineSettings, environment: Environment) {
    const clock = new StoppableClock(environment.clock ?? systemClock);
    this.#settings = settings;
    this.#clock = clock;
    this.#directory = new Directory({ recordsCalls: settings.recordsCalls });
    this.#transport = new TransportLayer({
      listenPoints: settings.listenPoints,
      onMessage: (message, flow) => this.#transactions.receive(message, flow),
      onMalformed: (result, flow) => this.#refuse(result, flow),
      onUnreachable: (address, port) => this.#transactions.unreachable(address, port),
      onError: (error) => {
        this.#internalErrors += 1;
        environment.onError?.(error);
      },
      tls: settings.tls,
      onNotice: (notice) => environment.onNotice?.(notice),
    });
    const { timers, maxServerTransactions } = settings;
    this.#transactions = new TransactionLayer({
      wire: this.#transport,
      clock,
      timers,
      maxServerTransactions,
      responseTarget: (via, flow) => this.#transport.responseTarget(via, flow),
      // The user agent needs the transactions and they need it; it is there before the first message.
      user: {
        onRequest: (transaction) => this.#userAgent.onRequest(transaction),
        onCancel: (cancel, invite) => this.#userAgent.onCancel(cancel, invite),
        onAck: (ack, flow) => this.#userAgent.onAck(ack, flow),
        onStrayResponse: (response, flow) => this.#userAgent.onStrayResponse(response, flow),
      },
    });
    this.#userAgent = new UserAgent(this.#core(environment.resolve));
    this.#control = this.#makeControl();
  }

  async start(): Promise<Started> {
    try {
      const sip = await this.#transport.start();
      if (this.#control instanceof AdminListener) return { sip, admin: await this.#startAdmin(this.#control) };
      this.#control.start();
      return { sip };
    } catch (error) {
      this.#clock.stop();
      await this.#transport.close();
      throw error instanceof EngineError ? error : startError(error);
    }
  }

  silence(address: string, untilMs: number): void {
    this.#transport.silence(address, untilMs);
  }

  renewCertificates(): void {
    this.#transport.renewCertificates();
  }

  stats(): EngineStats {
    const { clients, servers } = this.#transactions.counts;
    const { incoming, outgoing } = this.#userAgent.pending;
    return {
      transport: this.#transport.counters,
      clientTransactions: clients,
      serverTransactions: servers,
      dialogs: this.#dialogs.size,
      pendingIncoming: incoming,
      pendingOutgoing: outgoing,
      applications: this.#control.applications,
      internalErrors: this.#internalErrors,
    };
  }

  async stop(): Promise<void> {
    await this.#control.stop();
    this.#transactions.close();
    this.#clock.stop();
    this.#resolver.close();
    await this.#transport.close();
  }

  #core(resolve?: Core['resolve']): Core {
    const { timers, natDetection, passTrying, outboundProxy, unansweredMs } = this.#settings;
    return {
      transactions: this.#transactions,
      dialogs: this.#dialogs,
      wire: this.#transport,
      clock: this.#clock,
      timers,
      applications: this.#directory,
      options: { natDetection, passTrying, outboundProxy, unansweredMs },
      resolve: resolve ?? ((uri, options) => this.#resolver.resolveTarget(uri, options)),
      isOwnAddress: (destination) => isOwn(this.#transport.listenPoints, destination),
    };
  }

  #makeControl(): AdminListener | OutboundLink {
    const { control, maxUnauthenticated } = this.#settings;
    const accept = (socket: Socket, onClosed: () => void) => this.#connection(socket, onClosed);
    if (control.kind === 'connect') return new OutboundLink({ path: control.path, clock: this.#clock, accept });
    return new AdminListener({ address: control.address, port: control.port, maxUnauthenticated, accept });
  }

  #connection(socket: Socket, onClosed: () => void): Connection {
    const { control, controlLimits } = this.#settings;
    return new Connection({
      socket,
      onClosed,
      secret: control.secret,
      clock: this.#clock,
      limits: controlLimits,
      getsEverything: control.kind === 'connect',
      greeting: () => {
        const points = this.#transport.listenPoints;
        return `${hostports(points, 'advertised')}|${PROTOCOL_VERSION}|${hostports(points, 'bound')}`;
      },
      userAgent: this.#userAgent,
      dialogs: this.#dialogs,
      directory: this.#directory,
    });
  }

  async #startAdmin(listener: AdminListener): Promise<{ address: string; port: number }> {
    try {
      return await listener.start();
    } catch (error) {
      const { control } = this.#settings;
      const where = control.kind === 'listen' ? `${control.address}:${control.port}` : control.path;
      const { code } = startError(error);
      const why = code === 'EADDRINUSE' ? 'the port is already in use' : (error as Error).message;
      throw new EngineError(code, `cannot listen for applications on ${where} (admin, tcp): ${why}`);
    }
  }

  /** RFC 3261 8.2: a request that cannot be understood is told so, if it can be answered at all. */
  #refuse(result: Malformed, flow: Flow): void {
    const { message, status, reason } = result;
    const via = message?.topVia;
    if (message === undefined || status === undefined || via === undefined || message.method === 'ACK') return;
    const detail =
      status === 400 ? { reason: `Bad Request - ${reason.replace(/[^\x20-\x7e]/g, '').slice(0, 80)}` } : {};
    const response = responseTo(message, status, { ...detail, toTag: randomToken() });
    this.#transport.send(response.toBuffer(), this.#transport.responseTarget(via, flow)).catch(() => undefined);
  }
}

function startError(error: unknown): EngineError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return new EngineError(typeof code === 'string' ? code : 'EENGINE', String(message ?? error));
}

function isOwn(points: readonly ListenPoint[], destination: Destination): boolean {
  return points.some((point) => {
    if (point.protocol !== destination.protocol) return false;
    const isBound = point.address === destination.address && point.port === destination.port;
    return (
      isBound || (point.advertised === destination.address && (point.advertisedPort ?? point.port) === destination.port)
    );
  });
}
