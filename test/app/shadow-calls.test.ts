import assert from 'node:assert/strict';
import { Application } from '../../lib/app/application.ts';
import type { ShadowAnswer } from '../../lib/app/shadow-calls.ts';
import type { InboundCall } from '../../lib/core/call/inbound-call.ts';
import { acceptCallback } from '../../lib/core/callback/accept.ts';
import type { ShadowRecord } from '../../lib/ports/shadow-records.ts';
import { aCall, aConfiguration, anInboundNumber, from, limits, terms } from '../core/rules/configuration-fixture.ts';
import { component } from '../support/flow-components.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const ANSWER: ShadowAnswer = { status: 500, redirectTo: null };

describe('an application in the shadow', () => {
  let rig: ApplicationRig;
  let records: ShadowRecord[];
  let application: Application;
  let counted: string[];

  /** The rig's clock, calls and store, and an application in the shadow upon them. */
  const start = async (configuration = configurationWith({ delaySeconds: 0 }), answer = ANSWER) => {
    rig = await ApplicationRig.open({ configuration });
    records = [];
    counted = [];
    let count = 0;
    application = new Application({
      clock: rig.clock,
      ids: { callbackId: () => `id-${++count}`, attemptId: () => 'attempt', legId: () => 'leg' },
      store: rig.watched.store,
      calls: rig.calls,
      configuration: rig.live,
      showsTrying: true,
      observer: {
        decided: () => assert.fail('no call is taken'),
        dialled: () => assert.fail('nobody is dialled'),
        done: () => assert.fail('nothing is done'),
        shadowed: (outcome, gate) => void counted.push(`${outcome} ${gate ?? ''}`.trim()),
      },
      shadow: { answer, records: { add: (record) => void records.unshift(record), all: () => records } },
      log: rig.log,
    });
    application.listen();
    await application.start();
  };
  afterEach(async () => {
    application.stop();
    await rig.stop();
  });

  const offer = async (changes: Partial<InboundCall> = {}) => {
    rig.calls.offer(aCall(changes));
    await rig.settle();
    return records[0]!;
  };

  it('decides, writes down and explains, and gives every call the same answer, without a promise', async () => {
    await start();
    const { explanation, callId, peer, source } = await offer();
    assert.deepEqual([explanation.outcome, explanation.rule, explanation.status], ['callback', 'Callback geral', 486]);
    assert.deepEqual([callId, peer, source], ['call-1@test', 'udp/127.0.0.1:5070', 'trunk-80092037']);
    assert.ok(explanation.steps.length > 10);
    await offer({ fromUser: '190' });
    assert.equal(records[0]?.explanation.gate, 'emergency');
    assert.deepEqual(counted, ['callback', 'refused emergency']);
    for (const { rejection } of rig.calls.rejections) {
      assert.deepEqual([rejection.status, rejection.callbackId], [500, null]);
    }
  });

  it('stores nothing, rings nobody and dials nobody, whatever the rule says', async () => {
    for (const mode of ['ring', 'missedCall'] as const) {
      await start(configurationWith({ delaySeconds: 0, ringing: { mode, seconds: 5 } }));
      await offer();
      await rig.clock.advance(60_000);
      assert.deepEqual(rig.journal, ['reject leg-1 500']);
      application.stop();
      await rig.stop();
    }
    await start();
  });

  it('leaves what stands in its store alone, and lets nobody begin or change anything', async () => {
    await start();
    const { callback, log } = acceptCallback(
      {
        id: 'stored',
        plan: { origin: 'rule:any', terms: terms({ delaySeconds: 0 }), next: null },
        caller: { received: '48991996260', e164: '+5548991996260' },
        callerName: null,
        inboundNumber: null,
        source: null,
        inboundCallId: null,
        userData: null,
      },
      rig.clock.now(),
    );
    await rig.watched.store.callbacks.insert({ callback, log, attempts: [] }, null);
    await rig.clock.advance(120_000);
    const { callbacks } = application;
    const asked = [
      await callbacks.create({ rule: 'Callback geral', number: '+5548991996260', dueAt: null, userData: null }),
      await callbacks.retry('stored'),
      await callbacks.cancel('stored'),
      await callbacks.reschedule('stored', 0),
    ];
    for (const answer of asked)
      assert.deepEqual([answer.result, 'code' in answer && answer.code], ['refused', 'shadow']);
    assert.deepEqual(await rig.watched.store.callbacks.get('stored'), callback);
    assert.deepEqual(rig.calls.dialled, []);
  });

  it('counts limits and open callbacks as if it had accepted them', async () => {
    const configuration = configurationWith(
      { delaySeconds: 5, ringTimeoutSeconds: 25 },
      { limits: limits({ perNumber: { max: 2, perSeconds: 600 } }) },
    );
    await start(configuration);
    const first = await offer();
    const second = await offer({ callId: 'again' });
    assert.deepEqual([first.joins, second.joins, second.explanation.status], [null, first.id, 486]);
    await rig.clock.advance(31_000);
    assert.equal((await offer()).joins, null);
    const refused = await offer();
    assert.deepEqual(
      [refused.explanation.outcome, refused.explanation.gate, refused.explanation.status],
      ['refused', 'limits', 403],
    );
    assert.equal(refused.explanation.steps.at(-1)?.step, 'limits');
    assert.equal((await offer({ fromUser: '48991990000' })).explanation.outcome, 'callback');
    await rig.clock.advance(600_000);
    assert.equal((await offer()).explanation.outcome, 'callback');
  });

  it('follows a flow that begins with a callback, and names the one that would take the call', async () => {
    const components = {
      back: component('callback', { terms: terms({ delaySeconds: 3 }) }),
    };
    await start(
      aConfiguration({
        inboundNumbers: [anInboundNumber({ callback: false, flow: 'offer' })],
        flows: [{ name: 'offer', start: 'back', components }],
      }),
    );
    const { explanation } = await offer();
    assert.deepEqual([explanation.outcome, explanation.delaySeconds], ['callback', 3]);
  });

  it('sends a call on where it is told to', async () => {
    await start(configurationWith({}), { status: 302, redirectTo: 'sip:192.0.2.5' });
    await offer();
    assert.deepEqual(rig.calls.rejections[0]?.rejection, {
      ...{ status: 302, reason: null, callbackId: null },
      redirectTo: 'sip:192.0.2.5',
    });
  });

  it('writes a stranger down a few times only, counts him each time, and never falls silent', async () => {
    await start();
    for (let count = 0; count < 20; count += 1) await offer(from('203.0.113.9'));
    assert.equal(counted.length, 20);
    assert.ok(records.length < 10 && records[0]?.source === null);
    assert.equal(rig.calls.rejections.length, 20);
    assert.deepEqual(rig.calls.silenced, []);
  });
});
