import type { AttemptRecord, Callback, CallbackLogEntry } from '../../lib/core/callback/callback.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { CallbackSave } from '../../lib/ports/store.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);

/** A complete callback, as a rule makes it; `over` replaces fields. */
export function callbackSample(over: Partial<Callback> & { id: string }): Callback {
  return {
    version: 1,
    state: 'scheduled',
    outcome: null,
    reason: null,
    plan: {
      origin: 'rule:Callback geral',
      terms: {
        method: 'caller',
        trunk: 'trunk-80092037',
        outgoingRule: null,
        number: null,
        extension: null,
        callerId: { number: '+554831210110', name: 'Sapers' },
        delaySeconds: 5,
        timeoutSeconds: 5,
        ringTimeoutSeconds: 25,
        retry: { attempts: 1, intervalSeconds: [60], on: ['busy', 'no-answer', 'unreachable'] },
        expiresSeconds: 1800,
        maxCallSeconds: 7200,
        reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      },
      next: { flow: 'reception', component: null },
    },
    caller: { received: '048991996260', e164: '+5548991996260' },
    callerName: 'João "Zé" \u0000 da Silva',
    inboundNumber: '+554831210110',
    source: 'trunk-80092037',
    inboundCallId: 'a84b4c76e66710@127.0.0.1',
    acceptedAt: NOW,
    promisedAt: null,
    isDueFixed: false,
    dueAt: NOW + 5000,
    expiresAt: NOW + 1_805_000,
    attempts: 0,
    attempt: null,
    serial: 0,
    closing: [],
    flow: null,
    answeredAt: null,
    connectedAt: null,
    doneAt: null,
    userData: null,
    ...over,
  };
}

export function logSample(type: string, over: Partial<CallbackLogEntry> = {}): CallbackLogEntry {
  return { at: NOW, type, attemptId: null, detail: { why: 'test', count: 1, yes: true, none: null }, ...over };
}

export function attemptSample(callbackId: string, attemptId: string, over: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attemptId,
    callbackId,
    number: 1,
    plannedAt: NOW,
    dialledAt: null,
    answeredAt: null,
    endedAt: null,
    via: null,
    dialled: null,
    outcome: null,
    reason: null,
    status: null,
    q850Cause: null,
    ...over,
  };
}

/** The save that accepts a callback. */
export function acceptance(callback: Callback): CallbackSave {
  return { callback, log: [logSample('accepted', { at: callback.acceptedAt })], attempts: [] };
}

/** The save that follows `before`, with one log entry. */
export function change(before: Callback, over: Partial<Callback>, type = 'changed'): CallbackSave {
  return { callback: { ...before, version: before.version + 1, ...over }, log: [logSample(type)], attempts: [] };
}

export function configurationSample(over: Partial<Configuration> = {}): Configuration {
  return {
    version: 1,
    defaultCountry: 'BR',
    trunks: [],
    defaultOutgoingRule: null,
    outgoingRules: [
      { name: 'b', routes: [] },
      {
        name: 'a',
        routes: [{ match: '^55(.*)$', matchOn: 'e164', rewrite: '0$1', trunks: ['t2', 't1'] }],
      },
    ],
    extensions: [{ number: '200', contact: 'sip:200@127.0.0.1:5071', password: null }],
    inboundNumbers: [{ number: '+554831210110', callback: true, flow: 'reception' }],
    callbackRules: [],
    flows: [{ name: 'reception', start: 'bye', components: { bye: { type: 'hangup', reason: null } } }],
    hours: [],
    limits: {
      duplicate: 'merge',
      perNumber: { max: 10, perSeconds: 3600 },
      countries: { allow: ['BR'] },
      blockedNumbers: ['+1900*'],
      notAccepting: {
        status: 480,
        reason: { protocol: 'Q.850', cause: 31, text: 'Callbacks are not taken now' },
      },
    },
    inactive: { queues: [{ name: 'support' }] },
    ...over,
  };
}
