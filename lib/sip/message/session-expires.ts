/** The headers of RFC 4028, as far as they can be read; what cannot be read is not there. */

import type { MessageHead } from './message-head.ts';

export type Refresher = 'uac' | 'uas';

export interface SessionExpires {
  seconds: number;
  refresher: Refresher | null;
}

/** No session lasts longer. */
const most = 2 ** 31 - 1;

export function readSessionExpires(head: MessageHead): SessionExpires | null {
  const parts = /^(\d{1,10})\s*(?:;(.*))?$/.exec((head.first('session-expires') ?? '').trim());
  if (!parts) return null;
  const refresher = /(?:^|;)\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i.exec(parts[2] ?? '')?.[1]?.toLowerCase();
  return { seconds: Math.min(Number(parts[1]), most), refresher: (refresher as Refresher | undefined) ?? null };
}

export function readMinSe(head: MessageHead): number | null {
  const parts = /^(\d{1,10})\s*(?:;|$)/.exec((head.first('min-se') ?? '').trim());
  return parts ? Math.min(Number(parts[1]), most) : null;
}

/** Whether a list header (Supported, Allow) names something. */
export function names(head: MessageHead, header: string, word: string): boolean {
  const all = head.all(header).slice(0, 8).join(',').slice(0, 1024).toLowerCase();
  return all.split(',').some((one) => one.trim() === word);
}
