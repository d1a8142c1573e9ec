/** What happens on the server makes the page read again what it concerns. */

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { concerned } from './concerned.ts';
import { eventLink, type LinkState, type SystemEvent } from './events.ts';

/** Reading again once per so long is enough, however much happens. */
const CALM_MS = 700;

function follow(client: QueryClient): () => void {
  const waiting = new Map<string, string[]>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const readAgain = () => {
    timer = null;
    for (const queryKey of waiting.values()) void client.invalidateQueries({ queryKey });
    waiting.clear();
  };
  const unsubscribe = eventLink.subscribe((event) => {
    for (const key of concerned(event)) waiting.set(key.join('/'), [...key]);
    if (waiting.size > 0) timer ??= setTimeout(readAgain, CALM_MS);
  });
  // What could not be read while the server was away has no event that would have it read again.
  const unwatch = eventLink.watch(() => {
    if (eventLink.state() === 'live')
      void client.invalidateQueries({ predicate: ({ state }) => state.status === 'error' });
  });
  return () => {
    unsubscribe();
    unwatch();
    if (timer !== null) clearTimeout(timer);
  };
}

/** Of the whole page, once: holds the stream open and keeps what is shown fresh. */
export function useLiveness(): void {
  const client = useQueryClient();
  useEffect(() => {
    eventLink.start();
    const unfollow = follow(client);
    return () => {
      unfollow();
      eventLink.stop();
    };
  }, [client]);
}

export function useLinkState(): LinkState {
  return useSyncExternalStore(eventLink.watch, eventLink.state);
}

/** Calls for each event, as long as it is shown. The listener has to stay the same. */
export function useEvents(listener: (event: SystemEvent) => void): void {
  useEffect(() => eventLink.subscribe(listener), [listener]);
}
