/** Events for callbacks that another node holds: rows that the holder takes, and answers. */

import type { CallbackId } from '../../core/callback/callback.ts';
import type { CallbackEvent } from '../../core/callback/event.ts';
import { StoreError } from '../store-error.ts';
import type { Database } from './database.ts';
import { CHANNEL } from './hint.ts';

const POST = `with posted as (
  insert into node_mail (callback_id, event) values ($1, $2) returning sequence
) select sequence, pg_notify($3, $4) from posted`;
const LOOK = `select answer, callbacks.lease_owner is null or callbacks.lease_owner = $2 as free
  from node_mail left join callbacks on callbacks.id = node_mail.callback_id where sequence = $1`;
const TAKE_BACK = `delete from node_mail where sequence = $1 returning answer`;
const FOR_ME = `select sequence, callback_id, event from node_mail
  join callbacks on callbacks.id = callback_id where lease_owner = $1 and answer is null order by sequence limit 200`;
const ANSWER = `with answered as (
  update node_mail set answer = $2 where sequence = $1 returning sequence
) select pg_notify($3, $4) from answered`;

const LOOK_AGAIN_MS = 200;

export interface NodeMailOptions {
  database: Database;
  nodeId: () => string;
  /** So long a holder may take: he is dead after that, or has answered. */
  patienceMs: number;
}

export class NodeMail {
  readonly #options: NodeMailOptions;
  /** By sequence: called when its answer may be there. */
  readonly #waiting = new Map<number, () => void>();
  /** Being handled here, or posted from here: whoever posted it handles it if it comes to him. */
  readonly #open = new Set<number>();
  #deliver: ((id: CallbackId, event: CallbackEvent) => Promise<void>) | null = null;

  constructor(options: NodeMailOptions) {
    this.#options = options;
  }

  onMail(deliver: (id: CallbackId, event: CallbackEvent) => Promise<void>): void {
    this.#deliver = deliver;
  }

  async forward(id: CallbackId, event: CallbackEvent): Promise<'handled' | 'free'> {
    const { database, patienceMs } = this.#options;
    const values = [id, JSON.stringify(event), CHANNEL, this.#hint('mail')];
    const [posted] = await database.read<{ sequence: number }>(POST, values);
    const sequence = posted!.sequence;
    this.#open.add(sequence);
    const until = performance.now() + patienceMs;
    let outcome: 'handled' | 'free' | null = null;
    try {
      while (outcome === null && performance.now() < until) {
        await this.#answerOf(sequence);
        outcome = await this.#look(sequence);
      }
    } finally {
      this.#open.delete(sequence);
      const [row] = await database.read<{ answer: string | null }>(TAKE_BACK, [sequence]).catch(() => []);
      if (row?.answer === 'handled') outcome = 'handled';
    }
    if (outcome !== null) return outcome;
    const text = `The node that holds callback ${id} does not answer; try again.`;
    throw new StoreError('STORE_UNAVAILABLE', text, { path: null });
  }

  answered(sequence: number): void {
    this.#waiting.get(sequence)?.();
  }

  /** Takes what has come in for callbacks of this node. */
  async collect(): Promise<void> {
    if (this.#deliver === null) return;
    type Mail = { sequence: number; callback_id: string; event: string };
    const rows = await this.#options.database.read<Mail>(FOR_ME, [this.#options.nodeId()], 'mail').catch(() => []);
    for (const { sequence, callback_id: id, event } of rows) {
      if (this.#open.has(sequence)) continue;
      this.#open.add(sequence);
      void this.#handle(sequence, id, JSON.parse(event)).finally(() => this.#open.delete(sequence));
    }
  }

  async #handle(sequence: number, id: CallbackId, event: CallbackEvent): Promise<void> {
    try {
      await this.#deliver!(id, event);
    } catch {
      // Whoever sent it asks again, or tells his caller that it can't be done.
      return;
    }
    const values = [sequence, 'handled', CHANNEL, this.#hint('answered', { sequence })];
    await this.#options.database.read(ANSWER, values).catch(() => undefined);
  }

  #hint(kind: 'mail' | 'answered', detail: object = {}): string {
    return JSON.stringify({ from: this.#options.nodeId(), kind, ...detail });
  }

  #answerOf(sequence: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(sequence);
        resolve();
      };
      const timer = setTimeout(wake, LOOK_AGAIN_MS);
      this.#waiting.set(sequence, wake);
    });
  }

  async #look(sequence: number): Promise<'handled' | 'free' | null> {
    const [row] = await this.#options.database.read<{ answer: string | null; free: boolean }>(
      LOOK,
      [sequence, this.#options.nodeId()],
      'answer',
    );
    if (row === undefined || row.free) return row?.answer === 'handled' ? 'handled' : 'free';
    return row.answer === 'handled' ? 'handled' : null;
  }
}
