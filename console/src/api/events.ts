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

const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** The server gives a sign of life every 15 s; a network that went away says nothing at all. */
const LONGEST_SILENCE_MS = 40_000;
/** A header tells the time in whole seconds, and comes some time later. */
const CLOCK_ERROR_MS = 2_000;

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
  /** How far the clock of this machine is ahead of the server's. */
  #aheadMs = 0;
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
  /** When it happened by the clock of this machine, which nobody has set by the server's. */
  hereAt = ({ at }: Pick<SystemEvent, 'at'>): number => Math.min(Date.parse(at) + this.#aheadMs, Date.now());
  /** By the server's clock, as far as it is known. */
  serverNow = (): number => Date.now() - this.#aheadMs;

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
    let waitMs = SHORTEST_WAIT_MS;
    this.#say('connecting');
    while (!signal.aborted && session.current()) {
      const wasOpen = await this.#readOnce(signal);
      if (signal.aborted) return;
      this.#say('lost');
      waitMs = wasOpen ? SHORTEST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Reads until it ends, breaks or falls silent. @returns whether it was open */
  async #readOnce(ended: AbortSignal): Promise<boolean> {
    const silent = new AbortController();
    let alarm = setTimeout(() => silent.abort(), LONGEST_SILENCE_MS);
    let wasOpen = false;
    try {
      const headers: Record<string, string> = this.#lastId === '' ? {} : { 'last-event-id': this.#lastId };
      const answer = await request('/api/v1/events', { headers, signal: AbortSignal.any([ended, silent.signal]) });
      this.#compareClocks(answer);
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new FrameReader();
      wasOpen = true;
      this.#say('live');
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(alarm);
        alarm = setTimeout(() => silent.abort(), LONGEST_SILENCE_MS);
        for (const frame of frames.take(value)) this.#frame(frame);
      }
    } catch {
      // What is missed meanwhile comes with the next connection.
    } finally {
      clearTimeout(alarm);
    }
    return wasOpen;
  }

  #compareClocks(answer: Response): void {
    const aheadMs = Date.now() - Date.parse(answer.headers.get('date') ?? '');
    this.#aheadMs = Math.abs(aheadMs) > CLOCK_ERROR_MS ? aheadMs : 0;
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
