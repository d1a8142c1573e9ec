/** What somebody presses: a PIN in secret, an order that is read back, keys that lead nowhere. Where none of it may stand. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { PhoneCall } from '../support/phone-call.ts';
import { type CallbackView, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const ADDRESS = '127.0.66.20';
const PHONE = '127.0.66.21';
const PIN = '739158';
const ORDER = '604927';
const WRONG = '852';

const SILENCE = 'tone:silence/100';
const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  cdr: {},
  trunks: [{ name: 'trunk', proxy: `sip:${PHONE}:5070` }],
  extensions: [{ number: '200', contact: `sip:200@${PHONE}:5071` }],
  inboundNumbers: [{ number: '+554831210110', callback: true }],
  callbackRules: [{ name: 'any', trunk: 'trunk', delaySeconds: 0, next: 'ask' }],
  flows: [
    {
      name: 'ask',
      start: 'pin',
      components: {
        pin: { type: 'collect', prompt: SILENCE, max: PIN.length, variable: 'pin', secret: true, next: 'order' },
        order: {
          type: 'collect',
          prompt: SILENCE,
          max: ORDER.length,
          readBack: { prompt: SILENCE, confirmPrompt: 'nobody-has-recorded-this' },
          variable: 'order',
          next: 'set',
        },
        set: { type: 'set', variables: { said: 'order {order}' }, next: 'menu' },
        menu: {
          type: 'menu',
          prompt: SILENCE,
          choices: { '851': 'bye' },
          retries: 1,
          otherwise: 'ring',
        },
        ring: { type: 'dial', extension: '200' },
        bye: { type: 'hangup' },
      },
    },
  ],
});

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const readAll = (directory: string) => filesIn(directory).map((file) => [file, readFileSync(file, 'latin1')] as const);

describe('what somebody presses', function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;
  let trunk: SipPhone;
  let extension: SipPhone;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-pressed-'));
    mkdirSync(join(directory, 'data'));
    trunk = await SipPhone.open({ address: PHONE, port: 5070 });
    extension = await SipPhone.open({ address: PHONE, port: 5071 });
    server = await Server.start({
      address: ADDRESS,
      configuration,
      dataDirectory: join(directory, 'data'),
      logLevel: 'trace',
      outputFile: join(directory, 'output'),
    });
  });

  after(async () => {
    await server?.stop('SIGKILL');
    trunk.close();
    extension.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const press = async (person: PhoneCall, keys: string) => {
    for (const key of keys) {
      const answer = await person.press(key);
      assert.equal(answer.status, 200);
    }
  };
  it('stands in no event, no ladder, no message, no record, no line of the log and nothing on the disk', async () => {
    const to = `sip:+554831210110@${ADDRESS}:5060`;
    await trunk.call({ to, from: `<sip:+5548991996260@${PHONE}>` }).final();
    const person = await trunk.nextCall();
    await person.answer();
    const [callback] = await server.until((all) => all.length === 1, 5_000, 'a callback');
    const { id } = callback as CallbackView;
    // The order is read back by what can't be played, which is told to the log, and confirmed.
    await press(person, `${PIN}${ORDER}`);
    const logged = () => readFileSync(join(directory, 'output'), 'latin1');
    for (const end = Date.now() + 5_000; !logged().includes('nobody-has-recorded-this'); await setImmediate())
      assert.ok(Date.now() < end, 'it was not read back');
    await press(person, `1${WRONG}${WRONG}`);
    const target = await extension.nextCall();
    await target.answer();
    await server.until(([one]) => one?.state === 'connected', 5_000, 'a talk');
    // What a crash would leave.
    const during = readAll(directory).map(([file, text]) => [`${file} while they talk`, text] as const);
    await target.hangUp();
    await server.until(([one]) => one?.state === 'done', 5_000, 'the end');

    const shown = await Promise.all(
      [`/callbacks/${id}`, `/callbacks/${id}/ladder`, `/callbacks/${id}/messages`, '/callbacks', '/configuration'].map(
        async (path) => JSON.stringify((await server.api(`/api/v1${path}`)).body),
      ),
    );
    assert.match(shown[0]!, /"variable":"pin","digits":6/);
    assert.match(shown[2]!, /application\/dtmf-relay/, 'the INFOs are in the messages');
    await server.stop();
    const files = filesIn(directory);
    for (const name of ['output', '.ndjson', '.csv', 'callback.db'])
      assert.ok(
        files.some((file) => file.includes(name)),
        `there is no ${name} among ${files.join(' ')}`,
      );
    for (const digits of [PIN, ORDER, WRONG, 'Signal=']) {
      const places = [...during, ...readAll(directory), ...shown.map((text, i) => [`answer ${i}`, text] as const)];
      // Three digits stand in many a number by chance.
      const sign = digits === WRONG ? `"${WRONG}"` : digits;
      assert.deepEqual(
        places.filter(([, text]) => text.includes(sign)).map(([place]) => place),
        [],
        sign,
      );
    }
  });
});
