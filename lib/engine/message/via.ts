import { formatHostPort, parseHostPort, stripBrackets } from './host.ts';
import { formatParams, indexOutsideQuotes, type Params, parseParams } from './params.ts';

/** What `formatVia` needs: the transport (`UDP`), the sent-by host (IPv6 without brackets) and port, and the parameters. */
export type ViaParts = {
  transport: string;
  host: string;
  port?: number | undefined;
  params?: ReadonlyMap<string, string | true> | undefined;
};

/** One element of a Via header (RFC 3261 20.42). */
export class Via {
  /** Upper case: `UDP`, `TCP`, `TLS`. */
  readonly transport: string;
  /** sent-by host; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;

  constructor(parts: { transport: string; host: string; port: number | undefined; params: Params }) {
    this.transport = parts.transport;
    this.host = parts.host;
    this.port = parts.port;
    this.params = parts.params;
  }

  get branch(): string | undefined {
    return this.#text('branch');
  }

  /** The source address that the server saw; without brackets. */
  get received(): string | undefined {
    const value = this.#text('received');
    return value === undefined ? undefined : stripBrackets(value);
  }

  get maddr(): string | undefined {
    const value = this.#text('maddr');
    return value === undefined ? undefined : stripBrackets(value);
  }

  /** The source port that the server saw; `true` when the client asks for it (RFC 3581 3); undefined otherwise. */
  get rport(): number | true | undefined {
    const value = this.params.get('rport');
    if (value === true || value === '') return true;
    if (value === undefined || !/^[0-9]{1,5}$/.test(value)) return undefined;
    const port = Number(value);
    return port >= 1 && port <= 65535 ? port : undefined;
  }

  #text(name: string): string | undefined {
    const value = this.params.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}

const TOKEN = /^[\w\-.!%*+`'~]+$/;
const PROTOCOL = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*/i;
const SPACE = /[ \t]/;

/** Reads one Via element; undefined when it is none. White space around the slashes is legal (RFC 4475 3.1.1.1). */
export function parseVia(value: string): Via | undefined {
  const text = value.trim();
  const protocol = PROTOCOL.exec(text)?.[0].length;
  if (protocol === undefined) return undefined;
  const rest = text.slice(protocol);
  const space = rest.search(SPACE);
  if (space < 1) return undefined;
  const transport = rest.slice(0, space);
  if (!TOKEN.test(transport)) return undefined;
  const semicolon = rest.indexOf(';', space);
  const hostPort = parseHostPort(rest.slice(space, semicolon < 0 ? rest.length : semicolon));
  if (hostPort === undefined) return undefined;
  const params = semicolon < 0 ? new Map<string, string | true>() : parseParams(rest.slice(semicolon));
  if (params === undefined) return undefined;
  return new Via({ transport: transport.toUpperCase(), host: hostPort.host, port: hostPort.port, params });
}

/** The element as text. */
export function formatVia(via: ViaParts): string {
  const params = via.params === undefined ? '' : formatParams(via.params);
  return `SIP/2.0/${via.transport} ${formatHostPort(via.host, via.port)}${params}`;
}

/** Where a request came from, as the server writes it into the top Via; each undefined part is left out. */
export type ViaSource = { received: string | undefined; rport: number | undefined };

/**
 * The Via element with `received` and `rport` filled in and the rest of its text as it was. A `received` which the client
 * wrote itself is dropped: only the server knows it (RFC 3261 18.2.1, RFC 3581 4).
 */
export function viaWithSource(element: string, source: ViaSource): string {
  let at = indexOutsideQuotes(element, ';');
  if (at < 0) at = element.length;
  let text = element.slice(0, at).trimEnd();
  while (at < element.length) {
    const next = indexOutsideQuotes(element, ';', at + 1);
    const end = next < 0 ? element.length : next;
    const param = element.slice(at, end);
    const name = /^;[ \t]*([\w-]*)/.exec(param)?.[1]?.toLowerCase();
    if (name !== 'received' && (name !== 'rport' || source.rport === undefined)) text += param;
    at = end;
  }
  const rport = source.rport === undefined ? '' : `;rport=${source.rport}`;
  const received = source.received === undefined ? '' : `;received=${source.received}`;
  return `${text.trimEnd()}${received}${rport}`;
}
