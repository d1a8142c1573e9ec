import type { FlowEffect } from '../core/flow/flow-state.ts';
import type { HookResult } from '../core/flow/hook.ts';
import type { Hooks } from '../ports/hooks.ts';
import type { Log } from '../ports/log.ts';
import type { LegOwner } from './switchboard.ts';

type Fetch = FlowEffect & { type: 'fetch' };

/** Requests of flows to other servers, while they are under way. */
export class HookDesk {
  readonly #hooks: Hooks | null;
  readonly #log: Log;
  readonly #asking = new Map<string, AbortController>();

  /** @param hooks null: every server is dead */
  constructor(hooks: Hooks | null, log: Log) {
    this.#hooks = hooks;
    this.#log = log;
  }

  get underWay(): number {
    return this.#asking.size;
  }

  ask(owner: LegOwner, { requestId, request }: Fetch): void {
    if (this.#asking.has(requestId)) return;
    const ending = new AbortController();
    this.#asking.set(requestId, ending);
    void this.#resultOf(request, ending.signal).then((result) => {
      if (this.#asking.get(requestId) !== ending) return;
      this.#asking.delete(requestId);
      owner.fetched(requestId, result);
    });
  }

  async #resultOf(request: Fetch['request'], ending: AbortSignal): Promise<HookResult> {
    if (this.#hooks === null) return { type: 'failed', why: 'no-hooks', tries: 0 };
    try {
      return await this.#hooks.ask(request, ending);
    } catch (error) {
      this.#log.error({ err: error, requestId: request.body.requestId }, 'a webhook of a flow could not be asked');
      return { type: 'failed', why: 'internal', tries: 0 };
    }
  }

  /** Nobody waits for the answer any more. */
  stop(requestId: string): void {
    const ending = this.#asking.get(requestId);
    this.#asking.delete(requestId);
    ending?.abort();
  }

  stopAll(): void {
    for (const requestId of [...this.#asking.keys()]) this.stop(requestId);
  }
}
