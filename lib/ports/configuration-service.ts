/** The configuration that the running application works by, and its replacement. */

import type { Configuration, Mistake } from '../core/configuration.ts';

export type ReplaceResult =
  | { result: 'stored'; revision: number }
  /** Another revision than the expected one is stored; nothing was changed. */
  | { result: 'stale' }
  /** The application can't run with it (e.g. ties of rules); nothing was changed. */
  | { result: 'refused'; mistakes: Mistake[] };

/** `replace` stores and applies to the running system; calls that are under way keep their plan. Rejects with StoreUnavailable. */
export interface ConfigurationService {
  current(): { revision: number; configuration: Configuration };
  /**
   * `next` is complete, checked and has its secrets (schema/). `expectedRevision` null: whatever is stored.
   * @param actor who changes it; null or left out: nobody in particular
   */
  replace(next: Configuration, expectedRevision: number | null, actor?: string | null): Promise<ReplaceResult>;
}
