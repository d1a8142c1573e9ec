/** Server-sent events (WHATWG HTML 9.2) by `fetch`, since EventSource can't carry credentials in a header. */

import { request } from './client.ts';
import { FrameReader } from './frame-reader.ts';
import { session } from './session.ts';

export interface SystemEvent {
  /** Null: it is not kept. */
  sequence: number | null;
  at: string;
  type: string;
  callbackId: string | null;
  data: Record<string, unknown>;
}

export type LinkState = 'connecting' | 'live' | 'lost';
type Listener = (event: SystemEvent) => void;

const LONGEST_WAIT_MS = 15_000;

/** Not everything that was missed is told: it has to be read again. */
const resetOf = (data: string): SystemEvent => ({
  sequence: null,
  at: new Date().toISOString(),
  type: 'reset',
  callbackId: null,
  data: JSON.parse(data) as Record<string, unknown>,
});

class EventLink {
  readonly #listeners = new Set<Listener>();
  readonly #watchers = new Set<() => void>();
  #state: LinkState = 'connecting';
  #lastId = '';
  #run: AbortController | null = null;

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };
  state = (): LinkState => this.#state;

  /** Keeps a stream open until `stop`, resuming after the last event that came. */
  start(): void {
    if (this.#run !== null) return;
    const run = new AbortController();
    this.#run = run;
    void this.#keepOpen(run.signal);
  }

  stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#lastId = '';
  }

  async #keepOpen(signal: AbortSignal): Promise<void> {
    let waitMs = 500;
    while (!signal.aborted && session.current()) {
      this.#say('connecting');
      const lived = await this.#readOnce(signal).catch(() => false);
      if (signal.aborted) return;
      this.#say('lost');
      waitMs = lived ? 500 : Math.min(waitMs * 2, LONGEST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** @returns whether anything came */
  async #readOnce(signal: AbortSignal): Promise<boolean> {
    const headers: Record<string, string> = this.#lastId === '' ? {} : { 'last-event-id': this.#lastId };
    const answer = await request('/api/v1/events', { headers, signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    const frames = new FrameReader();
    this.#say('live');
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return true;
      for (const frame of frames.take(value)) this.#frame(frame);
    }
  }

  #frame({ id, event, data }: Record<string, string>): void {
    if (id !== undefined) this.#lastId = id;
    if (data === undefined) return;
    const told = event === 'reset' ? resetOf(data) : (JSON.parse(data) as SystemEvent);
    for (const listener of this.#listeners) listener(told);
  }

  #say(state: LinkState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

export const eventLink = new EventLink();
