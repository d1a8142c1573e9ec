import assert from 'node:assert/strict';
import type { CreateResult } from '../../lib/ports/callback-service.ts';
import { anInboundNumber, aTrunk, DID, limits, TRUNK } from '../core/rules/configuration-fixture.ts';
import { BUSY } from '../support/fake-calls.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const PERSON = '(48) 99199-6260';

const CONFIGURATION = configurationWith(
  {},
  {
    trunks: [aTrunk({ maxCallsPerSecond: 100 }), aTrunk({ name: 'other', maxCallsPerSecond: 100 })],
    inboundNumbers: [anInboundNumber()],
    limits: limits({
      blockedNumbers: ['+5511*'],
      spend: {
        prices: 'prefix,class,perMinute\n55,low,1',
        classes: ['low'],
        maxPriceClass: null,
        assumedMinutes: 3,
        perDay: 4,
      },
    }),
  },
);

describe('a test call', () => {
  let rig: ApplicationRig;
  beforeEach(async () => {
    rig = await ApplicationRig.start({ configuration: CONFIGURATION });
  });
  afterEach(() => rig.stop());

  const call = (changes: { trunk?: string; number?: string; flow?: string | null } = {}) =>
    rig.application.callbacks.testCall({ trunk: TRUNK, number: PERSON, flow: null, ...changes });
  const idOf = (result: CreateResult): string => {
    assert.equal(result.result, 'created', JSON.stringify(result));
    return result.result === 'created' ? result.callback.id : '';
  };

  it('rings the phone at once, through that trunk, as a callback of its own origin', async () => {
    const id = idOf(await call());
    await rig.clock.advance(0);
    const [dialled, ...others] = rig.calls.dialled;
    assert.equal(others.length, 0);
    const { plan, inboundNumber, source } = await rig.callback(id);
    assert.deepEqual([plan.origin, plan.terms.trunk, inboundNumber, source], [`test:${TRUNK}`, TRUNK, DID, null]);
    assert.deepEqual(dialled!.candidate, { kind: 'trunk', trunk: TRUNK, user: '48991996260' });
    assert.equal(dialled!.identity.callerId?.number, DID);
  });

  it('is shown to ring while it does', async () => {
    const id = idOf(await call());
    await rig.clock.advance(0);
    const { legId } = rig.calls.dialled[0]!;
    rig.calls.event({ type: 'dialled', legId, callId: 'x' });
    rig.calls.event({ type: 'ringing', legId, status: 180 });
    await rig.clock.advance(0);
    assert.equal((await rig.logOf(id)).at(-1), 'ringing');
    assert.equal(rig.events.at(-1)?.type, 'callback.ringing');
  });

  it('is never repeated, whatever becomes of it', async () => {
    const id = idOf(await call());
    await rig.clock.advance(0);
    rig.calls.event({ type: 'rejected', legId: rig.calls.dialled[0]!.legId, result: BUSY });
    await rig.clock.advance(120_000);
    assert.deepEqual([rig.calls.dialled.length, (await rig.callback(id)).outcome], [1, 'busy']);
  });

  it('that is asked for twice is one', async () => {
    idOf(await call());
    assert.equal((await call({ number: '048991996260' })).result, 'merged');
  });

  it('obeys the gates, the spending limit and both switches', async () => {
    const codeOf = async (changes: Parameters<typeof call>[0]) => {
      const result = await call(changes);
      return result.result === 'refused' ? result.code : result.result;
    };
    assert.equal(await codeOf({ number: '190' }), 'number-emergency');
    assert.equal(await codeOf({ number: '+5511987654321' }), 'number-blocked');
    assert.equal(await codeOf({ number: '+12025550123' }), 'country-not-allowed');
    assert.equal(await codeOf({ number: DID }), 'loop');
    assert.equal(await codeOf({ trunk: 'nobody' }), 'unknown-trunk');
    assert.equal(await codeOf({ flow: 'nobody' }), 'unknown-flow');
    await rig.application.trunks.switch([{ name: 'dial', trunk: 'other', on: false }]);
    assert.equal(await codeOf({ trunk: 'other' }), 'not-dialling');
    await rig.application.trunks.switch([{ name: 'accept', trunk: null, on: false }]);
    assert.equal(await codeOf({}), 'not-accepting');
    await rig.application.trunks.switch([{ name: 'accept', trunk: null, on: true }]);
    assert.equal(await codeOf({}), 'created');
    // Counted when it is dialled.
    await rig.clock.advance(0);
    assert.equal(await codeOf({ number: '48991996261' }), 'spend-reached');
    await rig.application.trunks.switch([{ name: 'dial', trunk: null, on: false }]);
    assert.equal(await codeOf({}), 'not-dialling');
  });

  it('ends after a minute when the trunk can not take it', async () => {
    await rig.application.trunks.switch([{ name: 'dial', trunk: TRUNK, on: true }]);
    const id = idOf(await call());
    // Between the promise and the INVITE somebody turns the switch.
    await rig.application.trunks.switch([{ name: 'dial', trunk: null, on: false }]);
    await rig.clock.advance(61_000);
    assert.deepEqual([rig.calls.dialled.length, (await rig.callback(id)).outcome], [0, 'expired']);
  });
});
