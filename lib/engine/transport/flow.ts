import { formatHostPort } from '../message/host.ts';
import { canonicalAddress } from './address.ts';

export type Protocol = 'udp' | 'tcp' | 'tls';

/** SIP's port where none is written (RFC 3261 19.1.2). */
export function defaultPortOf(protocol: Protocol): number {
  return protocol === 'tls' ? 5061 : 5060;
}

/**
 * Who may be there when we connect by TLS: `name`: a certificate of the host that was asked for, by an authority that we trust;
 * `wildcard`: `*.example.com` counts as such; `none`: anybody; `flow`: whoever has connected to us from that address and port,
 * and nobody else; a SHA-256 fingerprint (64 small hexadecimal digits): this certificate alone, whoever signed it.
 */
export type Trust = 'name' | 'wildcard' | 'none' | 'flow' | (string & {});

export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Where SIP is received: an address (no name; IPv6 without brackets) and a port (0: the kernel chooses). What is
 * `advertised` goes into Via and Contact in its place, for instance the public address in front of a NAT.
 */
export type ListenPoint = {
  protocol: Protocol;
  address: string;
  port: number;
  advertised?: string;
  advertisedPort?: number;
};

/** The way between two peers: for TCP and TLS one connection, for UDP the two sockets. */
export type Flow = {
  protocol: Protocol;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  connectionId?: string;
};

/**
 * A place to send to when there is no flow yet: a numeric address. For TLS `host` is what was asked for, the address itself if it
 * is not given; without `trust` what is known of the address counts, else `name`.
 */
export type Destination = { protocol: Protocol; address: string; port: number; host?: string; trust?: Trust };

export type TransportLimits = {
  /** Connections accepted in all, and from one address; as many in all can be made besides. For TCP and for TLS each. */
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** A connection on which nothing passes for so long is closed. Longer than the usual hour of a registration. */
  idleMs: number;
  /** A message that has begun must be complete within this time, the first must have come, and the peer must take something. */
  partialMessageMs: number;
  /** For TLS the handshake is part of it. */
  connectTimeoutMs: number;
  /** Who connects to us by TLS must be through with the handshake within this time. */
  handshakeMs: number;
  /** Bytes waiting for a slow peer of one connection. */
  maxQueuedBytes: number;
  maxSilencedAddresses: number;
};

export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  maxConnections: 2048,
  maxConnectionsPerAddress: 256,
  idleMs: 3_900_000,
  partialMessageMs: 30_000,
  connectTimeoutMs: 4_000,
  handshakeMs: 10_000,
  maxQueuedBytes: 1_048_576,
  maxSilencedAddresses: 10_000,
};

/** What passed since the start. */
export type TransportCounters = {
  received: number;
  sent: number;
  malformed: number;
  /** Requests dropped because their source is silenced. */
  silenced: number;
  /** Requests of more than 1,300 bytes that went out by UDP (RFC 3261 18.1.1). */
  oversizeRequests: number;
  sendErrors: number;
  connectionsRefused: number;
  /** Connections that were made to us by TLS and did not get through the handshake: garbage, old versions, too slow. */
  handshakesFailed: number;
};

/**
 * A message that could not be sent, or a listen point that could not be opened. `code` is the system's (`ECONNREFUSED`,
 * `ETIMEDOUT`, `EADDRINUSE`, `EMSGSIZE`) or one of ours: `ENOBUFS` (the peer reads too slowly), `ENOTCONN` (the flow's connection
 * is gone), `EAFNOSUPPORT` (no listen point for this protocol and address family), `ESHUTDOWN` (the layer is closed), `ECERT` (the
 * peer's certificate is not the right one), `EPROTO` (no TLS is spoken there that we speak).
 */
export class TransportError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'TransportError';
    this.code = code;
  }
}

/** The other end. */
export function addressOf(target: Flow | Destination): { address: string; port: number } {
  if ('remoteAddress' in target) return { address: canonicalAddress(target.remoteAddress), port: target.remotePort };
  return { address: canonicalAddress(target.address), port: target.port };
}

/** `udp/192.0.2.1:5060`, for texts. */
export function describePoint(point: ListenPoint): string {
  return `${point.protocol}/${formatHostPort(point.address, point.port)}`;
}

/** The same for the other end. */
export function describeTarget(target: Flow | Destination): string {
  const { address, port } = addressOf(target);
  return `${target.protocol}/${formatHostPort(address, port)}`;
}
