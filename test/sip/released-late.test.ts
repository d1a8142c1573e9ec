import assert from 'node:assert/strict';
import type { SipText } from '../support/sip-text.ts';
import { sdpText } from '../support/sip-text.ts';
import { isReinvite } from './end-to-end-rig.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

const address = '127.0.73.20';
const portOf = ({ body }: SipText) => Number(/^m=audio (\d+)/m.exec(body)?.[1]);

describe('sip: media that was about to go past us when one of the two went', () => {
  it('is ours as before where the other one refuses the offer of who has gone', async () => {
    const rig = await Rig.open({ address, t1Ms: 20 });
    const phones = [await rig.phone(), await rig.phone()];
    rig.configuration = configuration(
      phones.map(({ port }, i) => trunk(`t${i}`, `sip:${address}:${port}`)),
      [],
    );
    const [stays, goes] = [await answered(0), await answered(1)];
    async function answered(index: number) {
      const legId = rig.dial({ kind: 'trunk', trunk: `t${index}`, user: '1' });
      const call = await phones[index]!.nextCall();
      await call.answer();
      await rig.recorder.of(legId, 'answered');
      return { legId, call };
    }
    const theirs = sdpText({ address, port: 42_000, payloads: [8, 101] });
    goes.call.onRequest = ({ method }) => (method === 'INVITE' ? { status: 200, body: theirs } : { status: 200 });
    const asked: SipText[] = [];
    stays.call.onRequest = (request) => {
      if (request.method !== 'INVITE') return { status: 200 };
      asked.push(request);
      return null;
    };
    rig.sip.bridge(stays.legId, goes.legId, { release: true });
    assert.equal(portOf(await stays.call.waitFor(isReinvite)), 42_000);
    await goes.call.hangUp();
    await rig.recorder.last(goes.legId);
    stays.call.respondTo(asked[0]!, 488);
    // The session goes on, and is told of anew: with us
    await stays.call.waitFor('ACK');
    const isNext = (request: SipText) => isReinvite(request) && request.raw !== asked[0]!.raw;
    stays.call.onRequest = ({ method }) =>
      method === 'INVITE' ? { status: 200, body: stays.call.phone.sdp() } : { status: 200 };
    await rig.recorder.until('the refusal', () => rig.recorder.ladder.find(({ summary }) => summary.startsWith('488')));
    rig.media.of(stays.legId)!.events.dead('no RTP');
    assert.equal(portOf(await stays.call.waitFor(isNext)), rig.media.of(stays.legId)!.port);
    await stays.call.hangUp();
    await rig.recorder.last(stays.legId);
    await rig.close();
  });
});
