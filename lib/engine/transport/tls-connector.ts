import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { ipFamily } from '../message/host.ts';
import { canonicalAddress } from './address.ts';
import { TransportError, type Trust } from './flow.ts';
import type { StreamConnector, StreamTarget } from './stream-connector.ts';
import type { TlsCredentials } from './tls-credentials.ts';
import { certificateProblem } from './tls-identity.ts';

/** Peers whose name is remembered. */
const MOST_NAMES = 1024;
const EXPECTS_FLOW: Trust = 'flow';

type Expected = { host: string; trust: Trust };

/**
 * TLS over TCP (RFC 3261 26.2, RFC 5922). Whoever we connect to shows a certificate, and is refused before a byte of SIP leaves
 * unless it is the right one. Those who connect to us are told apart by what they say, as on TCP.
 */
export class TlsConnector implements StreamConnector {
  readonly protocol = 'tls';
  readonly acceptedKey = EXPECTS_FLOW;
  readonly #credentials: TlsCredentials;
  readonly #handshakeMs: number;
  readonly #onFailedHandshake: () => void;
  /** Whom an address turned out to be: in a dialog a peer may be named by its address alone. */
  readonly #known = new Map<string, Expected>();
  /** It never listens: connections are handed to it. */
  #server: Server | undefined;
  /** Those in their handshake, by the four numbers of their connection. */
  readonly #waiting = new Map<string, (ready: Socket) => void>();

  constructor(options: { credentials: TlsCredentials; handshakeMs: number; onFailedHandshake: () => void }) {
    this.#credentials = options.credentials;
    this.#handshakeMs = options.handshakeMs;
    this.#onFailedHandshake = options.onFailedHandshake;
  }

  keyOf(target: StreamTarget): string {
    const { host, trust } = this.#expected(target);
    return trust === EXPECTS_FLOW ? EXPECTS_FLOW : `${trust} ${host}`;
  }

  /** A phone that connected to us has no certificate, and mostly no open port. */
  canConnect(target: StreamTarget): boolean {
    return this.#expected(target).trust !== EXPECTS_FLOW;
  }

  connect(target: StreamTarget, onReady: (socket: Socket) => void): Socket {
    const { address, port, localAddress } = target;
    const expected = this.#expected(target);
    const options: ConnectionOptions & { localAddress?: string; allowHalfOpen: boolean } = {
      host: address,
      port,
      allowHalfOpen: true,
      // What there is to say against the certificate is looked at below, so that it can be told in full.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      secureContext: this.#credentials.clientContext(),
      // RFC 6066 3: a name, never an address.
      ...(ipFamily(expected.host) === 0 ? { servername: expected.host } : {}),
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const socket = connect(options);
    socket.once('secureConnect', () => {
      const problem = problemOf(socket, expected);
      if (problem === undefined) {
        this.#remember(address, expected);
        onReady(socket);
      } else socket.destroy(new TransportError('ECERT', `${whereOf(target, expected)}: ${problem}`));
    });
    return socket;
  }

  accept(socket: Socket, onReady: (ready: Socket) => void): void {
    const key = endsOf(socket);
    this.#waiting.set(key, onReady);
    socket.once('close', () => this.#waiting.delete(key));
    this.#serverNow().emit('connection', socket);
  }

  connectError(error: NodeJS.ErrnoException, target: StreamTarget): TransportError {
    const where = whereOf(target, this.#expected(target));
    const code = error.code ?? 'ECONNREFUSED';
    if (/^(ERR_SSL_|EPROTO)/.test(code)) {
      const why = /:([^:]+):[^:]*\.c:/.exec(error.message)?.[1] ?? code;
      const text = `${where}: the TLS handshake failed (${why}): is TLS 1.2 or newer spoken at this port?`;
      return new TransportError('EPROTO', text);
    }
    if (code === 'ECONNRESET') {
      const text = `${where}: the connection was closed during the TLS handshake: does it ask for a certificate of ours, or speak no TLS?`;
      return new TransportError(code, text);
    }
    return new TransportError(code, `${where}: ${error.message}`);
  }

  /** The certificate was renewed: new connections get the new one. */
  renew(): void {
    const options = this.#credentials.serverOptions();
    if (this.#server !== undefined && options !== undefined) this.#server.setSecureContext(options);
  }

  #serverNow(): Server {
    if (this.#server !== undefined) return this.#server;
    // No session is resumed: who hangs on to an old certificate is not to be met again.
    const server = createServer({ ...this.#credentials.serverOptions(), handshakeTimeout: this.#handshakeMs });
    server.on('secureConnection', (socket: TLSSocket) => {
      const onReady = this.#waiting.get(endsOf(socket));
      if (onReady === undefined) socket.destroy();
      else onReady(socket);
    });
    server.on('tlsClientError', (_error, socket) => {
      socket.destroy();
      this.#onFailedHandshake();
    });
    this.#server = server;
    return server;
  }

  /** Without a word on trust (in a dialog) what is known of the address counts. */
  #expected({ address, host = address, trust }: StreamTarget): Expected {
    if (trust !== undefined) return { host: nameOf(host), trust };
    const known = this.#known.get(canonicalAddress(address));
    const isMeant = known !== undefined && (ipFamily(host) !== 0 || known.host === nameOf(host));
    return isMeant ? known : { host: nameOf(host), trust: 'name' };
  }

  #remember(address: string, expected: Expected): void {
    const key = canonicalAddress(address);
    this.#known.delete(key);
    if (this.#known.size >= MOST_NAMES) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, expected);
  }
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

function nameOf(host: string): string {
  return ipFamily(host) === 0 ? host.toLowerCase().replace(/\.$/, '') : canonicalAddress(host);
}

function whereOf({ address, port }: StreamTarget, { host }: Expected): string {
  const named = host === canonicalAddress(address) ? '' : ` (${host})`;
  return `TLS to ${address.includes(':') ? `[${address}]` : address}:${port}${named}`;
}

function problemOf(socket: TLSSocket, { host, trust }: Expected): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'it shows no certificate';
  const fault = socket.authorizationError as unknown;
  const chainFault = fault === null || fault === undefined ? undefined : String(fault);
  return certificateProblem(certificate, { host, trust, chainFault });
}
