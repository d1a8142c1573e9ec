import assert from 'node:assert/strict';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Flow } from '../../lib/core/configuration.ts';
import { aConfiguration, anInboundNumber, aRule, DID, limits, terms } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith, type RigOptions } from './application-rig.ts';

const OTHER_DID = '+554831210111';
const FLOW_DID = '+554831210112';
const ANSWERED_DID = '+554831210113';

/** `offer` calls back lazily, before anything answers; `later` after an announcement. */
const OFFER: Flow = {
  name: 'offer',
  start: 'back',
  components: {
    back: component('callback', { terms: terms({ delaySeconds: 5 }), next: 'bye' }),
    bye: { type: 'hangup', reason: null },
  },
};
const LATER: Flow = {
  name: 'later',
  start: 'say',
  components: {
    say: component('announce', { next: 'back' }),
    back: component('callback', { terms: terms({ delaySeconds: 5 }), next: 'bye' }),
    bye: { type: 'hangup', reason: null },
  },
};

const CONFIGURATION = configurationWith(
  {},
  {
    inboundNumbers: [
      anInboundNumber(),
      anInboundNumber({ number: OTHER_DID }),
      anInboundNumber({ number: FLOW_DID, callback: false, flow: 'offer' }),
      anInboundNumber({ number: ANSWERED_DID, callback: false, flow: 'later' }),
    ],
    flows: [OFFER, LATER],
  },
);

describe('an inbound call', () => {
  let rig: ApplicationRig;
  const start = async (options: RigOptions = {}) => {
    rig = await ApplicationRig.start({ configuration: CONFIGURATION, ...options });
  };
  afterEach(() => rig.stop());

  it('is promised a callback only after the callback is committed', async () => {
    await start();
    rig.watched.hold();
    const { legId } = rig.offer();
    await rig.settle();
    assert.deepEqual(rig.journal, ['insert']);
    rig.watched.release();
    await rig.settle();
    assert.deepEqual(rig.journal, ['insert', `reject ${legId} 486`, 'save scheduled']);
    const { callbackId, reason } = rig.rejectionOf(legId);
    assert.deepEqual(reason, { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' });
    const callback = await rig.callback(callbackId!);
    assert.deepEqual([callback.state, callback.inboundCallId], ['scheduled', 'call-1']);
  });

  it('is due a delay after its rejection left, not after it was accepted', async () => {
    await start();
    const sent = Promise.withResolvers<void>();
    rig.calls.onReject = async () => {
      await sent.promise;
      return { result: 'sent', at: rig.clock.now() };
    };
    const { legId } = rig.offer();
    await rig.settle();
    await rig.clock.advance(300);
    sent.resolve();
    await rig.settle();
    const callback = await rig.callback(rig.rejectionOf(legId).callbackId!);
    assert.deepEqual([callback.promisedAt, callback.dueAt], [rig.clock.now(), rig.clock.now() + 5_000]);
  });

  it('gets 503 with no promise when nothing can be written, and is forgotten', async () => {
    await start();
    rig.watched.failWrites();
    const { legId } = rig.offer();
    await rig.settle();
    const { status, reason, callbackId } = rig.rejectionOf(legId);
    assert.deepEqual([status, reason?.cause, callbackId], [503, 41, null]);
    assert.deepEqual(rig.decisions, ['unavailable']);
    rig.watched.mend();
    await rig.clock.advance(60_000);
    assert.equal(rig.calls.dialled.length, 0);
    assert.equal(rig.application.stats().held, 0);
  });

  it('whose CANCEL wins against the rejection has no promise: done, cancelled, never dialled', async () => {
    await start();
    rig.calls.onReject = () => ({ result: 'cancelled' });
    const { legId } = rig.offer();
    await rig.settle();
    const callback = await rig.callback(rig.rejectionOf(legId).callbackId!);
    assert.deepEqual([callback.state, callback.outcome, callback.reason], ['done', 'cancelled', 'caller-gave-up']);
    await rig.clock.advance(60_000);
    assert.equal(rig.calls.dialled.length, 0);
  });

  it('that is merged and then cancelled leaves the promise of the first call as it was', async () => {
    await start();
    const first = await rig.promised();
    rig.calls.onReject = () => ({ result: 'cancelled' });
    const { legId } = rig.offer();
    await rig.settle();
    assert.equal(rig.rejectionOf(legId).callbackId, first.id);
    assert.deepEqual(await rig.callback(first.id), first);
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('cancelled while a second call of the same caller got the promise does not take it from him', async () => {
    await start();
    const late = Promise.withResolvers<{ result: 'cancelled' }>();
    rig.calls.onReject = (legId) =>
      legId === 'in-1' ? late.promise : { result: 'sent' as const, at: rig.clock.now() };
    rig.offer();
    await rig.settle();
    const second = await rig.promised();
    late.resolve({ result: 'cancelled' });
    await rig.settle();
    assert.equal((await rig.callback(second.id)).state, 'scheduled');
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('whose rejection went down with the control link counts as promised: it may have been heard', async () => {
    await start();
    rig.calls.onReject = () => ({ result: 'gone' });
    const { legId } = rig.offer();
    await rig.settle();
    const callback = await rig.callback(rig.rejectionOf(legId).callbackId!);
    assert.deepEqual([callback.state, callback.promisedAt], ['scheduled', rig.clock.now()]);
    await rig.clock.advance(5_000);
    assert.equal(rig.calls.dialled.length, 1);
  });

  it('of a caller who waits already gets the same promise, and the due time is not moved', async () => {
    await start();
    const first = await rig.promised();
    await rig.clock.advance(3_000);
    const again = await rig.promised();
    assert.deepEqual([again.id, again.dueAt], [first.id, first.dueAt]);
    assert.deepEqual(rig.decisions, ['accepted', 'merged']);
  });

  it('many times at once, from one caller, makes one callback', async () => {
    await start();
    for (let count = 0; count < 20; count += 1) rig.offer();
    await rig.settle();
    const ids = new Set(rig.calls.rejections.map(({ rejection }) => rejection.callbackId));
    assert.equal(ids.size, 1);
    assert.equal((await rig.watched.store.callbacks.counts()).scheduled, 1);
  });

  it('over the limit of its number is refused, also when the calls come at the same time', async () => {
    const rules = [DID, OTHER_DID].map((number) => aRule({ name: `for ${number}`, inboundNumbers: [number] }));
    const perNumber = { max: 1, perSeconds: 3_600 };
    await start({ configuration: { ...CONFIGURATION, callbackRules: rules, limits: limits({ perNumber }) } });
    const legs = [rig.offer(), rig.offer({ dialledUser: OTHER_DID })].map(({ legId }) => legId);
    await rig.settle();
    assert.deepEqual(
      legs.map((legId) => rig.rejectionOf(legId).status),
      [486, 403],
    );
    assert.equal(rig.rejectionOf(legs[1]!).callbackId, null);
    await rig.clock.advance(3_600_001);
    rig.offer({ dialledUser: OTHER_DID });
    await rig.settle();
    assert.equal(rig.calls.rejections.at(-1)?.rejection.status, 486);
  });

  it('of a stranger is refused, and after a few he is met with silence until the configuration changes', async () => {
    await start();
    const source = { address: '192.0.2.7', port: 5060, protocol: 'udp' as const, localPort: 5060 };
    for (let count = 0; count < 4; count += 1) rig.offer({ source });
    await rig.settle();
    assert.deepEqual(
      rig.calls.rejections.map(({ rejection }) => rejection.status),
      [403, 403, 403, 403],
    );
    assert.deepEqual(rig.calls.silenced, []);
    rig.offer({ source });
    await rig.settle();
    assert.deepEqual(rig.calls.silenced, [{ address: '192.0.2.7', untilMs: rig.clock.now() + 60_000 }]);
    await rig.live.replace(CONFIGURATION, null);
    rig.offer({ source });
    await rig.settle();
    assert.equal(rig.calls.silenced.length, 1);
  });

  it('that a flow answers is answered with the codecs of the trunk that it came by', async () => {
    await start();
    const { legId } = rig.offer({ dialledUser: ANSWERED_DID });
    await rig.settle();
    assert.deepEqual(rig.calls.answeredBy, [{ legId, source: CONFIGURATION.trunks[0]!.name }]);
  });

  it('of a stranger behind a proxy of ours is refused, and the proxy is never met with silence', async () => {
    const trustedProxies = { addresses: ['10.0.0.5/32'], sourceHeader: 'X-Source' };
    await start({ configuration: { ...CONFIGURATION, trustedProxies } });
    const source = { address: '10.0.0.5', port: 5060, protocol: 'udp' as const, localPort: 5060 };
    for (let count = 0; count < 8; count += 1) rig.offer({ source, headers: { 'x-source': '192.0.2.7:5060' } });
    await rig.settle();
    assert.deepEqual(
      rig.calls.rejections.map(({ rejection }) => rejection.status),
      Array(8).fill(403),
    );
    assert.deepEqual(rig.calls.silenced, []);
    rig.offer({ source, headers: { 'x-source': '127.0.0.1:5070' } });
    await rig.settle();
    assert.equal(rig.calls.rejections.at(-1)?.rejection.status, 486, 'a trunk behind the same proxy');
  });

  it('that cannot be decided for a fault of ours gets a final response all the same', async () => {
    await start();
    Object.defineProperty(rig.live, 'trunkAddresses', {
      get: () => {
        throw new Error('on purpose');
      },
    });
    const { legId } = rig.offer();
    await rig.settle();
    assert.deepEqual([rig.rejectionOf(legId).status, rig.rejectionOf(legId).callbackId], [500, null]);
    assert.equal(rig.log.at('error').length, 1);
  });

  describe('in a flow that comes to a callback', () => {
    const only = async (): Promise<Callback> => {
      const page = await rig.watched.store.callbacks.list({
        page: 1,
        pageSize: 10,
        sort: { field: 'acceptedAt', descending: false },
      });
      assert.equal(page.total, 1);
      return rig.callback(page.items[0]!.id);
    };

    it('before anything answered is rejected with the promise, as by a rule', async () => {
      await start();
      const callback = await rig.promised({ dialledUser: FLOW_DID });
      assert.deepEqual([callback.plan.origin, callback.dueAt], ['flow:offer/back', rig.clock.now() + 5_000]);
      assert.equal(rig.calls.hangUps.length, 0);
      await rig.settle();
      assert.deepEqual([rig.calls.up, rig.application.stats().flows], [[], 0]);
    });

    it('after it was answered is ended by BYE with the Reason, and the delay runs from the instant the BYE left', async () => {
      await start();
      rig.calls.endsWhenHungUp = false;
      const { legId } = rig.offer({ dialledUser: ANSWERED_DID });
      rig.calls.event({ type: 'answered', legId });
      rig.watched.hold();
      rig.calls.event({ type: 'playEnded', legId, playId: playOf(rig), result: 'played' });
      await rig.settle();
      assert.deepEqual(rig.calls.hangUps, [], 'no BYE before the commit');
      rig.watched.release();
      await rig.settle();
      assert.deepEqual(rig.calls.hangUps, [
        { legId, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      ]);
      assert.equal((await only()).promisedAt, null);
      await rig.clock.advance(400);
      rig.calls.wire(legId, 'sent', 'BYE');
      const at = rig.clock.now();
      await rig.settle();
      const callback = await only();
      assert.deepEqual([callback.promisedAt, callback.dueAt], [at, at + 5_000]);
      rig.calls.ended(legId, 'local');
      await rig.settle();
      assert.equal(rig.application.stats().flows, 0);
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('and whose caller hangs up while the callback is being stored is called back all the same, in time', async () => {
      await start();
      const { legId } = rig.offer({ dialledUser: ANSWERED_DID });
      rig.calls.event({ type: 'answered', legId });
      rig.watched.hold();
      rig.calls.event({ type: 'playEnded', legId, playId: playOf(rig), result: 'played' });
      await rig.settle();
      rig.calls.ended(legId);
      rig.watched.release();
      await rig.settle();
      assert.equal((await only()).promisedAt, rig.clock.now());
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('and whose store is away is ended with the temporary failure, without a promise', async () => {
      await start();
      rig.watched.failWrites();
      const early = rig.offer({ dialledUser: FLOW_DID });
      const late = rig.offer({ dialledUser: ANSWERED_DID });
      rig.calls.event({ type: 'answered', legId: late.legId });
      rig.calls.event({ type: 'playEnded', legId: late.legId, playId: playOf(rig), result: 'played' });
      await rig.settle();
      assert.deepEqual([rig.rejectionOf(early.legId).status, rig.rejectionOf(early.legId).callbackId], [503, null]);
      assert.equal(rig.calls.hangUps[0]?.reason.cause, 41);
      assert.deepEqual([rig.calls.up, rig.application.stats().flows], [[], 0]);
    });

    it('and whose caller may not be called back is refused as he would be by a rule', async () => {
      await start({ configuration: { ...CONFIGURATION, limits: limits({ blockedNumbers: ['+5548*'] }) } });
      const { legId } = rig.offer({ dialledUser: FLOW_DID });
      await rig.settle();
      assert.deepEqual([rig.rejectionOf(legId).status, rig.rejectionOf(legId).callbackId], [403, null]);
      assert.equal(rig.decisions.at(-1), 'refused blocked');
    });
  });

  it('unknown to every rule and flow gets 404', async () => {
    await start({ configuration: aConfiguration({ callbackRules: [] }) });
    const { legId } = rig.offer();
    await rig.settle();
    assert.equal(rig.rejectionOf(legId).status, 404);
  });
});

/** The play that was ordered last. */
function playOf(rig: ApplicationRig): string {
  const order = rig.calls.orders.findLast((one) => one.startsWith('play '));
  assert.ok(order, 'nothing is played');
  return order.split(' ')[2]!;
}
