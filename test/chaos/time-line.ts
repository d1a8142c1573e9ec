import type { Journal } from './journal.ts';
import type { Breach } from './oracle.ts';
import type { StoredHistory } from './stored-history.ts';

/** All that is known of one callback, from the wire and from the store, in its order. */
export function timeLine({ number, callbackId }: Breach, journal: Journal, stored: StoredHistory): string[] {
  const callback = stored.callbacks.find((one) =>
    callbackId === null ? one.number === number : one.id === callbackId,
  );
  const wire = number === null ? [] : journal.linesOf(number).map(({ at, text }) => ({ at, text: `wire   ${text}` }));
  const log = callback?.log ?? [];
  const events = log.map(({ at, type, detail }) => ({ at, text: `store  ${type} ${JSON.stringify(detail)}` }));
  const lines = [...wire, ...events].toSorted((a, b) => a.at - b.at);
  const title = `time line of ${number ?? 'nobody'}, callback ${callback?.id ?? 'none'}:`;
  return [title, ...lines.map(({ at, text }) => `  ${new Date(at).toISOString().slice(11, 23)} ${text}`)];
}
