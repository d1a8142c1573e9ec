/** What a caller may do in the first milliseconds, and what a reader of the API sees of it. */

import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { API_KEY, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(51);
const CALLER = loopback(52);

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk', proxy: `sip:${CALLER}:5070` }],
  inboundNumbers: [{ number: '(48) 3121-0110', callback: true }],
  callbackRules: [{ name: 'any', trunk: 'trunk', delaySeconds: 600 }],
});

describe('a call in its first milliseconds', function () {
  this.timeout(30_000);
  let server: Server;
  let caller: SipPhone;
  const dial = (from: string, dialled = '+554831210110') =>
    caller.call({ to: `sip:${dialled}@${APPLICATION}:5060`, from: `<sip:${from}@x>` });
  const of = async (number: string) => (await server.callbacks()).filter((one) => one.number === number);

  before(async () => {
    server = await Server.start({ address: APPLICATION, configuration });
    caller = await SipPhone.open({ address: CALLER });
  });
  after(async () => {
    caller.close();
    await server.stop('SIGKILL');
  });

  it('that is cancelled at once has a promise that stands, or gets 487 and none', async () => {
    for (let round = 0; round < 5; round += 1) {
      const number = `+554899199001${round}`;
      const call = dial(number);
      call.cancel();
      const final = await call.final();
      const isPromised = final.status === 486;
      if (!isPromised) assert.equal(final.status, 487);
      assert.equal(final.get('x-callback-id') !== '', isPromised);
      const settled = (state: string) => state === (isPromised ? 'scheduled' : 'done');
      const [callback] = (
        await server.until(
          (all) => all.filter((one) => one.number === number).every((one) => settled(one.state)),
          3_000,
          `${number} is settled after ${final.status}`,
        )
      ).filter((one) => one.number === number);
      if (isPromised) assert.equal(callback?.id, final.get('x-callback-id'));
      else assert.equal(callback?.outcome ?? 'cancelled', 'cancelled');
    }
  });

  it('that is repeated because the answer was lost gets the same answer, and one callback', async () => {
    let lost = 0;
    caller.drop = (message, direction) => direction === 'in' && message.status >= 100 && lost++ < 2;
    const call = dial('+5548991990020');
    const final = await call.final();
    caller.drop = () => false;
    assert.equal(final.status, 486);
    assert.deepEqual(
      (await of('+5548991990020')).map(({ id }) => id),
      [final.get('x-callback-id')],
    );
  });

  it('reaches an inbound number in every spelling of it', async () => {
    const spellings = [
      '+554831210110',
      '554831210110',
      '4831210110',
      '04831210110',
      '%2B554831210110',
      '00554831210110',
    ];
    const finals = await Promise.all(spellings.map((dialled, index) => dial(`+554899199003${index}`, dialled).final()));
    assert.deepEqual(
      finals.map(({ status }) => status),
      spellings.map(() => 486),
    );
  });

  it('is told to a reader of events who was away, from where he was', async () => {
    const read = async (headers: Record<string, string>, pattern: RegExp) => {
      const abort = new AbortController();
      const answer = await fetch(`http://${APPLICATION}:8080/api/v1/events`, {
        headers: { 'x-api-key': API_KEY, ...headers },
        signal: AbortSignal.any([abort.signal, AbortSignal.timeout(5_000)]),
      });
      assert.equal(answer.status, 200);
      const first = dial(headers['last-event-id'] === undefined ? '+5548991990040' : '+5548991990042').final();
      let text = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (pattern.test(text)) break;
      }
      abort.abort();
      await first;
      return text;
    };
    const seen = /^id: (\d+)$/m.exec(await read({}, /^id: \d+\n.*\n.*\n\n/m))![1]!;
    const missed = await dial('+5548991990041').final();
    const text = await read({ 'last-event-id': seen }, new RegExp(missed.get('x-callback-id')));
    assert.match(text, /"dueAt":"\d{4}-\d\d-\d\dT/);
  });
});
