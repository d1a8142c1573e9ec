import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import type { Callback } from '../../lib/core/callback/callback.ts';
import type { Configuration, Flow } from '../../lib/core/configuration.ts';
import type { RingingMode } from '../../lib/core/rules/ringing.ts';
import { anInboundNumber } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const FLOW: Flow = {
  name: 'reception',
  start: 'say',
  components: {
    say: component('announce', { next: 'bye' }),
    bye: { type: 'hangup', reason: null },
  },
};

const SECONDS = 20;

function ringing(mode: RingingMode, flow: string | null = null): Configuration {
  return configurationWith(
    { ringing: { mode, seconds: SECONDS } },
    { inboundNumbers: [anInboundNumber({ flow })], flows: [FLOW] },
  );
}

describe('a call that rings before it is promised anything', () => {
  let rig: ApplicationRig;
  const start = async (configuration: Configuration, keptIn?: string) => {
    rig = await ApplicationRig.start({ configuration, ...(keptIn === undefined ? {} : { directory: keptIn }) });
  };
  let directory: string | null = null;
  afterEach(async () => {
    await rig.stop();
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
    directory = null;
  });

  const offer = async (changes: Partial<InboundCall> = {}) => {
    const call = rig.offer(changes);
    await rig.settle();
    return call;
  };
  const hangUp = async ({ legId }: InboundCall) => {
    rig.calls.ended(legId, 'remote');
    await rig.settle();
  };
  const only = async (): Promise<Callback> => {
    const { items } = await rig.watched.store.callbacks.list({
      page: 1,
      pageSize: 10,
      sort: { field: 'acceptedAt', descending: false },
    });
    assert.equal(items.length, 1, JSON.stringify(items));
    return items[0]!;
  };
  const outcome = async () => {
    const { state, outcome: how, reason } = await only();
    return [state, how, reason];
  };

  describe('in the mode `ring`', () => {
    it('stores nothing while it rings, and is promised when the ringing is over', async () => {
      await start(ringing('ring'));
      const { legId } = await offer();
      assert.deepEqual(rig.journal, [`ring ${legId}`]);
      await rig.clock.advance(SECONDS * 1_000 - 1);
      assert.deepEqual(rig.journal, [`ring ${legId}`]);
      await rig.clock.advance(1);
      assert.deepEqual(rig.journal, [`ring ${legId}`, 'insert', `reject ${legId} 486`, 'save scheduled']);
      const { dueAt } = await rig.callback(rig.rejectionOf(legId).callbackId!);
      assert.equal(dueAt, rig.clock.now() + 5_000);
    });

    it('has no promise when the caller hangs up while it rings: nothing is stored, nobody is called', async () => {
      await start(ringing('ring'));
      await hangUp(await offer());
      await rig.clock.advance(120_000);
      assert.deepEqual(rig.decisions, ['gave-up']);
      assert.deepEqual(rig.journal, ['ring in-1']);
    });

    it('whose CANCEL crosses the rejection has no promise', async () => {
      await start(ringing('ring'));
      rig.calls.onReject = () => ({ result: 'cancelled' });
      await offer();
      await rig.clock.advance(SECONDS * 1_000);
      assert.deepEqual(await outcome(), ['done', 'cancelled', 'caller-gave-up']);
    });

    it('is promised at the deadline of a shutdown', async () => {
      await start(ringing('ring'));
      const { legId } = await offer();
      const drained = rig.application.drain(rig.clock.now() + 1_000);
      await rig.clock.advance(4_000);
      await drained;
      assert.ok(rig.rejectionOf(legId).callbackId);
      assert.equal((await only()).state, 'scheduled');
    });
  });

  describe('in the mode `missedCall`', () => {
    it('is stored before it rings, unpromised, and dialled a delay after the caller hung up', async () => {
      await start(ringing('missedCall'));
      rig.watched.hold();
      const call = await offer();
      assert.deepEqual(rig.journal, ['insert']);
      rig.watched.release();
      await rig.settle();
      assert.deepEqual(rig.journal, ['insert', 'ring in-1']);
      assert.equal((await only()).promisedAt, null);
      await rig.clock.advance(15_000);
      await hangUp(call);
      const hungUpAt = rig.clock.now();
      const { promisedAt, dueAt } = await only();
      assert.deepEqual([promisedAt, dueAt], [hungUpAt, hungUpAt + 5_000]);
      await rig.clock.advance(4_999);
      assert.equal(rig.calls.dialled.length, 0);
      await rig.clock.advance(1);
      assert.equal(rig.calls.dialled.length, 1);
      assert.deepEqual(rig.calls.rejections, []);
      assert.deepEqual(rig.decisions, ['accepted']);
    });

    it('is a missed call, too, when the caller hung up before the callback was stored: it does not ring any more', async () => {
      await start(ringing('missedCall'));
      rig.watched.hold();
      const call = await offer();
      await hangUp(call);
      rig.watched.release();
      await rig.settle();
      assert.deepEqual(rig.journal, ['insert', 'save scheduled']);
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('whose caller stays on the line is rejected without a promise, and not called', async () => {
      await start(ringing('missedCall'));
      const { legId } = await offer();
      await rig.clock.advance(SECONDS * 1_000);
      const { status, reason, callbackId } = rig.rejectionOf(legId);
      assert.deepEqual([status, reason?.cause, callbackId], [480, 19, null]);
      assert.deepEqual(await outcome(), ['done', 'cancelled', 'caller-stayed']);
      assert.deepEqual(rig.decisions, ['stayed']);
      await rig.clock.advance(120_000);
      assert.equal(rig.calls.dialled.length, 0);
    });

    it('whose caller hangs up in the moment of that rejection is called back: his CANCEL won', async () => {
      await start(ringing('missedCall'));
      rig.calls.onReject = () => ({ result: 'cancelled' });
      await offer();
      await rig.clock.advance(SECONDS * 1_000);
      assert.equal((await only()).promisedAt, rig.clock.now());
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('whose caller stays goes on to the flow of the inbound number, and is not called', async () => {
      await start(ringing('missedCall', 'reception'));
      const call = await offer();
      await rig.clock.advance(SECONDS * 1_000);
      assert.deepEqual(rig.journal, ['insert', 'ring in-1', 'answer in-1', 'save done']);
      assert.deepEqual(await outcome(), ['done', 'cancelled', 'caller-stayed']);
      await hangUp(call);
      await rig.clock.advance(120_000);
      assert.equal(rig.calls.dialled.length, 0);
      assert.equal(rig.application.stats().flows, 0);
    });

    it('that a proxy says was answered elsewhere is no missed call', async () => {
      await start(ringing('missedCall'));
      const { legId } = await offer();
      rig.calls.event({ type: 'ended', legId, by: 'remote', text: 'Call completed elsewhere', elsewhere: true });
      await rig.settle();
      assert.deepEqual(await outcome(), ['done', 'cancelled', 'taken-elsewhere']);
    });

    it('that is cut off by us is called back, also when the SIP engine is gone', async () => {
      await start(ringing('missedCall'));
      const { legId } = await offer();
      rig.calls.ended(legId, 'system');
      await rig.settle();
      assert.equal((await only()).promisedAt, rig.clock.now());
      await offer({ fromUser: '48991996261' });
      await rig.clock.advance(1_000);
      rig.calls.loseEngine();
      await rig.settle();
      const { items } = await rig.watched.store.callbacks.list({
        ...{ page: 1, pageSize: 10, sort: { field: 'acceptedAt', descending: true } },
      });
      assert.equal(items[0]?.promisedAt, rig.clock.now());
    });

    it('keeps the place of an earlier call; a later one that stays takes nothing away', async () => {
      await start(ringing('missedCall'));
      await hangUp(await offer());
      const first = await only();
      await rig.clock.advance(1_000);
      await offer({ callId: 'again' });
      await rig.clock.advance(3_000);
      await hangUp({ ...rig.offer({ callId: 'third' }) });
      assert.equal((await only()).dueAt, first.dueAt);
      await rig.clock.advance(1_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('stays promised by the second call when the first one stays on the line', async () => {
      await start(ringing('missedCall'));
      await offer();
      await rig.clock.advance(2_000);
      await hangUp(await offer());
      const hungUpAt = rig.clock.now();
      assert.equal((await only()).dueAt, hungUpAt + 5_000);
      await rig.clock.advance(5_000);
      assert.equal(rig.calls.dialled.length, 1);
      await rig.clock.advance(SECONDS * 1_000);
      assert.equal(rig.calls.dialled.length, 1);
    });

    it('is not rung, and gets 503, when nothing can be stored', async () => {
      await start(ringing('missedCall'));
      rig.watched.failWrites();
      const { legId } = await offer();
      assert.deepEqual(rig.journal, ['insert', `reject ${legId} 503`]);
      rig.watched.mend();
      await rig.clock.advance(120_000);
      assert.equal(rig.calls.dialled.length, 0);
    });

    it('is ended by a shutdown, and called back after it', async () => {
      await start(ringing('missedCall'));
      const { legId } = await offer();
      const drained = rig.application.drain(rig.clock.now() + 1_000);
      await rig.clock.advance(4_000);
      await drained;
      assert.deepEqual([rig.rejectionOf(legId).status, rig.rejectionOf(legId).callbackId], [480, null]);
      const { state, promisedAt } = await only();
      assert.deepEqual([state, promisedAt !== null], ['scheduled', true]);
    });

    it('may end by itself while a shutdown waits: it is hung up by nobody before the deadline', async () => {
      await start(ringing('missedCall'));
      const call = await offer();
      const drained = rig.application.drain(rig.clock.now() + 10_000);
      await rig.clock.advance(5_000);
      assert.deepEqual(rig.calls.rejections, []);
      await hangUp(call);
      assert.equal((await only()).promisedAt, rig.clock.now());
      await rig.clock.advance(1_000);
      await drained;
      assert.deepEqual(rig.calls.rejections, []);
    });

    it('whose caller stays is not led into a flow any more by a process that is about to end', async () => {
      await start(ringing('missedCall', 'reception'));
      const { legId } = await offer();
      const drained = rig.application.drain(rig.clock.now() + 60_000);
      await rig.clock.advance(SECONDS * 1_000);
      assert.equal(rig.rejectionOf(legId).status, 480);
      await rig.clock.advance(1_000);
      await drained;
    });

    it('that rang when its process was killed is called back after the restart, once', async () => {
      directory = mkdtempSync(join(tmpdir(), 'callback-ringing-'));
      await start(ringing('missedCall'), directory);
      await offer();
      const now = rig.clock.now();
      await rig.stop();
      rig = await ApplicationRig.start({ configuration: ringing('missedCall'), directory, now: now + 10_000 });
      await rig.clock.advance(60_000);
      assert.equal(rig.calls.dialled.length, 1);
    });
  });
});
