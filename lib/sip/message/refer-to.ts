/** What a REFER asks for (RFC 3515 2.1, RFC 3891, RFC 4488). */

import { type MessageHead, splitList } from './message-head.ts';
import { parseNameAddress } from './uri.ts';

/** A dialog as its other end names it. */
export interface ReplacedDialog {
  callId: string;
  toTag: string;
  fromTag: string;
}

export type ReferTo =
  | { type: 'call'; user: string; replaces: ReplacedDialog | null; wantsNotify: boolean }
  /** Something else than an INVITE, or nothing that can be read. */
  | { type: 'invalid'; status: number };

const maxUserLength = 64;

export function readReferTo(head: MessageHead): ReferTo {
  const values = head.all('refer-to').flatMap(splitList);
  if (values.length !== 1) return { type: 'invalid', status: 400 };
  const { text, uri } = parseNameAddress(values[0]!);
  if (uri === null || uri.user === '' || uri.user.length > maxUserLength) return { type: 'invalid', status: 400 };
  if ((uri.params['method'] ?? 'INVITE').toUpperCase() !== 'INVITE') return { type: 'invalid', status: 603 };
  const written = /[?&]replaces=([^&>]*)/i.exec(text)?.[1] ?? null;
  const replaces = written === null ? null : readReplaces(written);
  if (written !== null && replaces === null) return { type: 'invalid', status: 400 };
  const wantsNotify = (head.first('refer-sub') ?? '').trim().toLowerCase() !== 'false';
  return { type: 'call', user: unescaped(uri.user) ?? '', replaces, wantsNotify };
}

function readReplaces(written: string): ReplacedDialog | null {
  const text = unescaped(written);
  if (text === null || text.length > 512) return null;
  const [callId = '', ...params] = text.split(';').map((part) => part.trim());
  const tag = (name: string) =>
    params.find((param) => param.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const [toTag, fromTag] = [tag('to-tag'), tag('from-tag')];
  return callId === '' || !toTag || !fromTag ? null : { callId, toTag, fromTag };
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
