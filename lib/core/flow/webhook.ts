/**
 * The webhook component: somebody else's server is asked where the call goes on. The person hears a prompt meanwhile, or
 * nothing; a server that does not answer, or answers nonsense, leads to `otherwise`.
 */

import type { LegEvent } from '../call/leg.ts';
import type { WebhookComponent } from '../configuration.ts';
import type { StayingKind } from './component-kinds.ts';
import type { FlowEvent, Place } from './flow-state.ts';
import { type FlowTurn, finish, goTo, type Move, nextName, note, own, play } from './flow-turn.ts';
import { type HookAnswer, type HookBody, type HookResult, longestHookMs, readHookAnswer } from './hook.ts';
import { keepKey } from './key-entry.ts';
import { withVariables } from './variables.ts';

type WebhookPlace = Extract<Place, { type: 'webhook' }>;

/** A prompt that ends at once is not begun again: no busy loop with a media engine that can't play it. */
const MIN_PROMPT_MS = 500;
/** The shell tells how a request ended; where it never does, the person is not kept. */
const GRACE_MS = 1000;

function bodyOf({ state, host }: FlowTurn, requestId: string): HookBody {
  const { caller, callerName, inboundNumber } = host.call;
  return {
    requestId,
    callbackId: host.callbackId,
    attempt: host.attempt,
    flow: state.flow,
    component: state.component,
    caller: { ...caller, name: callerName },
    inboundNumber,
    digits: state.digits,
    variables: { ...state.variables, ...state.secrets },
    language: state.language ?? host.language,
  };
}

function enterWebhook(turn: FlowTurn, hook: WebhookComponent): Move {
  const requestId = nextName(turn, 'fetch');
  const { url, secret, timeoutSeconds, retries } = hook;
  const request = { url, secret, body: bodyOf(turn, requestId), timeoutSeconds, retries };
  const meanwhile = hook.prompt === null ? null : { playId: play(turn, hook.prompt), since: turn.context.now };
  turn.effects.push({ type: 'fetch', requestId, request });
  goTo(turn, { type: 'webhook', requestId, since: turn.context.now, meanwhile });
  return null;
}

function webhookEvent(turn: FlowTurn, hook: WebhookComponent, place: WebhookPlace, event: FlowEvent): Move {
  switch (event.type) {
    case 'fetched':
      return event.requestId === place.requestId ? fetched(turn, hook, place, event.result) : null;
    case 'alarm':
      return alarm(turn, hook, place);
    case 'leg':
      if (event.event.legId !== turn.host.legId) return null;
      if (event.event.type === 'digit') keepKey(turn, event.event.digit);
      promptEnded(turn, hook, place, event.event);
      return null;
    default:
      return null;
  }
}

/** The prompt has an end, the waiting has not. */
function promptEnded(turn: FlowTurn, hook: WebhookComponent, place: WebhookPlace, event: LegEvent): void {
  const { meanwhile } = place;
  if (event.type !== 'playEnded' || meanwhile === null || event.playId !== meanwhile.playId) return;
  const isSound = event.result === 'played' && turn.context.now - meanwhile.since >= MIN_PROMPT_MS;
  const again = isSound && hook.prompt !== null;
  goTo(turn, { ...place, meanwhile: again ? { playId: play(turn, hook.prompt!), since: turn.context.now } : null });
}

function fetched(turn: FlowTurn, hook: WebhookComponent, place: WebhookPlace, result: HookResult): Move {
  if (place.meanwhile !== null) turn.effects.push({ type: 'stopPlay', legId: turn.host.legId });
  const { component } = turn.state;
  const { tries } = result;
  const tookMs = turn.context.now - place.since;
  if (result.type === 'failed') return otherwise(turn, hook, 'hook-failed', { why: result.why, tries, tookMs });
  const read = readHookAnswer(result.answer);
  if (!read.ok) return otherwise(turn, hook, 'hook-refused', { why: read.why, tries, tookMs });
  const set = withVariables(turn.state, read.answer.variables);
  if (set.refused.length > 0)
    return otherwise(turn, hook, 'hook-refused', { why: 'too-many-variables', tries, tookMs });
  const exit = exitOf(hook, read.answer);
  if (exit === null) return otherwise(turn, hook, 'hook-refused', { why: 'no-such-exit', tries, tookMs });
  turn.state = { ...set.state, language: read.answer.language ?? turn.state.language };
  note(turn, 'hook-answered', { component, exit: exit.name, next: exit.next, tries, tookMs });
  if (exit.next === null) finish(turn, 'connected', 'flow-ended');
  return exit.next;
}

/** Null: the answer names none that there is. */
function exitOf(hook: WebhookComponent, { exit }: HookAnswer): { name: string; next: string | null } | null {
  const name = exit ?? (hook.next === null ? 'otherwise' : 'next');
  const named = own(hook.exits, name);
  if (named !== null) return { name, next: named };
  if (name === 'otherwise') return { name, next: hook.otherwise };
  return name === 'next' && hook.next !== null ? { name, next: hook.next } : null;
}

type Why = { why: string; tries: number; tookMs: number };

function otherwise(turn: FlowTurn, hook: WebhookComponent, type: string, why: Why): Move {
  note(turn, type, { component: turn.state.component, ...why, next: hook.otherwise });
  if (hook.otherwise === null) finish(turn, 'failed', type);
  return hook.otherwise;
}

function webhookDeadline(hook: WebhookComponent, { since }: WebhookPlace): number {
  return since + longestHookMs(hook) + GRACE_MS;
}

function alarm(turn: FlowTurn, hook: WebhookComponent, place: WebhookPlace): Move {
  if (turn.context.now < webhookDeadline(hook, place)) return null;
  turn.effects.push({ type: 'stopFetch', requestId: place.requestId });
  return fetched(turn, hook, place, { type: 'failed', why: 'no-result', tries: 0 });
}

export const webhookKind: StayingKind<WebhookComponent, WebhookPlace> = {
  // A caller is not answered only to be kept waiting in silence: the server may have him rejected with a promise.
  needsMedia: ({ prompt }) => prompt !== null,
  enter: enterWebhook,
  event: webhookEvent,
  deadline: webhookDeadline,
  moved: (place, byMs) => ({
    ...place,
    since: place.since + byMs,
    meanwhile: place.meanwhile && { ...place.meanwhile, since: place.meanwhile.since + byMs },
  }),
  stopped: ({ requestId }) => [{ type: 'stopFetch', requestId }],
  legId: () => null,
};
