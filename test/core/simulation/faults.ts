/** Faults that can be put into the reducer, from outside: each of them breaks a guarantee, and the simulation has to see it. */

import type { Callback } from '../../../lib/core/callback/callback.ts';
import type { CallbackEffect, CallbackEvent, CoreContext, Step } from '../../../lib/core/callback/event.ts';
import type { Reduce } from './shell.ts';

type Fault = (reduce: Reduce) => Reduce;

/** Other effects than the reducer's. */
function effects(change: (effect: CallbackEffect, callback: Callback) => CallbackEffect[]): Fault {
  return (reduce) => (callback, event, context) => {
    const step = reduce(callback, event, context);
    return { ...step, effects: step.effects.flatMap((effect) => change(effect, step.callback)) };
  };
}

/** Another state than the reducer's. */
function after(change: (step: Step, before: Callback, event: CallbackEvent) => Partial<Callback>): Fault {
  return (reduce) => (callback, event, context) => {
    const step = reduce(callback, event, context);
    return { ...step, callback: { ...step.callback, ...change(step, callback, event) } };
  };
}

/** The reducer sees another state than there is. */
function before(change: (callback: Callback, event: CallbackEvent, context: CoreContext) => Partial<Callback>): Fault {
  return (reduce) => (callback, event, context) =>
    reduce({ ...callback, ...change(callback, event, context) }, event, context);
}

/** The reducer sees another event; null: none. */
function told(change: (event: CallbackEvent, callback: Callback) => CallbackEvent | null): Fault {
  return (reduce) => (callback, event, context) => {
    const other = change(event, callback);
    return other === null
      ? { callback, effects: [], log: [], attempts: [], persist: false }
      : reduce(callback, other, context);
  };
}

const withoutHangUps = (text: string) =>
  effects((effect) => (effect.type === 'hangUp' && effect.reason.text === text ? [] : [effect]));

export const FAULTS: Record<string, Fault> = {
  'what the store says before dialling is not heard': told((event) =>
    event.type === 'alarm' ? { type: 'alarm', facts: { type: 'free' } } : event,
  ),
  'the hours are not looked at': before(({ plan }) => ({
    plan: { ...plan, terms: { ...plan.terms, callingHours: null } },
  })),
  'what is closed is not looked at':
    (reduce) =>
    (callback, event, { line: _line, ...context }) =>
      reduce(callback, event, context),
  'nobody hears that his lane is closed': told((event) => (event.type === 'slotClosed' ? null : event)),
  'legs that were hung up are not waited for': after(() => ({ closing: [] })),
  'what rings too long is not hung up': withoutHangUps('No answer'),
  'a cancelled call is not hung up': withoutHangUps('Cancelled'),
  'the other side is not hung up': withoutHangUps('The other side hung up'),
  'whoever has talked enough is not hung up': withoutHangUps('Longest talk reached'),
  'who has not taken the call is not hung up': withoutHangUps('Call not taken'),
  'a state after the talk forgets that somebody has answered': after(({ callback }) =>
    callback.state === 'connected' && callback.flow?.place.type === 'menu' ? { state: 'answered' } : {},
  ),
  'who was handed over to nobody is not hung up': withoutHangUps('Nobody could be reached'),
  'a silent trunk is not hung up': withoutHangUps('No response'),
  'the longest call time hangs nobody up': withoutHangUps('Longest call time reached'),
  'the promise is not waited for': before(({ promisedAt, acceptedAt }) => ({ promisedAt: promisedAt ?? acceptedAt })),
  'who stayed on the line is called back': told((event, { acceptedAt }) =>
    event.type === 'notMissed' ? { type: 'promised', at: acceptedAt } : event,
  ),
  'the delay counts from the acceptance': after(({ callback }, { dueAt }, event) =>
    event.type === 'promised' ? { dueAt, promisedAt: callback.promisedAt } : {},
  ),
  'an early alarm is believed': (reduce) => (callback, event, context) =>
    reduce(
      callback,
      event,
      event.type === 'alarm' ? { ...context, now: Math.max(context.now, callback.dueAt) } : context,
    ),
  'the expiry is not looked at': (reduce) => (callback, event, context) => {
    const step = reduce({ ...callback, expiresAt: callback.expiresAt + 1e9 }, event, context);
    return { ...step, callback: { ...step.callback, expiresAt: callback.expiresAt } };
  },
  'attempts are not counted': after(({ callback }) => ({ attempts: Math.min(callback.attempts, 1) })),
  'ids repeat themselves': after(() => ({ serial: 0 })),
  'a repeated INVITE has another key': effects((effect, { version }) =>
    effect.type === 'dial'
      ? [{ ...effect, request: { ...effect.request, idempotencyKey: `${effect.request.legId}/${version}` } }]
      : [effect],
  ),
  'an INVITE in flight is dialled anew after a restart': before(({ attempt, state }, event) =>
    event.type === 'recovered' && attempt !== null && state === 'dialing'
      ? { state: 'scheduled', attempt: null, attempts: 0, dueAt: 0 }
      : {},
  ),
  'an unknown attempt is settled at once': after(({ callback: { attempt } }, _before, event) =>
    event.type === 'recovered' && attempt?.unknown === true ? { attempt: { ...attempt, timedFrom: 0 } } : {},
  ),
  'whoever had answered is rung again after a restart': before(({ state }, event) =>
    event.type === 'recovered' && (state === 'answered' || state === 'connecting') ? { state: 'queued' } : {},
  ),
  'a restart is not told': told((event) => (event.type === 'recovered' ? null : event)),
  'whose leg it is does not matter': told((event, { attempt }) =>
    event.type === 'leg' && attempt !== null && event.event.type === 'rejected'
      ? { type: 'leg', event: { ...event.event, legId: attempt.legId } }
      : event,
  ),
  'whoever rings has answered': told((event) =>
    event.type === 'leg' && event.event.type === 'ringing'
      ? { type: 'leg', event: { type: 'answered', legId: event.event.legId } }
      : event,
  ),
  'an end on the line is not heard': told((event) =>
    event.type === 'leg' && event.event.type === 'ended' ? null : event,
  ),
  'a trunk is shown any caller ID': effects((effect) => {
    if (effect.type !== 'dial') return [effect];
    const callerId = { number: '+4930123456', name: null };
    return [{ ...effect, request: { ...effect.request, identity: { ...effect.request.identity, callerId } } }];
  }),
  'a refused caller ID is asked for again': before(({ attempt }, event) =>
    attempt !== null && event.type === 'leg' && event.event.type === 'rejected'
      ? { attempt: { ...attempt, callerIdRefused: false } }
      : {},
  ),
  'slots are kept': effects((effect) => (effect.type === 'withdrawSlot' ? [] : [effect])),
  'slots are not asked for': (reduce) => (callback, event, context) => {
    const step = reduce(callback, event, context);
    const asked = step.effects.find((effect) => effect.type === 'reserveSlot');
    if (asked === undefined) return step;
    const granted = reduce(step.callback, { type: 'slotGranted', legId: asked.legId }, context);
    return {
      ...granted,
      log: [],
      effects: [...step.effects, ...granted.effects],
      attempts: [...step.attempts, ...granted.attempts],
    };
  },
  'an alarm in the queue is not heard': told((event, { state }) =>
    event.type === 'alarm' && state === 'queued' ? null : event,
  ),
  'calling again while it rings is not heard': told((event, { state }) =>
    event.type === 'calledAgain' && state === 'dialing' ? null : event,
  ),
  'calling again after the end is not heard': told((event, { state }) =>
    event.type === 'calledAgain' && state === 'done' ? null : event,
  ),
  'the ledger is not closed': (reduce) => (callback, event, context) => {
    const step = reduce(callback, event, context);
    return { ...step, attempts: step.attempts.filter((row) => row.endedAt === null) };
  },
  'a new state is not saved': (reduce) => (callback, event, context) => {
    const step = reduce(callback, event, context);
    return event.type === 'slotGranted' ? { ...step, persist: false } : step;
  },
};
