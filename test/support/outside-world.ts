/** Small stand-ins for ports that a test wants out of the way. */

import type { Clock } from '../../lib/ports/clock.ts';
import type { Ids } from '../../lib/ports/ids.ts';
import type { Log } from '../../lib/ports/log.ts';
import type { Registration, RegistrationStore } from '../../lib/ports/store.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  alarm: (at, run) => systemClock.after(at - Date.now(), run),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  onStep: () => undefined,
};

/** Alarms come `factor` times sooner than asked for: for waits that are long by the RFC. */
export function hurriedClock(factor: number): Clock {
  return {
    ...systemClock,
    alarm: (at, run) => systemClock.after((at - Date.now()) / factor, run),
    after: (ms, run) => systemClock.after(ms / factor, run),
  };
}

/** Stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #alarms = new Set<{ at: number; run: () => void }>();

  get waiting(): number {
    return this.#alarms.size;
  }

  now(): number {
    return this.#now;
  }

  alarm(at: number, run: () => void): () => void {
    const alarm = { at, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  after(ms: number, run: () => void): () => void {
    return this.alarm(this.#now + ms, run);
  }

  onStep(): void {}

  /** Moves on, running what falls due on the way in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#alarms.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }
}

export function countingIds(): Ids {
  let count = 0;
  const next = (kind: string) => () => `${kind}-${++count}`;
  return { callbackId: next('callback'), attemptId: next('attempt'), legId: next('leg') };
}

export class MemoryLog implements Log {
  readonly lines: Array<{ level: string; fields: object; text: string }> = [];

  debug(fields: object, text: string): void {
    this.lines.push({ level: 'debug', fields, text });
  }
  info(fields: object, text: string): void {
    this.lines.push({ level: 'info', fields, text });
  }
  warn(fields: object, text: string): void {
    this.lines.push({ level: 'warn', fields, text });
  }
  error(fields: object, text: string): void {
    this.lines.push({ level: 'error', fields, text });
  }
  child(): Log {
    return this;
  }
  at(level: string): Array<{ fields: object; text: string }> {
    return this.lines.filter((line) => line.level === level);
  }
}

export class MemoryRegistrations implements RegistrationStore {
  readonly byExtension = new Map<string, Registration>();

  async put(registration: Registration): Promise<void> {
    this.byExtension.set(registration.extension, registration);
  }
  async remove(extension: string): Promise<void> {
    this.byExtension.delete(extension);
  }
  async get(extension: string, now: number): Promise<Registration | null> {
    const registration = this.byExtension.get(extension);
    return registration && registration.expiresAt > now ? registration : null;
  }
  async all(now: number): Promise<Registration[]> {
    return [...this.byExtension.values()].filter((registration) => registration.expiresAt > now);
  }
}
