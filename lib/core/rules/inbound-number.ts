import type { Configuration, InboundNumber } from '../configuration.ts';
export function findInboundNumber(_configuration: Configuration, _dialledUser: string): InboundNumber | null {
  throw new Error('not written yet');
}
