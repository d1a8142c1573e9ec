import assert from 'node:assert/strict';
import { editDistance, nearest, shown } from '../../lib/schema/nearest.ts';
import { hostMistake, sipUriHost, sipUriMistake } from '../../lib/schema/sip-uri.ts';

describe('sipUriMistake', () => {
  for (const uri of [
    'sip:127.0.0.1',
    'sip:127.0.0.1:5070;transport=udp',
    'sip:200@127.0.0.1:5071',
    'sips:alice@example.com;transport=tcp',
    'sip:[::1]:5060',
    'SIP:proxy.example.com.;lr',
    'sip:+554899;phone-context=x@a.example',
    'sip:127.0.0.1:5060;transport=udp,tcp',
  ])
    it(`takes ${uri}`, () => assert.equal(sipUriMistake(uri), null));

  for (const uri of [
    '',
    '127.0.0.1:5060',
    'http://a',
    'sip:',
    'sip:@a',
    'sip:a:0',
    'sip:a:65536',
    'sip:300.1.1.1',
    'sip:[::1',
    'sip:[fffff::1]',
    'sip:a b',
    'sip:a\r\nX: y',
    'sip:a;transport=carrier-pigeon',
    'sip:-a',
    `sip:${'a'.repeat(300)}`,
    'sip:<a>',
  ])
    it(`refuses ${JSON.stringify(uri).slice(0, 40)}`, () => assert.equal(typeof sipUriMistake(uri)?.code, 'string'));

  it('answers at once, however long and odd the text is', () => {
    const begin = performance.now();
    for (const text of [`sip:${';a='.repeat(50_000)}`, `sip:${'a@'.repeat(50_000)}`, `sip:${'%'.repeat(250)}`])
      sipUriMistake(text);
    assert.ok(performance.now() - begin < 200);
  });

  it('finds the host', () => {
    assert.equal(sipUriHost('sip:200@[::1]:5071;transport=udp'), '[::1]');
    assert.equal(sipUriHost('sip:a.example'), 'a.example');
  });
});

describe('hostMistake', () => {
  it('tells names and addresses from what is neither', () => {
    for (const host of ['a', 'a.b', '10.0.0.1', '::1', '[::1]', 'a_b.example']) assert.equal(hostMistake(host), null);
    for (const host of ['', 'a..b', '1.2.3', '1.2.3.4.5', ':::', 'a b', 'ä']) assert.ok(hostMistake(host), host);
  });
});

describe('nearest', () => {
  it('counts a swap of neighbours as one step', () => {
    assert.equal(editDistance('trnuk', 'trunk'), 1);
    assert.equal(editDistance('', 'abc'), 3);
  });
  it('finds the key that was meant', () => {
    assert.equal(nearest('dellaySeconds', ['timeoutSeconds', 'delaySeconds', 'retry']), 'delaySeconds');
    assert.equal(nearest('TRUNKS', ['flows', 'trunks']), 'trunks');
    assert.equal(nearest('x', []), null);
  });
  it('shows hostile words in one short line', () => {
    assert.equal(shown('a\r\n`b'), 'a???b');
    assert.equal(shown('x'.repeat(100)).length, 60);
  });
});
