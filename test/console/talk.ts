import type { PhoneCall } from '../support/phone-call.ts';
import type { ConsoleRig } from './console-rig.ts';

/** A slow machine rings late. */
export const PATIENCE_MS = 20_000;

/** Whom the INVITE is for. */
export const dialledBy = (call: PhoneCall): string | undefined => /^INVITE sip:([^@]+)@/.exec(call.invite.raw)?.[1];

/** The person answers and presses 1; extension 200 answers too, and they talk. */
export async function talk(rig: ConsoleRig, person: PhoneCall): Promise<void> {
  person.ring();
  await person.answer();
  await person.info('application/dtmf-relay', 'Signal=1\r\nDuration=160\r\n');
  const target = await rig.extension.nextCall(PATIENCE_MS);
  await target.answer();
}
