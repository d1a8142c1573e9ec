/** Which of what a page has read an event concerns. */

interface Happened {
  type: string;
  callbackId: string | null;
  data: Record<string, unknown>;
}

const STATUS = [['trunk-status'], ['switches'], ['configuration']];

/** The keys of what is to be read again; an empty one: everything. */
export function concerned({ type, callbackId, data }: Happened): readonly string[][] {
  if (type === 'reset') return data['scope'] === 'status' ? STATUS : [[]];
  if (type.startsWith('callback.')) {
    const recordings = type.startsWith('callback.record') ? [['recordings']] : [];
    return [['callbacks'], ...(callbackId === null ? [] : [['callback', callbackId]]), ...recordings];
  }
  if (type.startsWith('trunk.')) return [['trunk-status']];
  if (type === 'switch.changed') return [['switches'], ['trunk-status']];
  return type === 'configuration.changed' ? [['configuration']] : [];
}
