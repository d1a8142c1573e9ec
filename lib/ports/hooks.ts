/** Somebody else's server that is asked where a call goes on. */

import type { HookRequest, HookResult } from '../core/flow/hook.ts';

export interface Hooks {
  /**
   * Posts the request and tries it again as it says. Resolves in any case, at the latest when all of its tries have timed
   * out; `ending` gives it up.
   */
  ask(request: HookRequest, ending: AbortSignal): Promise<HookResult>;
}
