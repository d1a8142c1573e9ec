import assert from 'node:assert/strict';
import { anInboundNumber } from '../core/rules/configuration-fixture.ts';
import { ApplicationRig, configurationWith } from './application-rig.ts';

const FLOW_DID = '+554831210112';
const CONFIGURATION = configurationWith(
  {},
  {
    inboundNumbers: [anInboundNumber(), anInboundNumber({ number: FLOW_DID, callback: false, flow: 'end' })],
    flows: [{ name: 'end', start: 'bye', components: { bye: { type: 'hangup', reason: null } } }],
  },
);

describe('an application that is late', () => {
  let rig: ApplicationRig;
  let lateMs: number;
  beforeEach(async () => {
    lateMs = 0;
    rig = await ApplicationRig.start({
      configuration: CONFIGURATION,
      pace: { look: () => ({ spanMs: 250, lateMs }) },
    });
  });
  afterEach(() => rig.stop());

  const becomeLate = async () => {
    lateMs = 250;
    await rig.clock.advance(1_000);
  };

  it('answers new calls with 503 and Retry-After, and stores nothing', async () => {
    await becomeLate();
    const { legId } = rig.offer();
    await rig.settle();
    const { status, reason, callbackId, retryAfterSeconds } = rig.rejectionOf(legId);
    assert.deepEqual([status, reason?.cause, callbackId], [503, 42, null]);
    // 5 to 10 s, by the random number that stands in the middle
    assert.equal(retryAfterSeconds, 8);
    assert.deepEqual(rig.decisions, ['refused overload']);
    assert.deepEqual(rig.journal, [`reject ${legId} 503`]);
  });

  it('leads nobody into a flow either', async () => {
    await becomeLate();
    const { legId } = rig.offer({ dialledUser: FLOW_DID });
    await rig.settle();
    assert.equal(rig.rejectionOf(legId).status, 503);
  });

  it('goes on calling back those whom it promised to', async () => {
    const { id } = await rig.promised();
    await becomeLate();
    await rig.clock.advance(10_000);
    assert.equal(rig.calls.dialled.length, 1);
    assert.ok(rig.calls.dialled[0]!.legId.startsWith(id));
  });

  it('tells a stranger and a wrong number what it always tells them', async () => {
    await becomeLate();
    const stranger = rig.offer({ source: { address: '203.0.113.9', port: 5060, protocol: 'udp', localPort: 5060 } });
    const wrong = rig.offer({ dialledUser: '+554830000000' });
    await rig.settle();
    assert.deepEqual(
      [stranger, wrong].map(({ legId }) => rig.rejectionOf(legId).status),
      [403, 404],
    );
  });

  it('refuses callbacks of the API too, and says when to come again', async () => {
    await becomeLate();
    const asked = { rule: 'any', number: '+5548991996260', dueAt: null, userData: null };
    const answer = await rig.application.callbacks.create(asked);
    assert.deepEqual(answer.result === 'refused' && [answer.code, answer.retryAfterSeconds], ['overloaded', 8]);
  });

  it('takes calls again when it is punctual, and has logged both with what it refused', async () => {
    await becomeLate();
    rig.offer();
    rig.offer();
    await rig.settle();
    lateMs = 10;
    await rig.clock.advance(1_750);
    rig.offer();
    await rig.settle();
    await rig.clock.advance(250);
    await rig.promised();
    const events = rig.events.filter(({ type }) => type.startsWith('overload.'));
    assert.deepEqual(
      events.map(({ type, data }) => [type, data]),
      [
        ['overload.began', { lateMs: 250, refused: 0 }],
        ['overload.ended', { lateMs: 10, refused: 3 }],
      ],
    );
    assert.equal(rig.log.at('warn').filter(({ text }) => text.startsWith('overloaded')).length, 1);
    assert.equal(rig.log.at('info').filter(({ text }) => text.startsWith('no longer overloaded')).length, 1);
  });

  it('does so while the configuration says so', async () => {
    const { configuration } = rig.live.current();
    const next = { ...configuration, limits: { ...configuration.limits, overload: false as const } };
    assert.equal((await rig.live.replace(next, null)).result, 'stored');
    await becomeLate();
    await rig.promised();
  });
});
