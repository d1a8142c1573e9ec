import type { Secret } from '../core/configuration.ts';
import { type HookRequest, type HookResult, hookPauseMs } from '../core/flow/hook.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hooks } from '../ports/hooks.ts';
import type { Log } from '../ports/log.ts';
import { causeOf, endingAfter, signatureOf } from './signed-post.ts';

const MOST_BYTES = 64 * 1024;
/** Worth another try: the server is busy, or something before it is. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

export interface FlowHooksOptions {
  secretOf: (secret: Secret) => string;
  clock: Clock;
  fetch: typeof fetch;
  log: Log;
}

type Try = { type: 'answered'; answer: unknown } | { type: 'failed'; why: string; mayRetry: boolean };

const failed = (why: string, mayRetry = false): Try => ({ type: 'failed', why, mayRetry });

/** Asks over HTTP: one POST for each try, signed as all our webhooks are; TLS is verified, a redirection is a failure. */
export class FlowHooks implements Hooks {
  readonly #options: FlowHooksOptions;

  constructor(options: FlowHooksOptions) {
    this.#options = options;
  }

  async ask(request: HookRequest, ending: AbortSignal): Promise<HookResult> {
    const body = JSON.stringify(request.body);
    for (let tries = 1; ; tries += 1) {
      const { result, tookMs } = await this.#timed(() => this.#post(request, body, ending));
      if (result.type === 'answered') return { ...result, tries };
      const isLast = !result.mayRetry || tries > request.retries || ending.aborted;
      this.#tell(request, { why: result.why, tries, tookMs, isLast });
      if (isLast) return { type: 'failed', why: result.why, tries };
      await this.#pause(hookPauseMs(tries), ending);
    }
  }

  async #timed<T>(run: () => Promise<T>): Promise<{ result: T; tookMs: number }> {
    const startedAt = this.#options.clock.now();
    const result = await run();
    return { result, tookMs: Math.max(0, Math.round(this.#options.clock.now() - startedAt)) };
  }

  /** Neither the person's number nor an address with what it may hold: the host alone. */
  #tell({ url, body }: HookRequest, about: { why: string; tries: number; tookMs: number; isLast: boolean }): void {
    const { flow, component, requestId } = body;
    const fields = { host: new URL(url).host, flow, component, requestId, ...about };
    this.#options.log.info(fields, 'a webhook of a flow has failed');
  }

  async #post({ url, secret, timeoutSeconds, body }: HookRequest, text: string, ending: AbortSignal): Promise<Try> {
    const { clock, secretOf } = this.#options;
    const key = secret === null ? '' : secretOf(secret);
    // What can't be signed as it should be is not sent: the receiver would not believe it.
    if (secret !== null && key === '') return failed('no-secret');
    const signature = signatureOf(text, key, Math.floor(clock.now() / 1_000));
    try {
      const response = await this.#options.fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'drachtio-callback',
          'idempotency-key': body.requestId,
          ...(key === '' ? {} : { 'x-callback-signature': signature }),
        },
        body: text,
        redirect: 'manual',
        signal: endingAfter(timeoutSeconds * 1_000, ending),
      });
      return await readAnswer(response);
    } catch (error) {
      if (ending.aborted) return failed('given-up');
      return failed(causeOf(error) === 'TimeoutError' ? 'timeout' : 'unreachable', true);
    }
  }

  #pause(ms: number, ending: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelAlarm = this.#options.clock.after(ms, resolve);
    ending.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(cancelAlarm);
  }
}

async function readAnswer(response: Response): Promise<Try> {
  const { status } = response;
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined);
    return failed(`status-${status}`, status >= 500 || PASSING.has(status));
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    await response.body?.cancel().catch(() => undefined);
    return failed('no-json');
  }
  const text = await boundedText(response);
  if (text === null) return failed('too-long');
  try {
    return { type: 'answered', answer: JSON.parse(text) as unknown };
  } catch {
    return failed('no-json');
  }
}

/** Null: it is longer than anything that we asked for. Nothing beyond that is read. */
async function boundedText(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > MOST_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
