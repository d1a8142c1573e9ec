/** What a dial request becomes: one leg through a trunk, or a call that forks over contacts. */

import { createSecretKey, type KeyObject } from 'node:crypto';
import type { DialCandidate, Identity } from '../core/call/leg.ts';
import type { Configuration, Secret } from '../core/configuration.ts';
import type { DialRequest } from '../ports/calls.ts';
import type { RegistrationStore } from '../ports/store.ts';
import {
  type DialTargetResult,
  type DialTargetSources,
  dialTarget,
  type ExtensionTargets,
  extensionTargets,
  groupTargets,
} from './dial-target.ts';
import { ForkedCall } from './leg/forked-call.ts';
import type { LegContext } from './leg/leg-context.ts';
import type { LegTable } from './leg/leg-table.ts';
import { OutboundLeg } from './leg/outbound-leg.ts';
import type { LocalAddresses } from './local-addresses.ts';
import { uriTargets } from './uri-target.ts';

export interface DiallerOptions {
  configuration: () => Configuration;
  registrations: RegistrationStore;
  secretOf: (secret: Secret) => string;
  keySecret: Buffer;
  addresses: LocalAddresses;
  context: LegContext;
  table: LegTable;
  release: (call: ForkedCall) => void;
}

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #key: KeyObject;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#key = createSecretKey(options.keySecret);
  }

  /** Not started. */
  call(request: DialRequest): OutboundLeg | ForkedCall {
    const { configuration, addresses, context } = this.#options;
    const { candidate, identity } = request;
    if (candidate.kind !== 'trunk') return this.#fork(request, candidate);
    const target = dialTarget(candidate, identity, { configuration: configuration(), addresses });
    return this.#leg(request, target, context);
  }

  #leg(request: DialRequest, target: DialTargetResult, context: LegContext): OutboundLeg {
    const { secretOf, table } = this.#options;
    const like = (request.likeLeg !== null && table.leg(request.likeLeg)?.media.endpoint) || null;
    return new OutboundLeg({ request, context, target, like, secretOf, keySecret: this.#key });
  }

  #fork(request: DialRequest, candidate: Exclude<DialCandidate, { kind: 'trunk' }>): ForkedCall {
    const { configuration, registrations, addresses, context, table, release } = this.#options;
    const sources = () => ({ configuration: configuration(), registrations, addresses, now: context.clock.now() });
    const call: ForkedCall = new ForkedCall({
      legId: request.legId,
      context,
      targets: () => targetsOf(candidate, request.identity, sources()),
      branch: ({ extension, contact, dial }, event) => {
        // The same contact gets the same Call-ID when the call is repeated after a crash; two of a group may share one
        const whose = candidate.kind === 'group' ? `\n${extension}` : '';
        const idempotencyKey = `${request.idempotencyKey}${whose}\n${contact}`;
        const leg = this.#leg({ ...request, idempotencyKey }, { found: true, dial }, { ...context, event });
        table.addBranch(leg);
        return leg;
      },
      won: (leg) => table.won(leg),
      release: () => release(call),
    });
    return call;
  }
}

function targetsOf(
  candidate: Exclude<DialCandidate, { kind: 'trunk' }>,
  identity: Identity,
  sources: DialTargetSources,
): Promise<ExtensionTargets> {
  switch (candidate.kind) {
    case 'extension':
      return extensionTargets(candidate.extension, identity, sources);
    case 'group':
      return groupTargets(candidate.extensions, identity, sources);
    case 'uri':
      return uriTargets(candidate.uri, identity, sources);
  }
}
