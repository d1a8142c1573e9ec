/** Of a simulated call: another ear, another system, another switch. What each is asked, and what it may say to it. */

import type { DetectionCause, DetectionResult } from '../call/detection.ts';
import type { RecordingEnd } from '../call/recording.ts';
import type { FlowEffect, FlowEvent } from './flow-state.ts';
import type { HookResult } from './hook.ts';
import { legEvent, type SimulatedEvent, type SimulatedEventType } from './simulated-event.ts';

type Asked = Extract<FlowEffect, { type: 'record' | 'detect' | 'fetch' | 'refer' }>;

const HEARD: Readonly<Record<string, { result: DetectionResult; cause: DetectionCause }>> = {
  human: { result: 'human', cause: 'HUMAN' },
  machine: { result: 'machine', cause: 'LONGGREETING' },
  beep: { result: 'beep', cause: 'BEEP' },
  noBeep: { result: 'none', cause: 'TIMEOUT' },
};

function answersTo(effect: Asked): SimulatedEventType[] {
  switch (effect.type) {
    case 'record':
      // a talk is recorded until it is over
      return effect.subject.kind === 'message' ? ['recorded'] : [];
    case 'detect':
      return effect.detection.what === 'human' ? ['human', 'machine'] : ['beep', 'noBeep'];
    case 'fetch':
      return ['hookAnswers', 'hookFails'];
    case 'refer':
      return ['transferred', 'transferFails'];
  }
}

export class SimulatedOthers {
  /** The latest question to each. */
  readonly #asked = new Map<Asked['type'], Asked>();
  #recordingSince = 0;

  /** @returns what they say by themselves */
  perform(effect: FlowEffect, now: number): FlowEvent[] {
    switch (effect.type) {
      case 'record':
        this.#recordingSince = now;
        this.#asked.set(effect.type, effect);
        return [];
      case 'detect':
      case 'fetch':
      case 'refer':
        this.#asked.set(effect.type, effect);
        return [];
      case 'stopRecord':
        return this.#recorded('stopped', now);
      case 'stopDetect':
        this.#asked.delete('detect');
        return [];
      case 'stopFetch':
        this.#asked.delete('fetch');
        return [];
      default:
        return [];
    }
  }

  possible(): SimulatedEventType[] {
    return [...this.#asked.values()].flatMap(answersTo);
  }

  forget(): void {
    this.#asked.clear();
  }

  #taken<T extends Asked['type']>(type: T): Extract<Asked, { type: T }> | undefined {
    const asked = this.#asked.get(type);
    this.#asked.delete(type);
    return asked as Extract<Asked, { type: T }> | undefined;
  }

  #recorded(why: RecordingEnd, now: number): FlowEvent[] {
    const asked = this.#taken('record');
    if (asked === undefined) return [];
    const { legId, recordingId } = asked;
    return [legEvent({ type: 'recorded', legId, recordingId, seconds: (now - this.#recordingSince) / 1000, why })];
  }

  say(event: SimulatedEvent, now: number): FlowEvent[] {
    switch (event.type) {
      case 'recorded':
        return this.#recorded('silence', now);
      case 'hookAnswers':
        return this.#fetched({
          type: 'answered',
          answer: event.exit === undefined ? {} : { exit: event.exit },
          tries: 1,
        });
      case 'hookFails':
        return this.#fetched({ type: 'failed', why: 'timeout', tries: 1 });
      case 'transferred':
        return this.#referred('transferred', 200);
      case 'transferFails':
        return this.#referred('failed', 486);
      default:
        return this.#detected(event.type);
    }
  }

  #fetched(result: HookResult): FlowEvent[] {
    const asked = this.#taken('fetch');
    return asked === undefined ? [] : [{ type: 'fetched', requestId: asked.requestId, result }];
  }

  #referred(result: 'transferred' | 'failed', status: number): FlowEvent[] {
    const asked = this.#taken('refer');
    if (asked === undefined) return [];
    return [legEvent({ type: 'referred', legId: asked.legId, referId: asked.referId, result, status })];
  }

  #detected(type: SimulatedEventType): FlowEvent[] {
    const found = HEARD[type];
    const asked = found === undefined ? undefined : this.#taken('detect');
    if (found === undefined || asked === undefined) return [];
    return [legEvent({ type: 'detected', legId: asked.legId, detectId: asked.detectId, ...found })];
  }
}
