/** Trunks that answer pings and registrations as the test says. */

import type { Trunk } from '../../lib/core/configuration.ts';
import type { RegisterResult } from '../../lib/core/trunk/trunk-registration.ts';
import type { PingResult, RegisterBinding, TrunkSignalling } from '../../lib/ports/trunk-signalling.ts';

export const WELL: PingResult = { type: 'answered', status: 200, roundTripMs: 3 };
export const NOTHING: PingResult = { type: 'silent', text: 'no answer' };

export class FakeSignalling implements TrunkSignalling {
  readonly pings: Array<{ trunk: string; at: number }> = [];
  readonly registers: Array<{ trunk: string; at: number; expiresSeconds: number; callId: string; cseq: number }> = [];
  onPing: (trunk: Trunk) => PingResult | Promise<PingResult> = () => WELL;
  onRegister: (trunk: Trunk, expiresSeconds: number) => RegisterResult | null | Promise<RegisterResult | null> = (
    _trunk,
    expiresSeconds,
  ) => ({ type: 'registered', expiresSeconds });
  now: () => number = () => 0;

  async ping(trunk: Trunk): Promise<PingResult> {
    this.pings.push({ trunk: trunk.name, at: this.now() });
    return this.onPing(trunk);
  }

  async register(trunk: Trunk, binding: RegisterBinding, expiresSeconds: number): Promise<RegisterResult | null> {
    binding.cseq += 1;
    this.registers.push({ trunk: trunk.name, at: this.now(), expiresSeconds, ...binding });
    return this.onRegister(trunk, expiresSeconds);
  }
}
