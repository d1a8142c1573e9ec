/** Who stands where in the ladder, and which arrow each message is. */

/** What the log of a callback holds. */
export interface LadderEvent {
  at: string;
  type: string;
  attemptId: string | null;
  detail: Record<string, unknown>;
}

export interface LadderMessage {
  index: number;
  at: string;
  direction: 'sent' | 'received';
  summary: string;
  peer: string;
  legId: string;
  attemptId: string | null;
  /** The lane of the other side; ours is `ours`. */
  lane: number;
  /** Milliseconds since the first message. */
  sinceMs: number;
}

export interface LadderLane {
  legId: string;
  peer: string;
  kind: 'caller' | 'us' | 'person' | 'target';
}

export interface LadderPlan {
  lanes: LadderLane[];
  ours: number;
  messages: LadderMessage[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a server remembers of the messages, beside what was written down. */
export interface RememberedMessage {
  legId: string;
  at: string;
  direction: string;
  summary: string;
  peer: string;
}

/** The call that asked for the callback is not in its log; it is shown as long as the server remembers it. */
export function withRemembered(events: readonly LadderEvent[], messages: readonly RememberedMessage[]): LadderEvent[] {
  const logged = new Set(events.filter(({ type }) => type === 'sip').map(({ detail }) => detail['legId']));
  const more = messages
    .filter(({ legId }) => !logged.has(legId))
    .map(({ at, ...detail }): LadderEvent => ({ at, type: 'sip', attemptId: null, detail }));
  return [...more, ...events].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/**
 * The caller's legs left of us, the others right, in the order in which they came.
 * @param events of a callback; those of type `sip` count
 */
export function planLadder(events: readonly LadderEvent[]): LadderPlan {
  const wire = events.filter(({ type }) => type === 'sip');
  const legs = new Map<string, { peer: string; isInbound: boolean; attemptId: string | null }>();
  for (const { detail, attemptId } of wire) {
    const legId = text(detail['legId']);
    const isInbound = detail['direction'] === 'received' && text(detail['summary']).startsWith('INVITE');
    const known = legs.get(legId);
    if (known === undefined) legs.set(legId, { peer: text(detail['peer']), isInbound, attemptId });
    else if (known.peer === '') known.peer = text(detail['peer']);
  }
  const inbound = [...legs].filter(([, leg]) => leg.isInbound);
  const outbound = [...legs].filter(([, leg]) => !leg.isInbound);
  const lanes: LadderLane[] = [
    ...inbound.map(([legId, { peer }]): LadderLane => ({ legId, peer, kind: 'caller' })),
    { legId: '', peer: '', kind: 'us' },
    ...outbound.map(
      ([legId, { peer }], index): LadderLane => ({ legId, peer, kind: index === 0 ? 'person' : 'target' }),
    ),
  ];
  const laneOf = new Map(lanes.map(({ legId }, lane) => [legId, lane]));
  const startedAt = Date.parse(wire[0]?.at ?? '');
  const messages = wire.map(({ at, detail, attemptId }, index): LadderMessage => {
    const legId = text(detail['legId']);
    return {
      index,
      at,
      direction: detail['direction'] === 'sent' ? 'sent' : 'received',
      summary: text(detail['summary']),
      peer: text(detail['peer']),
      legId,
      attemptId,
      lane: laneOf.get(legId) ?? 0,
      sinceMs: Date.parse(at) - startedAt,
    };
  });
  return { lanes, ours: inbound.length, messages };
}
