/** Where a call really comes from, when a proxy of ours stands at the edge. */

import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration } from '../configuration.ts';
import { isWithin, readAddress } from './address-range.ts';

const HEADER_VALUE = /^\s*(\[[0-9A-Fa-f:.]{2,45}\]|[0-9.]{7,15}|[0-9A-Fa-f:.]{2,45}?)(?::(\d{1,5}))?\s*$/;

function sourceIn(value: string): { address: string; port: number } | null {
  const text = value.slice(0, 80);
  // An IPv6 address without brackets has no port.
  if (readAddress(text.trim()) !== null) return { address: text.trim().replace(/^\[|\]$/g, ''), port: 0 };
  const [, host = '', port = '0'] = HEADER_VALUE.exec(text) ?? [];
  if (host === '' || readAddress(host) === null || Number(port) > 65535) return null;
  return { address: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/**
 * The call with the source that the proxy names. Without the header it is the proxy's own; with one that cannot be read it
 * comes from nowhere, which no trunk accepts.
 */
export function behindProxy(configuration: Configuration, call: InboundCall): InboundCall {
  const { addresses, sourceHeader } = configuration.trustedProxies;
  if (sourceHeader === null || !isWithin(addresses, call.source.address)) return call;
  const name = sourceHeader.toLowerCase();
  const value = Object.hasOwn(call.headers, name) ? call.headers[name] : undefined;
  if (value === undefined) return call;
  const source = sourceIn(value) ?? { address: '', port: 0 };
  return { ...call, source: { ...call.source, ...source, proxy: call.source.address } };
}
