/** The SIP engine goes and comes back while the application lives: a drachtio-server that is restarted. */

import assert from 'node:assert/strict';
import type { Hooks } from '../../lib/ports/hooks.ts';
import { anInboundNumber, aTrunk } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

describe('without its SIP engine the application', () => {
  let rig: ApplicationRig;
  const start = async (...settings: Parameters<typeof configurationWith>) => {
    rig = await ApplicationRig.start({ configuration: configurationWith(...settings) });
  };
  beforeEach(() => start({ delaySeconds: 5, ringTimeoutSeconds: 25 }));
  afterEach(() => rig.stop());

  const legIds = () => rig.calls.dialled.map(({ legId }) => legId);
  const active = () => Object.values(rig.application.stats().trunks).map((trunk) => trunk.active);

  it('dials nobody, and everybody who was due when it is back', async () => {
    const { id } = await rig.promised();
    rig.calls.loseEngine();
    await rig.clock.advance(120_000);
    assert.deepEqual(legIds(), []);
    assert.equal((await rig.callback(id)).state, 'queued');
    rig.calls.findEngine();
    await rig.settle();
    assert.equal(legIds().length, 1);
  });

  it('takes an INVITE in flight for unknown: it is not sent to the next trunk, and nobody is rung twice', async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.event({ type: 'dialled', legId: legIds()[0]!, callId: 'x' });
    rig.calls.event({ type: 'ringing', legId: legIds()[0]!, status: 180 });
    rig.calls.loseEngine();
    rig.calls.findEngine();
    await rig.clock.advance(24_000);
    const { state, attempt } = await rig.callback(id);
    assert.deepEqual([state, attempt?.unknown, legIds().length], ['dialing', true, 1]);
    await rig.clock.advance(2_000);
    assert.deepEqual([(await rig.callback(id)).reason, legIds().length], ['unknown-after-restart', 1]);
    assert.deepEqual([active(), rig.application.stats().held], [[0], 0]);
  });

  it('repeats the very INVITE that is not known to have left, however long the engine was away', async () => {
    await rig.promised();
    await rig.clock.advance(5_000);
    const [ordered] = rig.calls.dialled;
    rig.calls.loseEngine();
    await rig.clock.advance(20_000);
    assert.equal(legIds().length, 1);
    rig.calls.findEngine();
    await rig.settle();
    const { at: _at, ...request } = ordered!;
    assert.deepEqual(rig.calls.dialled.at(-1), { ...request, at: rig.clock.now() });
    assert.deepEqual(active(), [1]);
    rig.calls.answered(ordered!.legId);
    await rig.clock.advance(1_000);
    assert.deepEqual([legIds().length, active()], [2, [0]]);
  });

  it('does not repeat what no peer would take for the same any more: it is called again, once it must be quiet', async () => {
    await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.loseEngine();
    await rig.clock.advance(31_000);
    rig.calls.findEngine();
    await rig.clock.advance(30_000);
    const [first, second] = legIds();
    assert.equal(legIds().length, 2);
    assert.notEqual(first, second);
  });

  it('orders no INVITE that was being saved when it went, and orders it when it is back', async () => {
    await rig.stop();
    await start({ method: 'extension', extension: '200', trunk: null, delaySeconds: 5 });
    await rig.promised();
    rig.watched.hold();
    await rig.clock.advance(5_000);
    rig.calls.loseEngine();
    rig.watched.release();
    await rig.clock.advance(1_000);
    assert.deepEqual(legIds(), []);
    rig.calls.findEngine();
    await rig.settle();
    assert.equal(legIds().length, 1);
  });

  it('gives back the slot of a leg whose end nobody hears of any more', async () => {
    await rig.stop();
    const trunks = [aTrunk({ maxConcurrentCalls: 1 })];
    const retry = { attempts: 2, intervalSeconds: [1], on: ['no-answer' as const] };
    await start({ delaySeconds: 5, ringTimeoutSeconds: 25, retry }, { trunks });
    await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.endsWhenHungUp = false;
    rig.calls.event({ type: 'dialled', legId: legIds()[0]!, callId: 'x' });
    rig.calls.event({ type: 'ringing', legId: legIds()[0]!, status: 180 });
    await rig.clock.advance(25_000);
    rig.calls.loseEngine();
    rig.calls.findEngine();
    await rig.clock.advance(41_000);
    assert.equal(legIds().length, 2);
  });

  it('settles whom it had on the line, and does not ring him again', async () => {
    const { id } = await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.endsWhenHungUp = false;
    rig.calls.answered(legIds()[0]!);
    await rig.settle();
    rig.calls.loseEngine();
    rig.calls.findEngine();
    await rig.clock.advance(1_000);
    assert.equal((await rig.callback(id)).state, 'done');
    assert.deepEqual([legIds().length, active(), rig.application.stats().held], [1, [0], 0]);
  });

  it('asks no server any more where those go on who were on the line', async () => {
    await rig.stop();
    const did = '+554831210112';
    const configuration = configurationWith(
      { next: 'ask', delaySeconds: 5 },
      {
        inboundNumbers: [anInboundNumber(), anInboundNumber({ number: did, callback: false, flow: 'ask' })],
        flows: [{ name: 'ask', start: 'hook', components: { hook: component('webhook') } }],
      },
    );
    const asked: AbortSignal[] = [];
    const hooks: Hooks = {
      ask: (_request, ending) => {
        asked.push(ending);
        return new Promise(() => undefined);
      },
    };
    rig = await ApplicationRig.start({ configuration, hooks });
    await rig.promised();
    await rig.clock.advance(5_000);
    rig.calls.answered(legIds()[0]!);
    rig.offer({ dialledUser: did });
    await rig.settle();
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [false, false],
    );
    rig.calls.loseEngine();
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [true, true],
    );
  });

  it('keeps a promise whose rejection may have left', async () => {
    const rejected = Promise.withResolvers<{ result: 'gone' }>();
    rig.calls.onReject = () => rejected.promise;
    const { legId } = rig.offer();
    await rig.settle();
    rig.calls.loseEngine();
    rejected.resolve({ result: 'gone' });
    rig.calls.findEngine();
    await rig.clock.advance(5_000);
    assert.deepEqual(
      rig.calls.dialled.map(({ callbackId }) => callbackId),
      [rig.rejectionOf(legId).callbackId],
    );
  });

  it('gives a slot that came while it was away to whoever still wants it', async () => {
    const { id } = await rig.promised();
    rig.calls.loseEngine();
    await rig.clock.advance(6_000);
    await rig.application.callbacks.cancel(id);
    rig.calls.findEngine();
    await rig.settle();
    assert.deepEqual([legIds(), active()], [[], [0]]);
  });
});
