import assert from 'node:assert/strict';
import { redactedLine, withoutNumbers, withoutSecrets } from '../../lib/system/redaction.ts';
import { processorMs } from '../support/processor-time.ts';

describe('a line of the log', () => {
  it('has no telephone number from info on, in whatever form', () => {
    for (const text of [
      '+5548991996260',
      '048991996260',
      'sip:048991996260@192.0.2.1',
      'the number +55 (48) 99199-6260 is blocked',
      'tel:+55-48-99199-6260;phone-context=x',
      '"5548991996260" <sip:5548991996260@x>',
    ])
      assert.doesNotMatch(withoutNumbers(text), /\d{4}|99199/, text);
    const [fields] = redactedLine({ caller: '+5548991996260', deep: [{ to: '048991996260' }] }, '', true);
    assert.deepEqual(fields, { caller: '…260', deep: [{ to: '…260' }] });
    assert.deepEqual(redactedLine({ caller: '+5548991996260' }, '', false)[0], { caller: '+5548991996260' });
  });

  it('keeps what is none: addresses, times, ids, versions, names', () => {
    for (const text of [
      '192.168.100.200:5060',
      '2026-11-27T06:26:42.000Z',
      'trunk-80092037',
      '0193a7b2-7c1d-7000-8000-123456789012',
      'a1234567890b',
      'ports 20000-29999',
      'after 123456 ms',
      'v24.1.0',
    ])
      assert.equal(withoutNumbers(text), text);
    const ids = { callId: '12345678@192.0.2.1', trunk: '80092037', legId: '12345678901234567890123456789012' };
    assert.deepEqual(redactedLine(ids, '', true)[0], ids);
  });

  it('has no key that is read back to whoever pressed it', () => {
    const fields = { prompt: 'you-entered&digits:4711&tone:beep', deep: { prompt: 'digits:9#' } };
    const [shown] = redactedLine(fields, '', false);
    assert.deepEqual(shown, { prompt: 'you-entered&digits:…&tone:beep', deep: { prompt: 'digits:…' } });
  });

  it('has no secret at any level: by the name of its field, and by its form', () => {
    const secrets = {
      password: 'p',
      secret: { env: 'X' },
      headers: { authorization: 'Bearer abcdef', cookie: 'callback_session=abc', 'x-api-key': 'k' },
    };
    assert.doesNotMatch(JSON.stringify(redactedLine(secrets, '', false)), /"p"|env|abc|"k"/);
    const proof = 'Digest username="u", realm="r", response="0123456789abcdef0123456789abcdef", cnonce="c0ffee"';
    assert.doesNotMatch(withoutSecrets(proof), /0123456789abcdef|c0ffee/);
    assert.match(withoutSecrets(proof), /username="u", realm="r"/);
    for (const [text, secret] of [
      [`cbk_${'a'.repeat(16)}_${'B'.repeat(43)} is wrong`, 'BBBB'],
      ['postgres://user:geheim@db/x', 'geheim'],
      ['sip:201:geheim@192.0.2.1', 'geheim'],
      ['password=geheim', 'geheim'],
      ['{"password": "geheim"}', 'geheim'],
      ['Authorization: Basic dXNlcjpnZWhlaW0=', 'dXNlcjpnZWhlaW0'],
    ] as const)
      assert.ok(!withoutSecrets(text).includes(secret), withoutSecrets(text));
  });

  it('shows of an error where it happened, and none of the values that libraries hang on it', () => {
    const error = Object.assign(new Error('duplicate key of +5548991996260', { cause: new Error('password=x1y2') }), {
      code: '23505',
      detail: 'Key (number)=(+5548991996260) already exists.',
      parameters: ['geheim'],
    });
    const [fields] = redactedLine({ err: error }, 'x', true);
    const text = JSON.stringify(fields);
    assert.match(text, /"code":"23505"/);
    assert.match(text, /redaction\.test\.ts/);
    assert.doesNotMatch(text, /99199|geheim|x1y2|detail/);
  });

  it('is made in a moment out of whatever', () => {
    const before = processorMs();
    for (const text of [
      '1'.repeat(1e6),
      ' 1'.repeat(5e5),
      'response='.repeat(1e5),
      'sip:a:'.repeat(1e5),
      '+1 ('.repeat(2e5),
    ])
      redactedLine({ text, list: [text] }, text, true);
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    redactedLine(loop, '', true);
    assert.ok(processorMs() - before < 1000);
  });
});
