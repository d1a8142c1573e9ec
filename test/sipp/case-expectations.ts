import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallbackView, Server } from '../support/server.ts';
import type { Expectations } from './scenario-case.ts';
import type { WireRecord } from './wire-record.ts';

/** What a case left behind: the wire, and the server's view of the callbacks. */
export interface CaseResult {
  server: Server;
  wire: WireRecord;
  /** Callbacks that were there before the case. */
  before: ReadonlySet<string>;
}

const DONE_WITHIN_MS = 5_000;
const TRUNK_WITHIN_MS = 1_000;

/** Throws an AssertionError that says what is different. */
export async function verify(expect: Expectations, result: CaseResult): Promise<void> {
  const callbacks = await callbacksOf(expect, result);
  if (callbacks.length > 0) await verifyDetail(expect, result, callbacks.at(-1)!.id);
  for (const [name, fields] of Object.entries(expect.trunks))
    await result.server.untilTrunk(name, fields, TRUNK_WITHIN_MS);
  verifyWire(expect, result.wire);
  await verifyNothingLeft(result.server, expect.settledWithinSeconds);
}

async function callbacksOf(expect: Expectations, { server, before }: CaseResult): Promise<CallbackView[]> {
  const { callbacks, everyCallback } = expect;
  const ours = (all: CallbackView[]) => all.filter(({ id }) => !before.has(id));
  const count = everyCallback?.count ?? callbacks?.length ?? 0;
  const isReached = (all: CallbackView[]) => {
    if (everyCallback !== null) return all.filter((one) => fits(one, everyCallback.like)).length >= count;
    return all.length >= count && (callbacks ?? []).every((like) => all.some((one) => fits(one, like)));
  };
  const isOver = (all: CallbackView[]) => all.length >= count && all.every(({ state }) => state === 'done');
  const what = `callbacks like ${JSON.stringify(everyCallback ?? callbacks)}`;
  const all = ours(await server.until((now) => isReached(ours(now)) || isOver(ours(now)), DONE_WITHIN_MS, what));
  assert.ok(isReached(all), `${what}, not ${JSON.stringify(all)}`);
  if (callbacks === null && everyCallback === null) return all;
  assert.equal(all.length, count, `as many callbacks as expected: ${JSON.stringify(all)}`);
  return all;
}

async function verifyDetail(expect: Expectations, { server }: CaseResult, id: string): Promise<void> {
  if (expect.attempts === null && expect.events.length === 0 && expect.noEvents.length === 0) return;
  const callback = await server.callback(id);
  const attempts = callback.attempts as Array<Record<string, unknown>>;
  const events = callback.events ?? [];
  if (expect.attempts !== null) {
    const text = `attempts like ${JSON.stringify(expect.attempts)}, not ${JSON.stringify(attempts)}`;
    assert.equal(attempts.length, expect.attempts.length, text);
    for (const [index, like] of expect.attempts.entries()) assert.ok(fits(attempts[index]!, like), text);
  }
  let from = 0;
  for (const wanted of expect.events) {
    const like = typeof wanted === 'string' ? { type: wanted } : wanted;
    const found = events.findIndex((event, index) => index >= from && isLike(event, like));
    const all = events.map(({ type, detail }) => `${type} ${JSON.stringify(detail)}`).join('\n');
    assert.notEqual(found, -1, `the event ${JSON.stringify(like)} is missing, or not in order:\n${all}`);
    from = found + 1;
  }
  for (const type of expect.noEvents) {
    assert.ok(!events.some((event) => event.type === type), `the event ${type} was not to be there`);
  }
}

function isLike(event: Record<string, unknown>, like: { type: string; detail?: Record<string, unknown> }): boolean {
  return event['type'] === like.type && fits((event['detail'] ?? {}) as object, like.detail ?? {});
}

function verifyWire(expect: Expectations, wire: WireRecord): void {
  for (const { from, to, betweenMs } of expect.timing) {
    const elapsed = wire.one(to).at - wire.one(from).at;
    const isWithin = elapsed >= betweenMs[0] && elapsed <= betweenMs[1];
    assert.ok(isWithin, `${from} -> ${to}: ${elapsed} ms, not ${betweenMs}\n${wire.ladders()}`);
  }
  for (const { moment, matches } of expect.messages) {
    const { text } = wire.one(moment);
    for (const pattern of matches) {
      assert.ok(new RegExp(pattern, 'm').test(text), `${moment} does not match ${pattern}:\n${text}`);
    }
  }
  for (const { moments, captured } of expect.same) {
    const found = moments.map((moment) => new RegExp(captured, 'm').exec(wire.one(moment).text)?.[1]);
    assert.ok(found[0] !== undefined && new Set(found).size === 1, `the same ${captured}: ${found.join(', ')}`);
  }
  for (const [moment, count] of Object.entries(expect.transactions)) {
    assert.equal(wire.transactions(moment), count, `so many: ${moment}\n${wire.ladders()}`);
  }
  for (const [moment, count] of Object.entries(expect.atLeast)) {
    const found = wire.find(moment).length;
    assert.ok(found >= count, `at least ${count}, not ${found}: ${moment}\n${wire.ladders()}`);
  }
  for (const [moment, count] of Object.entries(expect.exactly)) {
    assert.equal(wire.find(moment).length, count, `so many, repeats too: ${moment}\n${wire.ladders()}`);
  }
  for (const text of expect.never) assert.equal(wire.find(text).length, 0, `this was not to happen: ${text}`);
}

/** A green SIP flow does not prove media: no endpoint, no leg, no port may be left. */
async function verifyNothingLeft(server: Server, withinSeconds: number): Promise<void> {
  const gauges = async () => {
    const { body } = await server.api('/metrics');
    return [...String(body).matchAll(/^callback_(?:legs|media_endpoints) (\d+)$/gm)].map((match) => Number(match[1]));
  };
  const until = Date.now() + withinSeconds * 1_000;
  let left = await gauges();
  while (left.some((count) => count > 0) && Date.now() < until) {
    await delay(50);
    left = await gauges();
  }
  assert.deepEqual(left, [0, 0], 'legs and media endpoints left');
}

function fits(view: object, wanted: Record<string, unknown>): boolean {
  const fields = view as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(fields[key]) === JSON.stringify(value));
}
