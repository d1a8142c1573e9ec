import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

const LOOKUP_LIMIT_MS = 3_000;

/** Addresses of a SIP URI's host, for telling whose a source is; empty when there is none within 3 s. */
export async function resolveHost(sipUri: string): Promise<string[]> {
  const host = hostOf(sipUri);
  if (host === '' || isIP(host) !== 0) return host === '' ? [] : [host];
  const timer = new Promise<never[]>((resolve) => setTimeout(resolve, LOOKUP_LIMIT_MS, []).unref());
  const found = lookup(host, { all: true }).then((all) => all.map(({ address }) => address));
  return Promise.race([found, timer]).catch(() => []);
}

function hostOf(sipUri: string): string {
  const authority = sipUri.replace(/^sips?:/i, '').replace(/[;?>].*$/, '');
  const hostport = authority.slice(authority.lastIndexOf('@') + 1);
  if (hostport.startsWith('[')) return hostport.slice(1, hostport.indexOf(']'));
  return hostport.replace(/:\d+$/, '');
}
