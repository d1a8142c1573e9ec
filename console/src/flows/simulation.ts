/** A call that is played through on the server, event by event. Each answer follows from the draft and all events so far. */

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import type { SimulatedCall } from '../api/types.ts';
import { plainNumber } from '../parts/plain-number.ts';
import { type Draft, toSave } from './flow-draft.ts';

export interface SimulatedEvent {
  type: string;
  key?: string;
  seconds?: number;
  exit?: string;
}

export interface Setting {
  caller: string;
  inboundNumber: string;
  /** A callback that was answered, instead of a call that comes in. */
  answered: boolean;
}

export interface Simulation {
  call: SimulatedCall | null;
  events: readonly SimulatedEvent[];
  isPending: boolean;
  error: unknown;
  begin(): void;
  happen(event: SimulatedEvent): void;
  /** As it was before the last event. */
  back(): void;
  end(): void;
}

/** @param storedName under which the stored flow is known to others; null: it is new */
export function useSimulation(draft: Draft, storedName: string | null, setting: Setting): Simulation {
  const [events, setEvents] = useState<readonly SimulatedEvent[] | null>(null);
  /** By the same clock in every answer: else opening hours would change under the call. */
  const at = useRef('');
  /** It stands until the next one is there: else the keys would go, and with them the focus, at each that is pressed. */
  const [call, setCall] = useState<SimulatedCall | null>(null);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (asked: readonly SimulatedEvent[]) =>
      api.post('/api/v1/flows/simulate', {
        body: {
          flow: { ...toSave(draft), name: storedName ?? (draft.name.trim() || 'new') } as never,
          caller: plainNumber(setting.caller),
          ...(setting.inboundNumber === '' ? {} : { inboundNumber: setting.inboundNumber }),
          answered: setting.answered,
          at: at.current,
          events: asked as never,
        },
      }),
  });
  const run = (next: readonly SimulatedEvent[]) => {
    setEvents(next);
    mutate(next, { onSuccess: setCall });
  };
  // What is changed while a call is played through changes the call.
  const shown = useRef(draft);
  useEffect(() => {
    if (shown.current === draft) return;
    shown.current = draft;
    if (events !== null) mutate(events, { onSuccess: setCall });
  }, [draft, events, mutate]);
  return {
    call,
    events: events ?? [],
    isPending,
    error,
    begin: () => {
      at.current = new Date().toISOString();
      run([]);
    },
    happen: (event) => run([...(events ?? []), event]),
    back: () => run((events ?? []).slice(0, -1)),
    end: () => {
      setEvents(null);
      setCall(null);
      reset();
    },
  };
}
