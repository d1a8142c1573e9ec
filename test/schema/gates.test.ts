import assert from 'node:assert/strict';
import { formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

const HEAD = "version: 1\ntrunks: [{ name: t, proxy: 'sip:a', spendPerDay: 20.5 }]\n";
const read = (text: string, readFile?: (path: string) => string) =>
  parseConfiguration(HEAD + text, readFile === undefined ? {} : { readFile });
const mistakes = (text: string) => {
  const result = read(text);
  return result.ok ? [] : result.mistakes.map(({ path, message }) => `${path}: ${message}`);
};

const WHOLE = `
hours: [{ name: office, timezone: Europe/Berlin, regular: ['Mon-Fri 08:00-12:00, 13:00-24:00'], holidays: ['12-25'] }]
callbackRules:
  - name: r
    trunk: t
    hours: office
    callingHours: ['Mon-Sun 08:00-21:00']
    outsideHours: wait
    minimumTalkSeconds: 10
    minimumAttestation: B
    maxPriceClass: medium
    limit: { max: 5, perSeconds: 60 }
    spendPerDay: 10.5
limits:
  perPrefix: [{ digits: 7, max: 3 }, { prefix: '+371', max: 0, perSeconds: 60 }]
  perRule: { max: 100 }
  total: { max: 1000 }
  newNumbers: { max: 10 }
  pingPong: false
  specialNumbers: { satellite: true }
  callingHours: ['Sat 10:00-16:00']
  unwantedSeconds: 86400
  spend: { prices: "prefix,class,perMinute\\n55,low,0.1\\n", maxPriceClass: medium, perDay: 100 }
`;

describe('gates in the configuration', () => {
  it('come back from `export` as they were written', () => {
    const first = read(WHOLE);
    assert.ok(first.ok, JSON.stringify(first));
    const again = parseConfiguration(formatConfiguration(first.configuration));
    assert.ok(again.ok, JSON.stringify(again));
    assert.deepEqual(again.configuration, first.configuration);
    assert.deepEqual(again.warnings, []);
    assert.equal(again.configuration.trunks[0]?.spendPerDay, 20.5);
  });

  it('say what is wrong, where', () => {
    const rule = (fields: string) => mistakes(`callbackRules: [{ name: r, trunk: t, ${fields} }]`);
    assert.match(rule('hours: offce')[0] ?? '', /^callbackRules\[0\]\.hours: there is no hours `offce`/);
    assert.match(rule("callingHours: ['Mon 9-5']")[0] ?? '', /^callbackRules\[0\]\.callingHours\[0\]: .*HH:mm/);
    assert.match(rule('callingHours: []')[0] ?? '', /leave it out/);
    assert.match(rule('maxPriceClass: cheap')[0] ?? '', /maxPriceClass: is none of .*low, medium, high/);
    assert.match(rule('outsideHours: later')[0] ?? '', /outsideHours/);
    assert.match(mistakes('limits: { perPrefix: [{ max: 1 }] }')[0] ?? '', /either `prefix`/);
    assert.match(mistakes("limits: { perPrefix: [{ prefix: '48', max: 1 }] }")[0] ?? '', /international form/);
    assert.match(mistakes('limits: { specialNumbers: { premium: true } }')[0] ?? '', /premium/);
    assert.match(mistakes("limits: { spend: { prices: 'x' } }")[0] ?? '', /spend\.prices: line 1/);
    assert.match(mistakes('limits: { pingPong: { rounds: 0 } }')[0] ?? '', /rounds/);
    const dear = parseConfiguration("trunks: [{ name: t, proxy: 'sip:a', spendPerDay: -1 }]");
    assert.match(JSON.stringify(dear), /trunks\[0\]\.spendPerDay/);
    const untrusted = parseConfiguration("trunks: [{ name: t, proxy: 'sip:a', minimumAttestation: A }]");
    assert.match(JSON.stringify(untrusted), /needs `trustIdentity: true`/);
  });

  it('take a price list from a file beside the configuration, and its text is what is kept', () => {
    const text = 'prefix,class,perMinute\n55,low,0.1\n';
    const asked: string[] = [];
    const result = read('limits: { spend: { prices: { file: rates.csv } } }', (path) => {
      asked.push(path);
      return text;
    });
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual([asked, result.configuration.limits.spend?.prices], [['rates.csv'], text]);
    const missing = read('limits: { spend: { prices: { file: x } } }', () => {
      throw new Error('there is no file `x`');
    });
    assert.ok(!missing.ok && missing.mistakes[0]?.path === 'limits.spend.prices.file');
    // The API has no files.
    assert.match(mistakes('limits: { spend: { prices: { file: rates.csv } } }')[0] ?? '', /CSV text/);
  });
});
