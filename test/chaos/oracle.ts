/**
 * What must hold after any chaos, looked at from the wire, from the account of it, and from the store. It knows nothing of
 * what was done to the server but what a scenario allows for.
 */

import type { AccountReport } from '../../load/account.ts';
import type { Promised, Ring } from './journal.ts';
import type { StoredAttempt, StoredCallback, StoredEntry, StoredHistory } from './stored-history.ts';

export type Broken =
  /** A caller saw his promise, and was never rung. */
  | 'lost'
  /** Rung more often than his retry policy lets him be, or after he had answered. */
  | 'doubled'
  /** Two INVITEs rang him at once, or he was connected twice. */
  | 'overlapping'
  | 'early'
  /** Not done, or done without an outcome. */
  | 'open'
  /** The wire shows a callback, or an INVITE, that the store does not know; or another one than it knows. */
  | 'unknown'
  /** The store says that an INVITE left, and it came nowhere. */
  | 'unseen'
  /** An attempt without an end, one too many, or two of one callback at a time. */
  | 'attempts'
  /** Something is still held when all is over. */
  | 'left over';

export interface Breach {
  broken: Broken;
  number: string | null;
  callbackId: string | null;
  text: string;
}

export interface Evidence {
  account: AccountReport;
  promises: readonly Promised[];
  rings: readonly Ring[];
  /** Call-IDs of INVITEs that came to a trunk which played dead: nobody was rung. */
  unheard: ReadonlySet<string>;
  stored: StoredHistory;
  /** What the nodes still hold: `callback_legs of node 1`, and how many. */
  leftovers: ReadonlyArray<{ what: string; count: number }>;
  /** False: the network loses datagrams, so that an INVITE that left need not have come. */
  isWireWhole: boolean;
  /** False: a node that stood still may give a promise that others have taken for given, and kept. */
  isPromptlyPromised: boolean;
  /** False: the server's clock was set, so that its instants do not compare. */
  isClockSteady: boolean;
}

/** A ring that came so long before rejection plus delay is early: no caller is that slow to read. */
const EARLY_BY_MS = 1_000;

/** An answer that comes too late is hung up within so long; a datagram may be lost on the way. */
const HUNG_UP_WITHIN_MS = 5_000;

export function judge(evidence: Evidence): Breach[] {
  const byId = new Map(evidence.stored.callbacks.map((callback) => [callback.id, callback]));
  return [
    ...promises(evidence, byId),
    ...doubles(evidence, byId),
    ...earlies(evidence),
    ...wire(evidence, byId),
    ...evidence.stored.callbacks.flatMap((callback) => store(callback, evidence)),
    ...evidence.leftovers
      .filter(({ count }) => count !== 0)
      .map(
        ({ what, count }): Breach => ({
          broken: 'left over',
          number: null,
          callbackId: null,
          text: `${what}: ${count}`,
        }),
      ),
  ];
}

type ById = ReadonlyMap<string, StoredCallback>;

function promises({ promises, account, rings }: Evidence, byId: ById): Breach[] {
  const missing = new Set(account.missing);
  const heard = new Set(rings.filter(({ isHeard }) => isHeard).map(({ number }) => number));
  return promises.flatMap(({ number, callbackId }): Breach[] => {
    const stored = byId.get(callbackId);
    const about = { number, callbackId };
    const breaches: Breach[] = [];
    if (missing.has(number) || !heard.has(number)) {
      const fate = stored ? `${stored.state} ${stored.outcome} ${stored.reason}` : 'not there';
      breaches.push({ broken: 'lost', ...about, text: `promised and never rung; in the store it is ${fate}` });
    }
    if (!stored) breaches.push({ broken: 'unknown', ...about, text: 'the promised id is not in the store' });
    else if (stored.number !== number)
      breaches.push({ broken: 'unknown', ...about, text: `the promised id is that of ${stored.number}` });
    return breaches;
  });
}

function doubles({ account, rings, stored }: Evidence, byId: ById): Breach[] {
  const breaches: Breach[] = [];
  for (const number of account.overlapping) {
    breaches.push({ broken: 'overlapping', number, callbackId: null, text: 'two INVITEs at once' });
  }
  const answeredCallIds = answersOf(stored);
  const byNumber = Map.groupBy(
    rings.filter(({ isHeard }) => isHeard),
    ({ number }) => number,
  );
  for (const [number, heard] of byNumber) {
    if (connectionsOf(heard, stored, byId).length > 1)
      breaches.push({ broken: 'overlapping', number, callbackId: heard[0]!.callbackId, text: 'two answered calls' });
    const inOrder = heard.toSorted((a, b) => a.at - b.at);
    const callbackId = inOrder[0]!.callbackId;
    const callback = byId.get(callbackId);
    const allowed = (callback?.allowedAttempts ?? 1) + takenBack(callback?.log ?? []);
    // An answer that crossed our CANCEL is none: nobody was talked to.
    const answered = inOrder.findIndex(({ callId }) => answeredCallIds.has(callId));
    const isRungOn = answered >= 0 && answered < inOrder.length - 1;
    if (inOrder.length <= allowed && !isRungOn) continue;
    const text = isRungOn ? 'rung again after an answer' : `rung ${inOrder.length} times, allowed are ${allowed}`;
    breaches.push({ broken: 'doubled', number, callbackId, text });
  }
  return breaches;
}

/**
 * Rings that use no attempt up: his rejection came while he was rung, so that he is rung again after the delay; or an
 * INVITE was ordered, and its process was away for so long after it that it most likely never left.
 */
function takenBack(log: readonly StoredEntry[]): number {
  const isTakenBack = ({ type, detail }: StoredEntry) =>
    (type === 'called-again' && detail['state'] !== 'scheduled') ||
    (type === 'recovered' && detail['was'] === 'never-dialled');
  return log.filter(isTakenBack).length;
}

/**
 * Calls that the person took for answered, too. An answer to a call that was given up before is none: what said so
 * (CANCEL) was lost or crossed it, and it gets its BYE at once.
 */
function connectionsOf(rings: readonly Ring[], { callIdOf }: StoredHistory, byId: ById): Ring[] {
  const isTakenBack = ({ callId, callbackId, answeredAt, endedAt, how }: Ring) => {
    const givenUp = byId
      .get(callbackId)
      ?.log.find(({ type, detail }) => type === 'given-up' && callIdOf(String(detail['legId'])) === callId);
    const isHungUpAtOnce = how === 'hungUpByThem' && endedAt! - answeredAt! <= HUNG_UP_WITHIN_MS;
    return givenUp !== undefined && isHungUpAtOnce;
  };
  return rings.filter((ring) => ring.answeredAt !== null && !isTakenBack(ring));
}

/** Calls that the server took for answered. */
function answersOf({ callbacks, callIdOf }: StoredHistory): Set<string> {
  const answers = callbacks.flatMap(({ log }) => log.filter(({ type }) => type === 'answered'));
  return new Set(answers.map(({ detail }) => callIdOf(String(detail['legId']))));
}

/**
 * Before the caller's INVITE plus the delay: for certain. By the rejection as he saw it with room for a caller who is slow
 * to read, and where it can't have been lost on its first way, nor left late.
 */
function earlies({ account, isWireWhole, isPromptlyPromised }: Evidence): Breach[] {
  const isSeenAtOnce = isWireWhole && isPromptlyPromised;
  const early = account.early.filter(({ byMs, isCertain }) => isCertain || (isSeenAtOnce && byMs > EARLY_BY_MS));
  return early.map(({ number, byMs }) => ({
    broken: 'early',
    number,
    callbackId: null,
    text: `by ${Math.round(byMs)} ms`,
  }));
}

/** Every INVITE is one that the store has ordered, and (where nothing gets lost) the other way round. */
function wire({ rings, unheard, stored, isWireWhole }: Evidence, byId: ById): Breach[] {
  const breaches: Breach[] = [];
  const seen = new Set([...unheard, ...rings.map(({ callId }) => callId)]);
  const ordered = new Map<string, string>();
  for (const { id, number, log } of stored.callbacks) {
    for (const { type, detail } of log) {
      if (type !== 'dial-ordered' && type !== 'dialled') continue;
      const legId = String(detail['legId']);
      const callId = stored.callIdOf(legId);
      ordered.set(callId, id);
      if (type === 'dialled' && isWireWhole && !seen.has(callId))
        breaches.push({ broken: 'unseen', number, callbackId: id, text: `INVITE ${callId} of leg ${legId}` });
    }
  }
  for (const { number, callId, callbackId, repeats } of rings) {
    const allowed = byId.get(callbackId)?.log.filter((entry) => isRepeatOf(entry, callId, stored)).length ?? 0;
    if (repeats > allowed)
      breaches.push({ broken: 'doubled', number, callbackId, text: `INVITE ${callId} once more, without a restart` });
    const callback = byId.get(callbackId);
    const about = { broken: 'unknown' as const, number, callbackId };
    if (callback === undefined) breaches.push({ ...about, text: `INVITE ${callId} of a callback that is not stored` });
    else if (callback.number !== number)
      breaches.push({ ...about, text: `the callback is that of ${callback.number}` });
    else if (ordered.get(callId) !== callbackId)
      breaches.push({ ...about, text: `INVITE ${callId} was never ordered` });
  }
  return breaches;
}

/** A process that took over has sent it once more, on purpose. */
const isRepeatOf = ({ type, detail }: StoredEntry, callId: string, { callIdOf }: StoredHistory): boolean =>
  type === 'recovered' && typeof detail['repeated'] === 'string' && callIdOf(detail['repeated']) === callId;

function store(callback: StoredCallback, { isClockSteady }: Evidence): Breach[] {
  const { id: callbackId, number, state, outcome, reason, allowedAttempts } = callback;
  const texts: string[] = [];
  const counted = callback.attempts.filter((attempt) => !isTakenBack(attempt));
  if (counted.length > allowedAttempts) texts.push(`${counted.length} attempts, allowed are ${allowedAttempts}`);
  for (const [index, attempt] of callback.attempts.entries()) {
    const { attemptId, endedAt, outcome: end } = attempt;
    if (endedAt === null || end === null) texts.push(`attempt ${attemptId} has no end`);
    const next = callback.attempts[index + 1];
    const overlaps = isClockSteady && next !== undefined && endedAt !== null && next.plannedAt < endedAt;
    if (overlaps) texts.push(`attempt ${next.attemptId} began before the end of ${attemptId}`);
  }
  const breaches = texts.map((text): Breach => ({ broken: 'attempts', number, callbackId, text }));
  if (state !== 'done' || outcome === null || reason === null)
    breaches.push({ broken: 'open', number, callbackId, text: `${state} ${outcome} ${reason}` });
  return breaches;
}

/** It was stopped for another cause than its own, and does not count. */
const isTakenBack = ({ outcome, reason }: StoredAttempt): boolean =>
  outcome === 'cancelled' && ['restart', 'shutdown', 'called-again', 'no-capacity'].includes(reason ?? '');
