/** How long a registrar keeps our contact (RFC 3261 10.2.4 and 10.3 step 8). */

import { splitList } from '../message/message-head.ts';
import { parseNameAddress } from '../message/uri.ts';

const MOST_CONTACTS = 64;
const WHOLE = /^\s*(\d{1,9})\s*$/;

/**
 * The `expires` of our contact among all that are registered, else the Expires header, else what was asked for. A
 * registrar may grant less than was asked; nobody is believed to have granted more.
 */
export function grantedSeconds(
  answer: { contacts: readonly string[]; expires: string | null },
  contact: string,
  asked: number,
): number {
  const all = answer.contacts.slice(0, MOST_CONTACTS).flatMap(splitList).slice(0, MOST_CONTACTS).map(parseNameAddress);
  const ours = all.find(({ uri }) => uri !== null && isSame(uri, parseNameAddress(`<${contact}>`).uri));
  const only = all.length === 1 ? all[0] : undefined;
  const texts = [(ours ?? only)?.params['expires'], answer.expires];
  const granted = texts.map((text) => WHOLE.exec(text ?? '')?.[1]).find((digits) => digits !== undefined);
  return granted === undefined ? asked : Math.min(Number(granted), asked);
}

type Uri = NonNullable<ReturnType<typeof parseNameAddress>['uri']>;

function isSame(a: Uri, b: Uri | null): boolean {
  return (
    b !== null &&
    a.user === b.user &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    (a.port || 5060) === (b.port || 5060)
  );
}
