import assert from 'node:assert/strict';
import fc from 'fast-check';
import { USUAL_CALLS } from '../../lib/core/settings.ts';
import {
  afterTooSmall,
  agreedBy,
  answerTimer,
  endsAfterMs,
  refreshAfterMs,
  tooSmall,
} from '../../lib/sip/leg/session-timer.ts';
import { MessageHead } from '../../lib/sip/message/message-head.ts';
import { hurriedClock } from '../support/outside-world.ts';
import type { PhoneCall, RequestAnswer } from '../support/phone-call.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import type { SipHeaders, SipText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const head = (...lines: string[]) => new MessageHead(['INVITE sip:a SIP/2.0', ...lines, '', ''].join('\r\n'));
const timers = { expiresSeconds: 1800, minSeconds: 120 };

describe('sip: a session timer, agreed on (RFC 4028)', () => {
  const answered = (lines: string[], ours: typeof timers | false = timers) => {
    const { headers, timer } = answerTimer(head(...lines), ours);
    const who = timer === null ? 'nobody' : `${timer.weRefresh ? 'we' : 'they'}${timer.isAgreed ? '' : ' alone'}`;
    return [headers['Session-Expires'] ?? '', headers['Require'] ?? '', `${who} ${timer?.seconds ?? ''}`.trim()];
  };

  it('is refreshed by whom the caller wants, and by us where he has no wish', () => {
    const supported = 'Supported: 100rel, timer';
    assert.deepEqual(answered([supported, 'Session-Expires: 600;refresher=uac']), [
      '600;refresher=uac',
      'timer',
      'they 600',
    ]);
    assert.deepEqual(answered([supported, 'x: 600 ; refresher = UAS']), ['600;refresher=uas', '', 'we 600']);
    assert.deepEqual(answered([supported, 'Session-Expires: 7200']), ['1800;refresher=uas', '', 'we 1800']);
    assert.deepEqual(answered([supported, 'Session-Expires: 300', 'Min-SE: 400']), ['400;refresher=uas', '', 'we 400']);
    assert.deepEqual(answered([supported]), ['1800;refresher=uas', '', 'we 1800']);
  });

  it('that a proxy has put in for a caller without the extension is ours to refresh', () => {
    assert.deepEqual(answered(['Session-Expires: 600']), ['600;refresher=uas', '', 'we 600']);
  });

  it('is not spoken of to one that does not know it; it is asked alone whether it lives', () => {
    assert.deepEqual(answered([]), ['', '', 'we alone 1800']);
    assert.deepEqual(answered([], false), ['', '', 'nobody']);
    assert.deepEqual(answered(['Supported: timer'], false), ['', '', 'nobody']);
    assert.deepEqual(answered(['Supported: timer', 'Session-Expires: 600'], false), [
      '600;refresher=uas',
      '',
      'we 600',
    ]);
  });

  it('that is too short is refused with what is long enough, to those who can ask again', () => {
    const refusal = tooSmall(head('Supported: timer', 'Session-Expires: 119'), timers);
    assert.deepEqual(refusal, { status: 422, headers: { 'Min-SE': '120' } });
    for (const lines of [['Supported: timer', 'Session-Expires: 120'], ['Session-Expires: 10'], ['Supported: timer']])
      assert.equal(tooSmall(head(...lines), timers), null);
  });

  it('is asked for anew with the minimum of a 422, and not where that is no more than was asked', () => {
    const asked = { seconds: 1800, minSeconds: 90 };
    assert.deepEqual(afterTooSmall(asked, head('Min-SE: 3600')), { seconds: 3600, minSeconds: 3600 });
    assert.deepEqual(afterTooSmall(asked, head('Min-SE: 200;x')), { seconds: 1800, minSeconds: 200 });
    for (const line of ['Min-SE: 90', 'Min-SE: 99999999', 'Min-SE: -1', 'X: 1'])
      assert.equal(afterTooSmall(asked, head(line)), null);
  });

  it('is what the 2xx says', () => {
    const asked = { seconds: 1800, minSeconds: 90 };
    assert.deepEqual(agreedBy(head('Session-Expires: 300;refresher=uas'), asked), {
      seconds: 300,
      weRefresh: false,
      isAgreed: true,
    });
    assert.deepEqual(agreedBy(head('Session-Expires: 300;refresher=uac'), null), {
      seconds: 300,
      weRefresh: true,
      isAgreed: true,
    });
    assert.deepEqual(agreedBy(head(), asked), { seconds: 1800, weRefresh: true, isAgreed: false });
    assert.equal(agreedBy(head('Session-Expires: 1'), null), null);
  });

  it('is refreshed at half time, before the end that the other side sees, whatever is in the headers', () => {
    const text = fc.string({ maxLength: 40 }).map((value) => value.replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(text, text, fc.boolean(), (expires, least, isOn) => {
        const { timer } = answerTimer(
          head('Supported: timer', `Session-Expires: ${expires}`, `Min-SE: ${least}`),
          isOn && timers,
        );
        if (timer === null) return;
        assert.ok(timer.seconds >= 90 && Number.isFinite(timer.seconds));
        assert.ok(refreshAfterMs(timer) < endsAfterMs(timer) && endsAfterMs(timer) < timer.seconds * 1000);
      }),
    );
  });
});

describe('sip: a session timer on the wire', () => {
  const address = '127.0.53.20';
  let rig: Rig;
  let phone: SipPhone;
  beforeEach(async () => {
    // 90 s are 900 ms, 32 s are 320 ms
    rig = await Rig.open({ address, t1Ms: 20, sip: { clock: hurriedClock(100), random: () => 0 } });
    phone = await rig.phone();
    rig.configuration = {
      ...configuration([trunk('carrier', `sip:${address}:${phone.port}`)], []),
      calls: { ...USUAL_CALLS, sessionTimers: { expiresSeconds: 90, minSeconds: 90 } },
    };
  });
  afterEach(() => rig.close());

  async function dialled(headers: SipHeaders, onRequest: (request: SipText) => RequestAnswer | null) {
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const call = await phone.nextCall();
    call.onRequest = onRequest;
    await call.answer({ headers });
    return { legId, call };
  }
  const endOf = async (legId: string) => {
    const last = await rig.recorder.last(legId);
    return last.type === 'ended' ? `${last.by}: ${last.text}` : last.type;
  };
  const times = (call: PhoneCall, method: string, count: number) =>
    rig.recorder.until(`${count} ${method}`, () => (call.count(method) >= count ? true : undefined));

  it('that we refresh is refreshed by UPDATE at half time, again and again, and the call goes on', async () => {
    const { legId, call } = await dialled(
      [
        ['Session-Expires', '90;refresher=uac'],
        ['Allow', 'INVITE, UPDATE'],
      ],
      () => ({
        status: 200,
        headers: [['Session-Expires', '90;refresher=uac']],
      }),
    );
    assert.equal(call.invite.get('session-expires'), '90');
    assert.equal(call.invite.get('supported'), 'timer');
    await times(call, 'UPDATE', 3);
    const update = await call.waitFor('UPDATE');
    assert.equal(update.get('session-expires'), '90;refresher=uac');
    assert.equal(update.body, '');
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    assert.equal(await endOf(legId), 'local: Bye');
  });

  it('is refreshed by re-INVITE with the same SDP where the phone takes no UPDATE, also where it says it does', async () => {
    const { legId, call } = await dialled(
      [
        ['Session-Expires', '90;refresher=uac'],
        ['Allow', 'INVITE, UPDATE'],
      ],
      (request) =>
        request.method === 'INVITE'
          ? {
              status: 200,
              headers: [
                ['Session-Expires', '90;refresher=uac'],
                ['Contact', `<${phone.uri}>`],
              ],
              body: phone.sdp(),
            }
          : { status: 405 },
    );
    await times(call, 'INVITE', 3);
    assert.equal(call.count('UPDATE'), 1);
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await endOf(legId);
  });

  it('that we refresh ends the call when the phone knows nothing of it any more', async () => {
    for (const answer of [{ status: 481 }, { status: 408 }]) {
      const { legId, call } = await dialled([['Session-Expires', '90;refresher=uac']], () => answer);
      assert.match(await endOf(legId), /^system: a re-INVITE got 4/);
      await call.waitFor('BYE');
    }
    const { legId } = await dialled([['Session-Expires', '90;refresher=uac']], () => null);
    assert.equal(await endOf(legId), 'system: the session was not refreshed');
  });

  it('outlives a refusal that is not the end, and is tried again before its own end', async () => {
    let refusals = 0;
    const { legId, call } = await dialled([['Session-Expires', '90;refresher=uac']], () =>
      refusals++ === 0
        ? { status: 491 }
        : {
            status: 200,
            headers: [
              ['Session-Expires', '90;refresher=uac'],
              ['Contact', `<${phone.uri}>`],
            ],
            body: phone.sdp(),
          },
    );
    await times(call, 'INVITE', 4);
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    assert.equal(await endOf(legId), 'local: Bye');
  });

  it('that the phone refreshes lives as long as it does so, and ends the call when it stops', async () => {
    const { legId, call } = await dialled([['Session-Expires', '90;refresher=uas']], () => ({ status: 200 }));
    const refresh = ['Session-Expires', '90;refresher=uac'] as const;
    for (let i = 0; i < 5; i += 1) {
      await new Promise<void>((resolve) => hurriedClock(100).alarm(Date.now() + 20_000, resolve));
      const response = await call.send('UPDATE', { headers: [refresh] });
      assert.equal(`${response.status} ${response.get('session-expires')}`, '200 90;refresher=uac');
      assert.equal(response.get('require'), 'timer');
    }
    assert.equal(call.count('BYE'), 0);
    assert.equal(await endOf(legId), 'system: the session was not refreshed');
    assert.match((await call.waitFor('BYE')).get('reason'), /Session expired/);
  });

  it('of a caller is agreed on in our 200; one that is too short gets 422', async () => {
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
    const timer = (expires: string): SipHeaders => [
      ['Supported', 'timer'],
      ['Session-Expires', expires],
    ];
    const brief = await phone.call({ to: rig.uri('100'), headers: timer('89') }).final();
    assert.equal(`${brief.status} ${brief.get('min-se')}`, '422 90');
    const call = phone.call({ to: rig.uri('100'), headers: timer('600;refresher=uac') });
    const response = await call.final();
    assert.equal(response.get('session-expires'), '90;refresher=uac');
    assert.equal((await call.send('UPDATE', { headers: timer('60') })).status, 422);
    // Missed: we end the call
    await call.waitFor('BYE');
    await endOf(rig.recorder.calls.at(-1)!.legId);
  });

  it('too short for the trunk is asked for with its minimum, in the same call', async () => {
    const legId = rig.dial({ kind: 'trunk', trunk: 'carrier', user: '1' });
    const first = await phone.nextCall();
    first.reject(422, { headers: [['Min-SE', '400']] });
    const second = await phone.nextCall();
    assert.equal(second.callId, first.callId);
    assert.equal(second.invite.get('session-expires'), '400');
    assert.equal(second.invite.get('min-se'), '400');
    second.reject(422, { headers: [['Min-SE', '400']] });
    const last = await rig.recorder.last(legId);
    assert.equal(last.type === 'rejected' && last.result.status, 422);
  });

  it('is not spoken of where it is switched off', async () => {
    rig.configuration = { ...rig.configuration, calls: { ...USUAL_CALLS, sessionTimers: false } };
    const { legId, call } = await dialled([], () => ({ status: 200 }));
    assert.equal(call.invite.get('session-expires'), '');
    assert.equal(call.invite.get('supported'), '');
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await endOf(legId);
  });

  it('a re-INVITE that crosses ours gets 491, and ours comes again (RFC 3261 14.1)', async () => {
    let held: SipText | null = null;
    const { legId, call } = await dialled([['Session-Expires', '90;refresher=uac']], (request) => {
      if (held !== null) return { status: 200, headers: [['Contact', `<${phone.uri}>`]], body: phone.sdp() };
      held = request;
      return null;
    });
    await times(call, 'INVITE', 2);
    assert.equal((await call.reinvite(phone.sdp({ direction: 'sendonly' }))).status, 491);
    call.respondTo(held!, 491);
    await times(call, 'INVITE', 3);
    const again = await call.reinvite(phone.sdp({ direction: 'sendonly' }));
    assert.equal(again.status, 200, `${phone.summary()} ${JSON.stringify(rig.recorder.events.slice(-2))}`);
    assert.match(again.body, /a=recvonly/);
    rig.sip.hangUp(legId, { cause: 16, text: 'Bye' });
    await endOf(legId);
  });
});
