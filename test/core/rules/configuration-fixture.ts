/** A complete configuration and complete calls, of which a test changes what it is about. */

import type { InboundCall } from '../../../lib/core/call/inbound-call.ts';
import type {
  CallbackRule,
  CallbackTerms,
  Configuration,
  Extension,
  InboundNumber,
  OutgoingRule,
  Trunk,
} from '../../../lib/core/configuration.ts';

export const TRUNK = 'trunk-80092037';
export const DID = '+554831210110';

export function aTrunk(changes: Partial<Trunk> = {}): Trunk {
  return {
    name: TRUNK,
    proxy: 'sip:127.0.0.1:5070;transport=udp',
    domain: null,
    auth: null,
    register: false,
    accept: null,
    match: null,
    trustIdentity: false,
    numberFormat: 'asReceived',
    identity: { pai: false, privacy: false, from: 'callerId', callbackIdHeader: true },
    callerIds: { allow: [], default: null },
    maxCallsPerSecond: 5,
    maxConcurrentCalls: 30,
    noResponseSeconds: null,
    health: { optionsSeconds: 0, downAfter: 3, upAfter: 2, probeSeconds: 30, maxParkSeconds: 300 },
    ...changes,
  };
}

export function terms(changes: Partial<CallbackTerms> = {}): CallbackTerms {
  return {
    method: 'caller',
    trunk: TRUNK,
    outgoingRule: null,
    number: null,
    extension: null,
    callerId: null,
    delaySeconds: 5,
    timeoutSeconds: 5,
    ringTimeoutSeconds: 25,
    retry: { attempts: 1, intervalSeconds: [60], on: ['busy', 'no-answer', 'unreachable'] },
    expiresSeconds: 1800,
    maxCallSeconds: 7200,
    reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
    ...changes,
  };
}

export function aRule(changes: Partial<CallbackRule> = {}): CallbackRule {
  return { name: 'Callback geral', origin: 'any', inboundNumbers: [], next: null, ...terms(), ...changes };
}

export function anExtension(changes: Partial<Extension> = {}): Extension {
  return { number: '200', contact: 'sip:200@127.0.0.1:5071', password: null, ...changes };
}

export function anInboundNumber(changes: Partial<InboundNumber> = {}): InboundNumber {
  return { number: DID, callback: true, flow: null, ...changes };
}

export const OPERATION: OutgoingRule = {
  name: 'Operação',
  routes: [{ match: '^55(\\d{10,11})$', matchOn: 'e164', rewrite: '0$1', trunks: [TRUNK] }],
};

export function aConfiguration(changes: Partial<Configuration> = {}): Configuration {
  return {
    version: 1,
    defaultCountry: 'BR',
    trunks: [aTrunk()],
    defaultOutgoingRule: null,
    outgoingRules: [OPERATION],
    extensions: [anExtension()],
    inboundNumbers: [anInboundNumber()],
    callbackRules: [aRule()],
    flows: [],
    hours: [],
    limits: {
      duplicate: 'merge',
      perNumber: { max: 10, perSeconds: 3600 },
      countries: { allow: ['BR'] },
      blockedNumbers: [],
      notAccepting: {
        status: 480,
        reason: { protocol: 'Q.850', cause: 31, text: 'Callbacks are not taken now' },
      },
    },
    inactive: {},
    ...changes,
  };
}

export function limits(changes: Partial<Configuration['limits']>): Configuration['limits'] {
  return { ...aConfiguration().limits, ...changes };
}

export function aCall(changes: Partial<InboundCall> = {}): InboundCall {
  return {
    legId: 'leg-1',
    callId: 'call-1@test',
    source: { address: '127.0.0.1', port: 5070, protocol: 'udp', localPort: 5060 },
    extension: null,
    dialledUser: DID,
    dialledHost: '127.0.0.1',
    fromUser: '48991996260',
    fromHost: '127.0.0.1',
    fromName: null,
    assertedUser: null,
    assertedName: null,
    privacy: [],
    headers: {},
    hasOffer: true,
    ...changes,
  };
}

export function from(address: string, port = 5060, localPort = 5060): Pick<InboundCall, 'source'> {
  return { source: { address, port, protocol: 'udp', localPort } };
}
