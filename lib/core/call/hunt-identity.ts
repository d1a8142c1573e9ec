/** Whom a hunt shows to each of its trunks. */

import type { Configuration, Trunk } from '../configuration.ts';
import { callerIdFor, defaultNumberOf, shownNumber, showsCallerId } from '../dialplan/caller-id.ts';
import type { DialRequest } from './dial-request.ts';
import type { Hunt, HuntContext, HuntParty } from './hunt.ts';
import { closureFor, trunkOf } from './hunt-candidates.ts';
import type { DialCandidate } from './leg.ts';

export function requestOf(
  hunt: Hunt,
  candidate: DialCandidate,
  party: HuntParty,
  configuration: Configuration,
): DialRequest {
  const trunk = trunkOf(candidate, configuration);
  const showsId = trunk?.identity.callbackIdHeader ?? true;
  const { identity, callerIdChange } = identityOf(hunt, trunk, party, configuration.defaultCountry);
  return {
    legId: hunt.legId,
    candidate,
    identity,
    callerIdChange,
    callbackId: showsId ? party.callbackId : null,
    idempotencyKey: hunt.legId,
    likeLeg: party.likeLeg,
    ...(party.notBefore === null ? {} : { notBefore: party.notBefore }),
  };
}

/** Whom the present trunk is shown, written as it wants to read it; null: an extension. */
function identityOf(hunt: Hunt, trunk: Trunk | null, party: HuntParty, country: string) {
  const { callerId: wanted, onBehalfOf } = party;
  if (trunk === null) return { identity: { callerId: wanted, onBehalfOf }, callerIdChange: null };
  const { callerId, change } = callerIdFor(trunk, wanted, { country, isRefused: hunt.callerIdRefused === true });
  const identity = {
    callerId: { ...callerId, number: shownNumber(trunk, callerId.number, country) },
    onBehalfOf: onBehalfOf === null ? null : shownNumber(trunk, onBehalfOf, country),
  };
  return { identity, callerIdChange: change };
}

/**
 * A carrier says 403 to a caller ID that is not its customer's; no header says that it was for this. Once per trunk, and
 * not where the trunk is closed by now.
 */
export function hasDefaultToShow(hunt: Hunt, party: HuntParty, context: HuntContext): boolean {
  const candidate = hunt.candidates[hunt.index];
  const trunk = trunkOf(candidate, context.configuration);
  if (candidate === undefined || trunk === null || hunt.callerIdRefused === true) return false;
  const instead = defaultNumberOf(trunk);
  if (instead === null || !showsCallerId(trunk.identity) || closureFor(candidate, party, context) !== null)
    return false;
  const how = { country: context.configuration.defaultCountry, isRefused: false };
  return callerIdFor(trunk, party.callerId, how).callerId.number !== instead;
}
