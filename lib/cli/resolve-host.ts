import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Resolver } from '../engine/resolver/resolver.ts';

const LOOKUP_LIMIT_MS = 3_000;

/**
 * Addresses behind a SIP URI, for telling whose a source is: those that requests go to (RFC 3263: NAPTR, SRV, A, AAAA), and
 * those of the bare name, from which many providers send. Empty when there is none within 3 s.
 */
export async function resolveHost(
  sipUri: string,
  resolver: Pick<Resolver, 'resolveTarget'> = engineResolver(),
): Promise<string[]> {
  const host = hostOf(sipUri);
  if (host === '' || isIP(host) !== 0) return host === '' ? [] : [host];
  const targets = resolver
    .resolveTarget(withoutUnknownTransport(sipUri))
    .then((all) => all.map(({ address }) => address));
  const plain = lookup(host, { all: true }).then((all) => all.map(({ address }) => address));
  const found = await Promise.all([targets, plain].map(inTime));
  return [...new Set(found.flat())];
}

let known: Resolver | null = null;

function engineResolver(): Resolver {
  known ??= new Resolver();
  return known;
}

/** A name of which one question fails may still have an answer to the other. */
async function inTime(asked: Promise<string[]>): Promise<string[]> {
  const timer = new Promise<never[]>((resolve) => setTimeout(resolve, LOOKUP_LIMIT_MS, []).unref());
  return Promise.race([asked, timer]).catch(() => []);
}

/** WebSocket is a drachtio-server's; where its peers are is asked as for TCP. */
function withoutUnknownTransport(sipUri: string): string {
  return sipUri.replace(/;transport=wss?\b/i, ';transport=tcp');
}

function hostOf(sipUri: string): string {
  const authority = sipUri.replace(/^sips?:/i, '').replace(/[;?>].*$/, '');
  const hostport = authority.slice(authority.lastIndexOf('@') + 1);
  if (hostport.startsWith('[')) return hostport.slice(1, hostport.indexOf(']'));
  return hostport.replace(/:\d+$/, '');
}
