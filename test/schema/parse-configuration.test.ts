import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Configuration } from '../../lib/core/configuration.ts';
import { flawText, mistake } from '../../lib/core/mistake.ts';
import { DEMO_CONFIGURATION } from '../../lib/schema/demo.ts';
import { formatConfiguration } from '../../lib/schema/format-configuration.ts';
import { type ParseOptions, parseConfiguration, pathParts } from '../../lib/schema/parse-configuration.ts';

const CONTRACT = readFileSync(new URL('../fixtures/contract.yaml', import.meta.url), 'utf8');

function right(text: string, options?: ParseOptions): Configuration {
  const result = parseConfiguration(text, options);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes, null, 1));
  return result.configuration;
}

/** `path: message` of every mistake. */
function wrong(text: string, options?: ParseOptions): string[] {
  const result = parseConfiguration(text, options);
  assert.ok(!result.ok, 'it was accepted');
  for (const one of result.mistakes) assert.equal(one.message, flawText(one), 'its code says something else');
  return result.mistakes.map((mistake) => `${mistake.path}: ${mistake.message}`);
}

function warnings(text: string): string[] {
  const result = parseConfiguration(text);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.mistakes));
  return result.warnings.map((warning) => `${warning.path}: ${warning.message}`);
}

const flowOf = (components: string) => `flows: [{ name: f, start: a, components: ${components} }]`;

describe('parseConfiguration: what is accepted', () => {
  it("takes the contract's example with a warning for each section that is not built, and nothing else", () => {
    assert.deepEqual(
      warnings(CONTRACT),
      ['queues', 'agents', 'services'].map((section) => `${section}: not active yet`),
    );
  });

  it('takes the demo configuration without any warning', () => {
    assert.deepEqual(warnings(DEMO_CONFIGURATION), []);
  });

  it("fills in the contract's defaults", () => {
    const { trunks, callbackRules, limits, defaultCountry } = right(`
      trunks: [{ name: t, proxy: 'sip:127.0.0.1' }]
      callbackRules: [{ name: r, trunk: t }]`);
    assert.equal(defaultCountry, 'BR');
    assert.deepEqual(trunks[0], {
      name: 't',
      proxy: 'sip:127.0.0.1',
      domain: null,
      auth: null,
      register: false,
      accept: null,
      match: null,
      trustIdentity: false,
      numberFormat: 'asReceived',
      identity: {
        pai: false,
        ppi: false,
        rpid: false,
        numberFormat: 'asReceived',
        privacy: false,
        from: 'callerId',
        callbackIdHeader: true,
        diversion: false,
        historyInfo: false,
        callReason: null,
      },
      outboundProxy: null,
      codecs: null,
      telephoneEvent: true,
      weight: null,
      callerIds: { allow: [], default: null },
      maxCallsPerSecond: 5,
      maxConcurrentCalls: 30,
      noResponseSeconds: null,
      health: { optionsSeconds: 0, downAfter: 3, upAfter: 2, probeSeconds: 30, maxParkSeconds: 300 },
      minimumAttestation: null,
      attestationHeader: null,
      maxPriceClass: null,
      spendPerDay: null,
      tlsVerify: null,
    });
    assert.deepEqual(callbackRules[0], {
      name: 'r',
      origin: 'any',
      inboundNumbers: [],
      method: 'caller',
      trunk: 't',
      outgoingRule: null,
      number: null,
      extension: null,
      callerId: null,
      delaySeconds: 5,
      timeoutSeconds: 5,
      ringTimeoutSeconds: 25,
      language: null,
      retry: { attempts: 1, intervalSeconds: [60], on: ['busy', 'no-answer', 'unreachable'] },
      expiresSeconds: 1800,
      maxCallSeconds: 7200,
      reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      hours: null,
      callingHours: null,
      outsideHours: 'refuse',
      minimumTalkSeconds: 0,
      minimumAttestation: null,
      maxPriceClass: null,
      limit: null,
      spendPerDay: null,
      record: false,
      consent: false,
      releaseMedia: false,
      next: null,
    });
    assert.deepEqual(limits, {
      duplicate: 'merge',
      perNumber: { max: 10, perSeconds: 3600 },
      perPrefix: [],
      perRule: null,
      total: null,
      newNumbers: null,
      pingPong: { withinSeconds: 120, rounds: 3, answeredSeconds: 0 },
      countries: { allow: ['BR'] },
      blockedNumbers: [],
      notAccepting: { status: 480, reason: { protocol: 'Q.850', cause: 31, text: 'Callbacks are not taken now' } },
      overload: { lateMs: 100, retryAfterSeconds: 5 },
      specialNumbers: {
        premiumRate: false,
        sharedCost: false,
        universal: false,
        personal: false,
        pager: false,
        voicemail: false,
        satellite: false,
        internationalNetwork: false,
        tollFree: true,
        voip: true,
        unallocated: true,
      },
      spend: { prices: '', classes: ['low', 'medium', 'high'], maxPriceClass: null, assumedMinutes: 3, perDay: null },
      callingHours: [],
      unwantedSeconds: null,
    });
  });

  it('allows the default country alone where no countries are named', () => {
    assert.deepEqual(right('defaultCountry: DE').limits.countries.allow, ['DE']);
    assert.deepEqual(right('{"limits": {"countries": {"allow": ["PT"]}}}').limits.countries.allow, ['PT']);
  });

  it('asks the rules for a number without a flow, and runs the flow of one with it, unless `callback` says otherwise', () => {
    const { inboundNumbers } = right(`
      inboundNumbers: [{ number: '1' }, { number: '2', flow: f }, { number: '3', flow: f, callback: true }, { number: '4', callback: false }]
      ${flowOf('{ a: { type: hangup } }')}`);
    assert.deepEqual(
      inboundNumbers.map((number) => number.callback),
      [true, false, true, false],
    );
  });

  it('reads how a call rings first, with the usual seconds of each mode', () => {
    const rule = (fields: string) =>
      right(`trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t, ${fields} }]`)
        .callbackRules[0]!.ringing;
    assert.equal(rule('mode: reject'), undefined);
    assert.deepEqual(rule('mode: ring'), { mode: 'ring', seconds: 10 });
    assert.deepEqual(rule('mode: missedCall'), { mode: 'missedCall', seconds: 30 });
    assert.deepEqual(rule('mode: missedCall, ringSeconds: 7.5'), { mode: 'missedCall', seconds: 7.5 });
  });

  it('reads call detail records: none, the usual ones, and a webhook with its warnings', () => {
    assert.equal(right('version: 1').cdr, undefined);
    assert.equal(right('cdr: null').cdr, undefined);
    const usual = { maxFileMegabytes: 100, keepDays: 0, syncSeconds: 1, webhook: null };
    assert.deepEqual(right('cdr: {}').cdr, { formats: ['ndjson', 'csv'], ...usual });
    const text = (url: string) => `cdr: { formats: [], webhook: { url: '${url}' } }`;
    const webhook = { url: 'https://a/b', secret: null, timeoutSeconds: 10, maxQueueMegabytes: 256 };
    assert.deepEqual(right(text('https://a/b')).cdr, { ...usual, formats: [], webhook });
    assert.deepEqual(
      warnings(text('http://a/b')).map((line) => line.slice(0, 32)),
      ['cdr.webhook: has no `secret`: it', 'cdr.webhook: is not https: numbe'],
    );
    assert.equal(warnings("cdr: { webhook: { url: 'http://127.0.0.1/', secret: x } }").length, 0);
  });

  it('takes one origin, a list of them, and `any`', () => {
    const origins = (written: string) =>
      right(`
        trunks: [{ name: t, proxy: 'sip:a' }]
        callbackRules: [{ name: r, trunk: t, origin: ${written} }]`).callbackRules[0]!.origin;
    assert.equal(origins('any'), 'any');
    assert.equal(origins('[any]'), 'any');
    assert.deepEqual(origins("'(48) 99199-6260'"), ['(48) 99199-6260']);
    assert.deepEqual(origins("['+5548*', '4899*']"), ['+5548*', '4899*']);
  });

  it('finds an inbound number that a rule writes with other separators, and keeps the one spelling', () => {
    const { callbackRules } = right(`
      trunks: [{ name: t, proxy: 'sip:a' }]
      inboundNumbers: [{ number: '+55 48 3121-0110' }]
      callbackRules: [{ name: r, trunk: t, inboundNumbers: ['+554831210110'] }]`);
    assert.deepEqual(callbackRules[0]!.inboundNumbers, ['+55 48 3121-0110']);
  });

  it('reads a callback component with inline terms, or with a rule', () => {
    const { flows } = right(`
      trunks: [{ name: t, proxy: 'sip:a' }]
      callbackRules: [{ name: r, trunk: t }]
      ${flowOf("{ a: { type: callback, trunk: t, delaySeconds: 7, next: m }, b: { type: callback, rule: r }, m: { type: menu, choices: { '1': b } } }")}`);
    const { a, b } = flows[0]!.components;
    assert.ok(a?.type === 'callback' && b?.type === 'callback');
    assert.equal(a.terms?.delaySeconds, 7);
    assert.equal(a.rule, null);
    const stay = { otherwise: null, maxSeconds: null, maxEntries: 20 };
    assert.deepEqual(b, { type: 'callback', rule: 'r', terms: null, next: null, ...stay });
  });

  it('keeps what later stages know, with a warning', () => {
    const text = `
      trunks: [{ name: t, proxy: 'sip:a', auth: { username: u, password: p }, register: { expiresSeconds: 300 }, health: { optionsSeconds: 30 }, callerIds: { default: '+554831210110' }, weight: 2 }]
      hours: [{ name: office, timezone: Europe/Berlin, regular: ['Mon,Wed-Fri 08:00-12:00, 13:00-24:00'] }]
      callbackRules: [{ name: r, trunk: t, hours: office, releaseMedia: true }]
      ${flowOf('{ a: { type: voicemail, digits: 4, next: b } }')}`;
    assert.deepEqual(warnings(text), ['flows[0].components.a: not active yet']);
    const { flows, trunks, callbackRules } = right(text);
    const raw = { type: 'voicemail', digits: 4, next: 'b' };
    assert.deepEqual(flows[0]!.components['a'], { type: 'inactive', was: 'voicemail', raw });
    assert.equal(trunks[0]!.weight, 2);
    assert.equal(callbackRules[0]!.releaseMedia, true);
    assert.equal(callbackRules[0]!.hours, 'office');
  });

  it('warns of a trunk by a transport that the embedded engine has not', () => {
    const proxies = ['sip:a;transport=tcp', 'sip:a', 'sip:a;transport=wss', 'sips:a', 'sip:a;transport=tls;lr'];
    const trunks = proxies.map((proxy, index) => `{ name: t${index}, proxy: '${proxy}' }`);
    const behind = "{ name: p, proxy: 'sip:a;transport=ws', outboundProxy: 'sip:b;transport=tcp' }";
    const result = parseConfiguration(`trunks: [${[...trunks, behind].join(', ')}]`);
    assert.ok(result.ok);
    assert.deepEqual(
      result.warnings.map(({ path }) => path),
      ['trunks[2].proxy'],
    );
  });

  it('reads which certificate a trunk may show, and warns where any will do', () => {
    const text = (verify: string) => `trunks: [{ name: t, proxy: 'sips:a', tlsVerify: '${verify}' }]`;
    const pin = 'AB:'.repeat(31).concat('CD');
    assert.equal(right(text(pin)).trunks[0]!.tlsVerify, `${'ab'.repeat(31)}cd`);
    assert.equal(right(text('wildcard')).trunks[0]!.tlsVerify, 'wildcard');
    assert.equal(right(text('name')).trunks[0]!.tlsVerify, null);
    assert.match(warnings(text('none'))[0] ?? '', /^trunks\[0\]\.tlsVerify: takes any certificate/);
    assert.equal(parseConfiguration(text('yes')).ok, false);
  });

  it('warns of an extension that can be reached nowhere', () => {
    assert.match(warnings("extensions: [{ number: '200' }]")[0] ?? '', /^extensions\[0\]: has neither/);
  });

  it('returns a frozen configuration', () => {
    const configuration = right(CONTRACT);
    assert.throws(() => {
      configuration.trunks[0]!.health.downAfter = 1;
    }, TypeError);
  });

  it('takes null for what is left out, as the API shows it', () => {
    assert.equal(right("extensions: [{ number: '200', contact: null, password: ~ }]").extensions[0]!.contact, null);
  });

  it('lets a cycle with a menu or a dial in it pass', () => {
    right(
      flowOf("{ a: { type: announce, prompt: p, next: m }, m: { type: menu, choices: { '1': a }, otherwise: a } }"),
    );
    right(`extensions: [{ number: '200', contact: 'sip:a' }]
${flowOf("{ a: { type: announce, prompt: p, next: d }, d: { type: dial, extension: '200', otherwise: a } }")}`);
  });
});

describe('parseConfiguration: numbers without quotes', () => {
  it('takes a plain whole number as the text that it is', () => {
    assert.equal(right('extensions: [{ number: 200 }]').extensions[0]!.number, '200');
    assert.equal(right('{"extensions": [{"number": 200}]}').extensions[0]!.number, '200');
  });

  for (const written of ['0123', '+554831210110', '0x1F', '0o17', '123456789012345678901', '1e3', '007']) {
    it(`asks for quotes around ${written}, whose text would be lost`, () => {
      const [mistake, ...more] = wrong(`inboundNumbers: [{ number: ${written} }]`);
      assert.ok(mistake?.startsWith('inboundNumbers[0].number: '), mistake);
      assert.ok(mistake?.includes(`put it in quotes ('${written}')`), mistake);
      assert.deepEqual(more, []);
    });
  }

  it('asks for quotes around a number with a fraction', () => {
    assert.match(wrong('inboundNumbers: [{ number: 12.5 }]')[0] ?? '', /put it in quotes/);
  });

  it('asks for plain numbers where a number is wanted', () => {
    const text = "trunks: [{ name: t, proxy: 'sip:a', maxConcurrentCalls: 010 }]";
    assert.deepEqual(wrong(text), ['trunks[0].maxConcurrentCalls: `010` is not written as a plain number']);
  });

  it('reads the choices 1, 01 and 20 as they are written', () => {
    const { flows } = right(flowOf('{ a: { type: menu, choices: { 1: b, 01: b, 20: b } }, b: { type: hangup } }'));
    const menu = flows[0]!.components['a'];
    assert.ok(menu?.type === 'menu');
    assert.deepEqual(Object.keys(menu.choices).sort(), ['01', '1', '20']);
  });

  it('does not lose numbers in sections that no schema looks at', () => {
    assert.match(wrong('services: [{ name: s, number: 0123 }]')[0] ?? '', /^services\[0\]\.number: .*quotes/);
    assert.match(wrong(flowOf('{ a: { type: voicemail, x: [0123] } }'))[0] ?? '', /components\.a\.x\[0\]: .*quotes/);
  });
});

describe('parseConfiguration: mistakes', () => {
  it('names all of them at once, also within one item, each with its path', () => {
    const mistakes = wrong(`
version: 2
trunk: []
trunks:
  - { name: t, proxy: 'sip:127.0.0.1:70000', trunck: 1, register: { expiresSecond: 3 } }
  - { name: t, proxy: 127.0.0.1 }
inboundNumbers:
  - { number: '+5548', flow: nix }
callbackRules:
  - { name: r, trunk: b, dellaySeconds: 3, method: number, reject: { status: 200 } }
flows:
  - name: f
    start: x
    components:
      m: { type: menuu }
      n: { type: menu, choices: { '1': q }, otherwise: z }
`);
    const paths = mistakes.map((mistake) => mistake.split(': ')[0]);
    for (const path of [
      'version',
      'trunk',
      'trunks[0].proxy',
      'trunks[0].trunck',
      'trunks[0].register.expiresSecond',
      'trunks[1].name',
      'trunks[1].proxy',
      'inboundNumbers[0].flow',
      'callbackRules[0].trunk',
      'callbackRules[0].dellaySeconds',
      'callbackRules[0].number',
      'callbackRules[0].reject.status',
      'flows[0].start',
      'flows[0].components.m.type',
      'flows[0].components.n.choices["1"]',
      'flows[0].components.n.otherwise',
    ])
      assert.ok(paths.includes(path), `${path} is not among ${paths.join(' ')}`);
  });

  const single: Array<[what: string, text: string, mistake: RegExp]> = [
    ['an unknown key at the top', 'callbackRule: []', /^callbackRule: unknown key .*did you mean `callbackRules`\?$/],
    [
      'an unknown key in an item',
      "trunks: [{ name: t, proxy: 'sip:a', maxConcurentCalls: 3 }]",
      /^trunks\[0\]\.maxConcurentCalls: unknown key .*did you mean `maxConcurrentCalls`\?$/,
    ],
    [
      'a key that is far from all, with the nearest all the same',
      "extensions: [{ number: '1', qqqqqqqqqq: 3 }]",
      /did you mean `\w+`\?$/,
    ],
    ['a missing name', "trunks: [{ proxy: 'sip:a' }]", /^trunks\[0\]\.name: is missing$/],
    ['a section that is no list', 'trunks: {}', /^trunks: expected a list$/],
    ['an item that is nothing', 'trunks: [null]', /^trunks\[0\]: expected a group of fields/],
    ['a second default', 'defaultOutgoingRule: x', /^defaultOutgoingRule: there is no outgoing rule `x`/],
    [
      'names equal in another Unicode form',
      'flows: [{ name: "a\\u0301", start: a, components: { a: { type: hangup } } }, { name: "\\u00e1", start: a, components: { a: { type: hangup } } }]',
      /^flows\[1\]\.name: there is another flow/,
    ],
    [
      'inbound numbers equal but for separators',
      "inboundNumbers: [{ number: '+5548 1' }, { number: '+55481' }]",
      /^inboundNumbers\[1\]\.number: there is another inbound number/,
    ],
    [
      'a rule with no way out',
      'callbackRules: [{ name: r }]',
      /^callbackRules\[0\]\.trunk: is missing: neither `trunk` nor `outgoingRule`/,
    ],
    ['a webhook that is no URL', 'cdr: { webhook: { url: example.com } }', /^cdr\.webhook\.url: is not a URL/],
    [
      'a webhook by another protocol',
      "cdr: { webhook: { url: 'file:///etc/passwd' } }",
      /^cdr\.webhook\.url: has to begin/,
    ],
    [
      'a webhook with a password in its URL',
      "cdr: { webhook: { url: 'https://u:p@a' } }",
      /^cdr\.webhook\.url: holds a user/,
    ],
    [
      'a webhook to the credentials of a cloud',
      "cdr: { webhook: { url: 'http://169.254.169.254/' } }",
      /is a link-local address$/,
    ],
    ['the same, written otherwise', "cdr: { webhook: { url: 'http://0xA9FEA9FE/' } }", /is a link-local address$/],
    ['the same by IPv6', "cdr: { webhook: { url: 'http://[::ffff:169.254.169.254]/' } }", /is a link-local address$/],
    ['a format that there is not', 'cdr: { formats: [xml] }', /^cdr\.formats\[0\]: unknown value `xml`/],
    [
      'ringing where nothing rings',
      "trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t, ringSeconds: 5 }]",
      /^callbackRules\[0\]\.ringSeconds: is for the modes `ring` and `missedCall`/,
    ],
    [
      'ringing that no engine keeps up',
      "trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t, mode: ring, ringSeconds: 51 }]",
      /^callbackRules\[0\]\.ringSeconds: .*50/,
    ],
    [
      'a mode that there is not',
      "trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t, mode: missed }]",
      /^callbackRules\[0\]\.mode: unknown value `missed`.*`missedCall`/,
    ],
    [
      'a flow for anonymous callers that there is not',
      "inboundNumbers: [{ number: '+5548', anonymous: { flow: nix } }]",
      /^inboundNumbers\[0\]\.anonymous\.flow: there is no flow `nix`/,
    ],
    [
      'method extension without one',
      'callbackRules: [{ name: r, method: extension }]',
      /^callbackRules\[0\]\.extension: is missing: method `extension` needs it$/,
    ],
    [
      'a pattern that does not compile',
      "trunks: [{ name: t, proxy: 'sip:a' }]\noutgoingRules: [{ name: o, routes: [{ match: '(', trunks: [t] }] }]",
      /^outgoingRules\[0\]\.routes\[0\]\.match: is not a regular expression \(RE2 syntax\): missing closing \)/,
    ],
    [
      'a back reference, which RE2 does not know',
      "limits: { blockedNumbers: ['/(a)\\1/'] }",
      /^limits\.blockedNumbers\[0\]: is not a regular expression/,
    ],
    [
      'a group that the pattern has not',
      "trunks: [{ name: t, proxy: 'sip:a' }]\noutgoingRules: [{ name: o, routes: [{ match: 'a', rewrite: '$1', trunks: [t] }] }]",
      /^outgoingRules\[0\]\.routes\[0\]\.rewrite: `\$1`: the pattern has no group$/,
    ],
    [
      'an address range that is none',
      "trunks: [{ name: t, proxy: 'sip:a', accept: [10.0.0.0/33] }]",
      /^trunks\[0\]\.accept\[0\]: `10\.0\.0\.0\/33` is not an address range/,
    ],
    [
      'a line break in a text that goes into a header',
      'extensions: [{ number: "1", contact: "sip:a" }]\ncallbackRules: [{ name: "r\\r\\nX: y", method: extension, extension: "1" }]',
      /^callbackRules\[0\]\.name: holds a control character$/,
    ],
    ['a country that is none', 'defaultCountry: XX', /^defaultCountry: `XX` is not a country/],
    ['a time zone that is none', 'hours: [{ name: h, timezone: Mars/Base }]', /^hours\[0\]\.timezone: .*IANA/],
    [
      'a time after 24:00',
      "hours: [{ name: h, timezone: UTC, regular: ['Mon 08:00-24:01'] }]",
      /^hours\[0\]\.regular\[0\]: .*HH:mm/,
    ],
    ['a day that is none', "hours: [{ name: h, timezone: UTC, holidays: ['02-30'] }]", /^hours\[0\]\.holidays\[0\]/],
    ['a queue of unknown hours', 'queues: [{ name: q, hours: nix }]', /^queues\[0\]\.hours: there is no hours `nix`/],
    [
      'a variable that is none',
      flowOf("{ a: { type: dial, number: '0{foo}', outgoingRule: o } }"),
      /unknown variable `\{foo\}`/,
    ],
    [
      'a variable that another flow sets, misspelt',
      "flows: [{ name: f, start: a, components: { a: { type: dial, number: '0{ordr}', trunk: t } } }, { name: g, start: s, components: { s: { type: set, variables: { order: '1' } } } }]",
      /^flows\[0\]\.components\.a\.number: unknown variable `\{ordr\}`; did you mean `order`\?/,
    ],
    [
      'a secret in what is dialled',
      "flows: [{ name: f, start: a, components: { a: { type: dial, number: '0{pin}', trunk: t }, b: { type: collect, variable: pin, secret: true } } }]",
      /^flows\[0\]\.components\.a\.number: `\{pin\}` is collected in secret/,
    ],
    ['a dial without target', flowOf('{ a: { type: dial } }'), /^flows\[0\]\.components\.a: needs one of/],
    [
      'a prompt that leaves its folder',
      flowOf('{ a: { type: announce, prompt: ../x } }'),
      /^flows\[0\]\.components\.a\.prompt/,
    ],
    [
      'a choice that is none',
      flowOf("{ a: { type: menu, choices: { 'x': a } } }"),
      /^flows\[0\]\.components\.a\.choices\.x: is no choice/,
    ],
    ['an empty flow', 'flows: [{ name: f, start: a, components: {} }]', /^flows\[0\]\.components: needs at least one/],
    [
      'a component named as what every object has',
      'flows: [{ name: f, start: constructor, components: { constructor: { type: hangup } } }]',
      /`constructor` can't be a name here$/,
    ],
    [
      'announcements in a circle',
      flowOf('{ a: { type: announce, prompt: p, next: b }, b: { type: announce, prompt: p, next: a } }'),
      /^flows\[0\]\.components\.a: goes round without any input: `a` -> `b` -> `a`/,
    ],
    [
      'rule and inline terms in one component',
      `trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t }]\n${flowOf('{ a: { type: callback, rule: r, delaySeconds: 3 } }')}`,
      /^flows\[0\]\.components\.a\.delaySeconds: stands beside `rule`/,
    ],
    [
      'a person called for ever through a rule',
      `trunks: [{ name: t, proxy: 'sip:a' }]\ncallbackRules: [{ name: r, trunk: t, next: f }]\n${flowOf('{ a: { type: callback, rule: r } }')}`,
      /^flows\[0\]\.components\.a: goes round without any input/,
    ],
    [
      'a person called for ever inline',
      `trunks: [{ name: t, proxy: 'sip:a' }]\n${flowOf('{ a: { type: callback, trunk: t, next: a } }')}`,
      /goes round/,
    ],
    [
      'an origin with letters',
      "callbackRules: [{ name: r, outgoingRule: o, origin: '55a*' }]",
      /^callbackRules\[0\]\.origin/,
    ],
    [
      'a secret of the wrong form',
      "extensions: [{ number: '1', password: { env: 'A B' } }]",
      /^extensions\[0\]\.password/,
    ],
  ];
  for (const [what, text, mistake] of single) {
    it(`refuses ${what}`, () => {
      const mistakes = wrong(text);
      assert.ok(
        mistakes.some((line) => mistake.test(line)),
        mistakes.join('\n'),
      );
    });
  }

  it('never repeats a written password', () => {
    const text = 'trunks: [{ name: t, proxy: \'sip:a\', auth: { username: u, password: "ge\\nheim" } }]';
    assert.ok(!wrong(text).join().includes('heim'));
  });

  it('names the line of each mistake', () => {
    const result = parseConfiguration("version: 1\ntrunks:\n  - name: t\n    proxy: 'sip:a'\n    trunck: 1\n  - {}\n");
    assert.ok(!result.ok);
    assert.deepEqual(
      result.mistakes.map((mistake) => mistake.line),
      [5, 6, 6],
    );
  });

  it('asks core for what schemas can not see, once everything else is right', () => {
    const tie = mistake('callbackRules[0].origin', 'as-said', { text: 'ties' });
    const extraChecks = [() => [tie]];
    assert.deepEqual(wrong('version: 1', { extraChecks }), ['callbackRules[0].origin: ties']);
    assert.ok(!wrong('version: 3', { extraChecks }).join().includes('ties'));
  });
});

describe('parseConfiguration: hostile and broken text', () => {
  const broken: Array<[string, string, RegExp]> = [
    ['an empty file', '', /is empty/],
    ['a text that is no configuration', 'hello', /expected a configuration/],
    ['two documents', 'version: 1\n---\nversion: 1\n', /./],
    ['double keys', 'version: 1\nversion: 1\n', /a key stands here twice/],
    ['double keys of which one is a number', "a: { 1: x, '1': y }", /a key stands here twice/],
    ['an unknown tag', 'version: !!js/function x', /tag/i],
    ['binary data', 'version: !!binary aGVsbG8=', /tag/i],
    ['a zero byte', 'version: 1\0', /not a text file/],
    ['bad indentation', 'trunks:\n - a: 1\n  b: 2\n', /./],
    ['a list as a key', '? [a]\n: b\n', /a key has to be text/],
    ['nesting without end', `trunks: ${'['.repeat(100_000)}`, /nested too deeply/],
    ['nesting in JSON', `{"trunks": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, /nested too deeply/],
    ['broken JSON', '{"version": 1,}', /is not JSON/],
  ];
  for (const [what, text, message] of broken) {
    it(`says what is wrong with ${what}`, () => {
      const mistakes = wrong(text);
      assert.ok(
        mistakes.some((mistake) => message.test(mistake)),
        mistakes.join('\n'),
      );
    });
  }

  it('does not follow aliases that grow without bound', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 0; i < 9; i++) {
      const [before, after] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)];
      lines.push(`${after}: &${after} [${Array(10).fill(`*${before}`).join(', ')}]`);
    }
    const begin = performance.now();
    assert.match(wrong(lines.join('\n'))[0] ?? '', /alias/i);
    assert.ok(performance.now() - begin < 2000);
  });

  it('lets no key reach a prototype, in YAML and in JSON', () => {
    for (const text of [
      '{"__proto__": {"polluted": true}, "trunks": [{"__proto__": {"polluted": true}}]}',
      '__proto__: { polluted: true }\nlimits: { __proto__: { polluted: true } }\n',
      'flows: [{ name: f, start: a, components: { a: { type: menu, choices: { __proto__: a } } } }]',
    ]) {
      assert.ok(
        wrong(text).some((mistake) => /__proto__.*not allowed/.test(mistake)),
        text,
      );
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('answers any text with a configuration or with mistakes, and never throws', () => {
    const lines = CONTRACT.split('\n');
    const damaged = fc
      .tuple(fc.nat(lines.length - 1), fc.string({ maxLength: 30 }), fc.nat(3))
      .map(([at, text, remove]) => lines.toSpliced(at, remove, text).join('\n'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), damaged), (text) => {
        const result = parseConfiguration(text);
        if (!result.ok) assert.ok(result.mistakes.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  it('answers any data with a configuration or with mistakes, and never throws', () => {
    const keys = fc.constantFrom(
      'trunks',
      'flows',
      'callbackRules',
      'name',
      'components',
      'type',
      'start',
      'origin',
      'x',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, true, 1, -1.5, '', 'any', 'menu', 'callback', '200', 'sip:a'),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(keys, value, { maxKeys: 5 }), (data) => {
        parseConfiguration(JSON.stringify(data));
      }),
      { numRuns: 500 },
    );
  });
});

describe('pathParts', () => {
  it('takes a path apart as it was put together', () => {
    assert.deepEqual(pathParts('callbackRules[0].a["x.y \\"z"].trunk[12]'), [
      'callbackRules',
      0,
      'a',
      'x.y "z',
      'trunk',
      12,
    ]);
  });
});

describe('parseConfiguration: trunks that live', () => {
  const trunk = (fields: string) =>
    `trunks: [{ name: t, proxy: 'sip:a', auth: { username: u, password: p }, ${fields} }]`;

  it('takes registration and health without a warning, and writes them again as they are', () => {
    const text = trunk(
      'register: { expiresSeconds: 300, contact: "+5548" }, health: { optionsSeconds: 15, probeSeconds: 5 }',
    );
    assert.deepEqual(warnings(text), []);
    const [parsed] = right(text).trunks;
    assert.deepEqual(parsed?.register, { expiresSeconds: 300, contact: '+5548' });
    assert.deepEqual(right(formatConfiguration(right(text))).trunks[0]?.health, parsed?.health);
    assert.deepEqual(right(formatConfiguration(right(text))).trunks[0]?.register, parsed?.register);
    assert.deepEqual(right(trunk('register: { expiresSeconds: 60 }')).trunks[0]?.register, {
      expiresSeconds: 60,
      contact: null,
    });
  });

  it('names what is wrong with them', () => {
    const cases: Array<[string, RegExp]> = [
      ['register: { expiresSeconds: 300, contact: "a@b" }', /register\.contact.*user part/],
      ['register: true', /register.*false or \{ expiresSeconds: 300 \}/],
      ['health: { downAfter: 0 }', /health\.downAfter/],
      ['health: { probeSeconds: 0 }', /health\.probeSeconds/],
      ['health: { optionSeconds: 5 }', /optionsSeconds/],
    ];
    for (const [fields, expected] of cases) assert.match(wrong(trunk(fields)).join('\n'), expected, fields);
  });

  it('takes what a caller gets while nothing is accepted', () => {
    const { notAccepting } = right('limits: { notAccepting: { status: 503, reason: { cause: 41 } } }').limits;
    assert.deepEqual(
      [notAccepting.status, notAccepting.reason.cause, notAccepting.reason.text],
      [503, 41, 'Callbacks are not taken now'],
    );
  });
});
