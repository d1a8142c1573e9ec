import { duplicateKeyOf } from '../core/callback/callback.ts';
import type { Configuration } from '../core/configuration.ts';
import { limitRefusal } from '../core/rules/gates.ts';
import type { CallbackRequest } from '../core/rules/request.ts';

/** What the gates `limits` and `duplicate` would have said. */
export type ShadowVerdict = { type: 'accepted' } | { type: 'limits' } | { type: 'joins'; id: string };

/** Numbers and callbacks remembered; the oldest go. */
const MOST_KEPT = 100_000;

/**
 * The callbacks that would have been accepted, as far as later calls depend on them: nothing is stored, so an accepted one
 * counts as open until it would have been rung in vain.
 */
export class ShadowBook {
  readonly #accepted = new Map<string, number[]>();
  readonly #open = new Map<string, { id: string; until: number }>();

  /** @param id of the record that asks; it stands for the callback if it is accepted */
  judge(request: CallbackRequest, id: string, { configuration, now }: Asked): ShadowVerdict {
    const number = request.caller.e164 ?? request.caller.received;
    const since = now - configuration.limits.perNumber.perSeconds * 1_000;
    const recent = (this.#accepted.get(number) ?? []).filter((at) => at > since);
    if (limitRefusal(configuration, recent.length) !== null) return { type: 'limits' };
    const key = duplicateKeyOf(request);
    const open = this.#open.get(key);
    if (open !== undefined && open.until > now) return { type: 'joins', id: open.id };
    const { delaySeconds, ringTimeoutSeconds } = request.plan.terms;
    remember(this.#accepted, number, [...recent, now]);
    remember(this.#open, key, { id, until: now + (delaySeconds + ringTimeoutSeconds) * 1_000 });
    return { type: 'accepted' };
  }
}

interface Asked {
  configuration: Configuration;
  now: number;
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_KEPT) map.delete(map.keys().next().value!);
}
