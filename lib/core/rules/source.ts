import type { InboundCall } from '../call/inbound-call.ts';
import type { Configuration } from '../configuration.ts';
export type CallSource =
  | { type: 'trunk'; trunk: string }
  | { type: 'extension'; number: string }
  | { type: 'stranger' };
export function identifySource(
  _configuration: Configuration,
  _call: InboundCall,
  _resolved: ReadonlyMap<string, readonly string[]>,
): CallSource {
  throw new Error('not written yet');
}
