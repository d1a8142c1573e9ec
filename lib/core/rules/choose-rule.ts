import type { CallbackRule, Configuration, InboundNumber } from '../configuration.ts';
import type { PhoneNumber } from '../policy/phone-number.ts';
export interface Mistake {
  path: string;
  message: string;
}
export function chooseRule(
  _configuration: Configuration,
  _inboundNumber: InboundNumber,
  _caller: PhoneNumber,
): CallbackRule | null {
  throw new Error('not written yet');
}
export function tiesIn(_configuration: Configuration): Mistake[] {
  throw new Error('not written yet');
}
