/** Which of our addresses a peer sees: the advertised one, or that of the socket which reaches it. */

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

interface Listening {
  protocol: string;
  address: string;
  port: number;
}

const TLS_PORT = 5061;

export class LocalAddresses {
  readonly #advertise: string | null;
  #listening: Listening[] = [];

  constructor(advertise: string | null) {
    this.#advertise = advertise;
  }

  /** @param texts `udp/127.0.0.1:5060`, `tcp/[::1]:5060` as the engine names them */
  set(texts: readonly string[]): void {
    this.#listening = texts.flatMap((text) => {
      const parts = /^(\w+)\/(.+):(\d+)$/.exec(text);
      return parts ? [{ protocol: parts[1]!, address: bare(parts[2]!), port: Number(parts[3]) }] : [];
    });
  }

  /** The address for SDP towards a peer; `receivedOn` is where its request came in. */
  mediaAddress(peer: { host: string; protocol: string }, receivedOn: string | null): string {
    if (this.#advertise !== null) return this.#advertise;
    if (receivedOn !== null && !isWildcard(bare(receivedOn))) return bare(receivedOn);
    return this.#nearest(peer)?.address ?? '127.0.0.1';
  }

  /** Our Contact towards a peer; null: the engine's own is right. */
  contact(protocol: string): string | null {
    if (this.#advertise === null) return null;
    const port = this.#listening.find((listening) => listening.protocol === protocol)?.port;
    const host = isIP(this.#advertise) === 6 ? `[${this.#advertise}]` : this.#advertise;
    return `<sip:${host}${port ? `:${port}` : ''}${protocol === 'udp' || protocol === '' ? '' : `;transport=${protocol}`}>`;
  }

  /**
   * A whole Contact towards a peer, for messages that the engine writes none into; null: nobody listens by that transport.
   * @param user empty: none
   */
  contactOf(user: string, peer: { host: string; protocol: string }): string | null {
    const near = this.#nearest(peer);
    // Nobody has to listen for TLS: what the peer wants of us comes on the connection that we made (RFC 5923).
    const otherwise = peer.protocol === 'tls' ? TLS_PORT : undefined;
    const port = this.#listening.find(({ protocol }) => protocol === peer.protocol)?.port ?? otherwise;
    const address = this.#advertise ?? near?.address;
    if (address === undefined || port === undefined) return null;
    const host = isIP(address) === 6 ? `[${address}]` : address;
    return `sip:${user === '' ? '' : `${user}@`}${host}:${port}${peer.protocol === 'udp' ? '' : `;transport=${peer.protocol}`}`;
  }

  /** Whether what is sent to one of these addresses comes back to us. */
  isOurs(peer: { addresses: readonly string[]; port: number }): boolean {
    const own = this.#listening.flatMap(concrete);
    const advertised = this.#listening.map((listening) => ({ ...listening, address: this.#advertise ?? '' }));
    const known = [...own, ...advertised].filter(({ port }) => port === peer.port);
    return peer.addresses.some((address) => known.some((listening) => listening.address === bare(address)));
  }

  #nearest(peer: { host: string; protocol: string }): Listening | undefined {
    const host = bare(peer.host);
    const sameTransport = this.#listening.filter((listening) => listening.protocol === peer.protocol);
    const all = (sameTransport.length > 0 ? sameTransport : this.#listening).flatMap(concrete);
    const family = isIP(host);
    const usable = family === 0 ? all : all.filter((listening) => isIP(listening.address) === family);
    const wanted = isLoopback(host);
    return usable.find((listening) => isLoopback(listening.address) === wanted) ?? usable[0] ?? all[0];
  }
}

/** A wildcard socket stands for the addresses of all interfaces. */
function concrete(listening: Listening): Listening[] {
  if (!isWildcard(listening.address)) return [listening];
  const family = isIP(listening.address) === 6 ? 'IPv6' : 'IPv4';
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter((one) => one.family === family).map((one) => ({ ...listening, address: one.address }));
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

function bare(address: string): string {
  return address.startsWith('[') ? address.slice(1, -1) : address;
}
