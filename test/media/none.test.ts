import assert from 'node:assert/strict';
import { createNoMedia } from '../../lib/media/none/engine.ts';
import type { MediaEndpoint } from '../../lib/ports/media.ts';
import { silentLog } from '../support/silent-log.ts';

const log = silentLog();
const engine = createNoMedia({ log });
const events = { digit: () => {}, dead: () => {} };

function createEndpoint(): Promise<MediaEndpoint> {
  return engine.createEndpoint({ endpointId: 'endpoint-1', address: '127.0.13.1', like: null }, events);
}

const PHONE = 'v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n';

describe('No media', () => {
  it('offers and answers one inactive audio stream', async () => {
    const endpoint = await createEndpoint();
    const offer = endpoint.offer();
    assert.match(offer, /\r\nm=audio 9 RTP\/AVP 8 0 101\r\n/);
    assert.match(offer, /\r\na=inactive\r\n$/);
    const answer = endpoint.answer(PHONE) ?? '';
    assert.match(answer, /\r\nm=audio 9 RTP\/AVP 0 8\r\n/);
    assert.match(answer, /\r\na=inactive\r\n$/);
    endpoint.close();
  });

  it('takes an answer that refuses the stream, and none that is no SDP', async () => {
    const endpoint = await createEndpoint();
    endpoint.offer();
    assert.ok(endpoint.applyAnswer(PHONE));
    assert.ok(endpoint.applyAnswer(PHONE.replace('4000', '0')));
    assert.equal(endpoint.applyAnswer('rubbish'), false);
    assert.equal(endpoint.answer('rubbish'), null);
    endpoint.close();
  });

  it('has no prompt, and says so when one is to be played', async () => {
    const endpoint = await createEndpoint();
    assert.equal(engine.hasPrompt('tone:beep'), false);
    assert.equal(await endpoint.play('tone:beep'), 'failed');
    endpoint.sendDigit('1');
    assert.deepEqual(
      log.lines.map((line) => line.text),
      ['Prompt not played: there is no media (--media none).', 'Key not sent: there is no media (--media none).'],
    );
    endpoint.close();
  });

  it('logs no keys that somebody has pressed and was to hear again', async () => {
    const endpoint = await createEndpoint();
    await endpoint.play('you-entered&digits:4711&press-one-to-confirm');
    const line = JSON.stringify(log.lines.at(-1)?.fields);
    endpoint.close();
    assert.ok(line.includes('you-entered') && !line.includes('4711'), line);
  });

  it('counts its endpoints and ends them all', async () => {
    const [a, b] = [await createEndpoint(), await createEndpoint()];
    engine.bridge(a, b);
    engine.unbridge(a);
    assert.equal(engine.stats().endpoints, 2);
    a.close();
    a.close();
    assert.equal(engine.stats().endpoints, 1);
    await engine.stop();
    assert.equal(engine.stats().endpoints, 0);
  });
});
