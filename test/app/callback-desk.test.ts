import assert from 'node:assert/strict';
import type { CallbackRequest } from '../../lib/ports/callback-service.ts';
import { anInboundNumber, aRule, DID, limits, TRUNK } from '../core/rules/configuration-fixture.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const RULE = 'Callback geral';
const YEAR_MS = 366 * 86_400_000;

const CONFIGURATION = configurationWith(
  {},
  {
    callbackRules: [
      aRule({ next: null }),
      aRule({ name: 'fixed', inboundNumbers: [DID], method: 'number', number: '+5548999990000' }),
      aRule({ name: 'inside', inboundNumbers: ['x'], method: 'extension', extension: '200' }),
    ],
    inboundNumbers: [anInboundNumber()],
    limits: limits({ blockedNumbers: ['+5511*'], perNumber: { max: 2, perSeconds: 3_600 } }),
  },
);

describe('the desk of the API', () => {
  let rig: ApplicationRig;
  beforeEach(async () => {
    rig = await ApplicationRig.start({ configuration: CONFIGURATION });
  });
  afterEach(() => rig.stop());

  const create = (changes: Partial<CallbackRequest> = {}) =>
    rig.application.callbacks.create({ rule: RULE, number: '48991996260', dueAt: null, userData: null, ...changes });
  const created = async (changes: Partial<CallbackRequest> = {}) => {
    const answer = await create(changes);
    assert.equal(answer.result, 'created', JSON.stringify(answer));
    return (answer as { callback: { id: string; dueAt: number } }).callback;
  };
  /** Its leg, answered by nobody yet. */
  const dialled = async () => {
    const { id } = await created({ dueAt: rig.clock.now() });
    await rig.clock.advance(0);
    return { id, legId: rig.calls.dialled.at(-1)!.legId };
  };

  it('makes a callback by a rule, due after its delay, or when it is asked for, never in the past', async () => {
    assert.equal((await created()).dueAt, rig.clock.now() + 5_000);
    const { id, dueAt } = await created({ number: '48991996261', dueAt: rig.clock.now() - 5, userData: { order: 7 } });
    assert.equal(dueAt, rig.clock.now());
    const { userData, source, inboundCallId } = await rig.callback(id);
    assert.deepEqual([userData, source, inboundCallId], [{ order: 7 }, null, null]);
    await rig.clock.advance(0);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('takes a number as people write it, and dials its digits', async () => {
    const { id } = await created({ number: '(48) 99199-6260', dueAt: rig.clock.now() });
    await rig.clock.advance(0);
    assert.equal((await rig.callback(id)).caller.e164, '+5548991996260');
    assert.deepEqual(rig.calls.dialled.at(-1)!.candidate, { kind: 'trunk', trunk: TRUNK, user: '48991996260' });
  });

  it('gives the open callback to whoever asks for it again', async () => {
    const { id, dueAt } = await created();
    await rig.clock.advance(1_000);
    const answer = await create();
    assert.equal(answer.result, 'merged');
    assert.deepEqual(answer.result === 'merged' && [answer.callback.id, answer.callback.dueAt], [id, dueAt]);
  });

  it('refuses with the code that says why', async () => {
    const refusals: Array<[Partial<CallbackRequest>, string]> = [
      [{ rule: 'nobody' }, 'unknown-rule'],
      [{ number: null }, 'number-missing'],
      [{ number: '4899199626012345678' }, 'number-impossible'],
      [{ number: '190' }, 'number-emergency'],
      [{ number: '11987654321' }, 'number-blocked'],
      [{ number: '+12025550123' }, 'country-not-allowed'],
      [{ number: DID }, 'loop'],
      [{ dueAt: rig.clock.now() + YEAR_MS + 1 }, 'due-too-late'],
    ];
    for (const [changes, code] of refusals) {
      const answer = await create(changes);
      assert.deepEqual(answer.result === 'refused' && answer.code, code, JSON.stringify([changes, answer]));
      assert.ok(answer.result === 'refused' && answer.message.length > 5);
    }
    for (const rule of ['fixed', 'inside']) assert.equal((await create({ rule, number: null })).result, 'created');
    assert.equal((await rig.watched.store.callbacks.counts()).scheduled, 2);
  });

  it('refuses over the limit of a number, and while the application drains', async () => {
    for (let count = 0; count < 2; count += 1) {
      const { id } = await created();
      await rig.application.callbacks.cancel(id);
    }
    const answer = await create();
    assert.deepEqual(answer.result === 'refused' && answer.code, 'limit-reached');
    await rig.application.drain(rig.clock.now());
    const draining = await create({ number: '48991996269' });
    assert.deepEqual(draining.result === 'refused' && draining.code, 'draining');
  });

  it('fails with the code of the store when nothing can be written', async () => {
    rig.watched.failWrites();
    await assert.rejects(create(), { code: 'STORE_UNAVAILABLE' });
  });

  it('knows no callback that does not exist', async () => {
    const { callbacks } = rig.application;
    assert.deepEqual(await callbacks.cancel('x'), { result: 'not-found' });
    assert.deepEqual(await callbacks.retry('x'), { result: 'not-found' });
    assert.deepEqual(await callbacks.reschedule('x', rig.clock.now()), { result: 'not-found' });
  });

  it('cancels in any open state and ends the live leg; a done one is a conflict', async () => {
    const { id, legId } = await dialled();
    rig.calls.event({ type: 'dialled', legId, callId: 'x' });
    const answer = await rig.application.callbacks.cancel(id);
    assert.equal(answer.result === 'changed' && answer.callback.outcome, 'cancelled');
    assert.deepEqual(
      rig.calls.hangUps.map((one) => one.legId),
      [legId],
    );
    const again = { result: 'conflict', code: 'done', message: 'it is done already' };
    assert.deepEqual(await rig.application.callbacks.cancel(id), again);
  });

  it('moves the due time of one that waits, and of no other', async () => {
    const { id } = await created();
    const dueAt = rig.clock.now() + 9_000;
    const answer = await rig.application.callbacks.reschedule(id, dueAt);
    assert.equal(answer.result === 'changed' && answer.callback.dueAt, dueAt);
    const late = await rig.application.callbacks.reschedule(id, rig.clock.now() + YEAR_MS + 1);
    assert.equal(late.result === 'refused' && late.code, 'due-too-late');
    await rig.clock.advance(8_999);
    assert.equal(rig.calls.dialled.length, 0);
    await rig.clock.advance(1);
    assert.equal(rig.calls.dialled.length, 1);
    const ringing = await rig.application.callbacks.reschedule(id, dueAt);
    assert.deepEqual(ringing, { result: 'conflict', code: 'dialing', message: 'it is dialing' });
  });

  it('retries one that waits and one that failed at once; not one that is dialled or was connected', async () => {
    const { id } = await created({ dueAt: rig.clock.now() + 3_600_000 });
    assert.equal(rig.application.stats().held, 0);
    assert.equal((await rig.application.callbacks.retry(id)).result, 'changed');
    await rig.clock.advance(0);
    const first = rig.calls.dialled.at(-1)!.legId;
    assert.deepEqual(await rig.application.callbacks.retry(id), {
      result: 'conflict',
      code: 'dialing',
      message: 'it is dialing',
    });
    rig.calls.event({ type: 'dialled', legId: first, callId: 'x' });
    rig.calls.rejected(first);
    await rig.settle();
    assert.equal((await rig.callback(id)).outcome, 'busy');
    assert.equal((await rig.application.callbacks.retry(id)).result, 'changed');
    await rig.clock.advance(0);
    assert.equal(rig.calls.dialled.length, 2);
    rig.calls.answered(rig.calls.dialled.at(-1)!.legId);
    await rig.clock.advance(1_000);
    const reached = { result: 'conflict', code: 'was-connected', message: 'it was connected' };
    assert.deepEqual(await rig.application.callbacks.retry(id), reached);
  });

  it('says beforehand what would become of a request, and writes and counts nothing by it', async () => {
    const preview = (changes = {}) =>
      rig.application.callbacks.preview({ rule: RULE, number: '48991996260', dueAt: null, userData: null, ...changes });
    for (let turn = 0; turn < 20; turn += 1)
      assert.deepEqual(await preview(), { result: 'created', dueAt: rig.clock.now() + 5_000 });
    const refused = await preview({ number: '190' });
    assert.equal(refused.result === 'refused' && refused.code, 'number-emergency');
    const { id, dueAt } = await created();
    assert.deepEqual(await preview(), { result: 'merged', id, dueAt });
    const { result } = await rig.application.callbacks.create({
      rule: RULE,
      number: '48991996260',
      dueAt: null,
      userData: null,
    });
    assert.equal(result, 'merged', 'the request says the same');
  });
});
