import { createHmac } from 'node:crypto';

/** What a receiver may ask for by Retry-After. */
const LONGEST_WISH_MS = 3_600_000;

const LONGEST_CAUSE = 200;

export interface SignedPost {
  url: string;
  /** The key of the signature; empty: not signed. */
  secret: string;
  body: string;
  timeoutMs: number;
  /** Wall clock, epoch milliseconds. */
  now: number;
  fetch: typeof fetch;
  ending: AbortSignal;
}

export interface Posted {
  /** Null: no answer. */
  status: number | null;
  /** Null: it was taken. */
  failure: string | null;
  /** What the receiver asks for; null: nothing. */
  waitMs: number | null;
}

/** `t` is in the signed text, so that a receiver can refuse what is old; see docs/operating.md. */
export function signatureOf(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** A redirection is a failure: only who configures says where records go. */
export async function postSigned({ url, secret, body, timeoutMs, now, fetch, ending }: SignedPost): Promise<Posted> {
  const signature = signatureOf(body, secret, Math.floor(now / 1_000));
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'drachtio-callback',
        ...(secret === '' ? {} : { 'x-callback-signature': signature }),
      },
      body,
      redirect: 'manual',
      signal: endingAfter(timeoutMs, ending),
    });
    await response.body?.cancel().catch(() => undefined);
    const { status } = response;
    return response.ok
      ? { status, failure: null, waitMs: null }
      : { status, failure: `status ${status}`, waitMs: wishOf(response) };
  } catch (error) {
    return { status: null, failure: causeOf(error), waitMs: null };
  }
}

/** A timeout that is written in seconds may be no whole number of milliseconds, which Node takes for a mistake. */
export function endingAfter(timeoutMs: number, ending: AbortSignal): AbortSignal {
  return AbortSignal.any([ending, AbortSignal.timeout(Math.ceil(timeoutMs))]);
}

function wishOf(response: Response): number | null {
  const seconds = /^\d{1,9}$/.exec(response.headers.get('retry-after') ?? '')?.[0];
  return seconds === undefined ? null : Math.min(Number(seconds) * 1_000, LONGEST_WISH_MS);
}

export function causeOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown; message?: unknown }; name?: string };
  if (typeof cause?.code === 'string') return cause.code;
  // Such as `bad port`, which says more than `TypeError`.
  return typeof cause?.message === 'string' ? cause.message.slice(0, LONGEST_CAUSE) : (name ?? 'Error');
}
