import assert from 'node:assert/strict';
import { mistake } from '../../lib/core/mistake.ts';
import { type Bench, bench } from './fakes.ts';

/** An item of each resource that goes with the contract's example, and what can be changed in it. */
const SAMPLES = {
  trunks: { key: 'name', item: { name: 'São Paulo / 2', proxy: 'sip:10.0.0.2' }, change: { maxCallsPerSecond: 9 } },
  'outgoing-rules': {
    key: 'name',
    item: { name: 'Operação 2', routes: [{ match: '^55', trunks: ['trunk-80092037'] }] },
    change: { routes: [{ match: '^55(.*)$', rewrite: '0$1', trunks: ['trunk-80092037'] }] },
  },
  extensions: {
    key: 'number',
    item: { number: '300', contact: 'sip:300@10.0.0.3' },
    change: { contact: 'sip:300@10.0.0.4' },
  },
  'inbound-numbers': { key: 'number', item: { number: '+554831210112', flow: 'offer' }, change: { callback: true } },
  'callback-rules': {
    key: 'name',
    item: { name: 'VIP é', origin: '+5548999990001', trunk: 'trunk-80092037' },
    change: { delaySeconds: 9 },
  },
  flows: {
    key: 'name',
    item: { name: 'após', start: 'a', components: { a: { type: 'hangup' } } },
    change: { components: { a: { type: 'announce', prompt: 'tone:beep' } } },
  },
} as const;

const conditionOf = (etag: unknown) => ({ 'if-match': String(etag) });

describe('HTTP: the six resources', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  for (const [path, { key, item, change }] of Object.entries(SAMPLES)) {
    const url = `/api/v1/${path}`;
    const one = `${url}/${encodeURIComponent((item as Record<string, unknown>)[key] as string)}`;

    it(`${path}: added, read, replaced and removed`, async () => {
      const before = (await b.request('GET', url)).json.total;
      const added = await b.request('POST', url, item);
      assert.equal(added.status, 201, added.text);
      assert.equal(added.headers['location'], one);
      const read = await b.request('GET', one);
      assert.equal(read.status, 200);
      assert.deepEqual(read.json, added.json);
      for (const [field, value] of Object.entries(item))
        if (typeof value !== 'object') assert.equal(read.json[field], value);
      const replaced = await b.request('PUT', one, { ...item, ...change });
      assert.equal(replaced.status, 200, replaced.text);
      assert.notDeepEqual(replaced.json, read.json);
      assert.deepEqual((await b.request('GET', one)).json, replaced.json);
      assert.equal((await b.request('GET', url)).json.total, before + 1);
      assert.equal((await b.request('DELETE', one)).status, 204);
      assert.equal((await b.request('GET', one)).status, 404);
      assert.equal((await b.request('GET', url)).json.total, before);
    });

    it(`${path}: what is read can be written back and changes nothing`, async () => {
      await b.request('POST', url, item);
      const { revision } = b.configuration;
      const { json, headers } = await b.request('GET', one);
      const written = await b.request('PUT', one, json);
      assert.equal(written.status, 200, written.text);
      assert.equal(written.headers['etag'], headers['etag']);
      assert.equal(b.configuration.revision, revision);
    });

    it(`${path}: unknown ones are 404, a second of the same ${key} is 409, an unknown key is 400 with its path`, async () => {
      for (const method of ['GET', 'DELETE', 'PUT'])
        assert.equal((await b.request(method, `${url}/nobody`, method === 'PUT' ? item : undefined)).status, 404);
      assert.equal((await b.request('POST', url, item)).status, 201);
      const again = await b.request('POST', url, item);
      assert.deepEqual([again.status, again.json.error.code, again.json.error.path], [409, 'already-exists', key]);
      const odd = await b.request('POST', url, { ...item, [key]: '7', nmae: 1 });
      assert.deepEqual([odd.status, odd.json.error.code, odd.json.error.path], [400, 'invalid', 'nmae']);
      assert.match(odd.json.error.message, /did you mean/);
    });

    it(`${path}: If-Match refuses what was changed meanwhile`, async () => {
      const added = await b.request('POST', url, item);
      const condition = conditionOf(added.headers['etag']);
      const first = await b.request('PUT', one, { ...item, ...change }, condition);
      assert.equal(first.status, 200, first.text);
      assert.notEqual(first.headers['etag'], added.headers['etag']);
      for (const [method, body] of [
        ['PUT', item],
        ['DELETE', undefined],
      ] as const) {
        const late = await b.request(method, one, body, condition);
        assert.deepEqual([late.status, late.json.error.code], [412, 'precondition-failed']);
      }
      assert.equal((await b.request('DELETE', one, undefined, conditionOf(first.headers['etag']))).status, 204);
      assert.equal((await b.request('DELETE', one, undefined, { 'if-match': '*' })).status, 412);
    });
  }

  it('lists by page, search and order', async () => {
    for (const number of ['310', '31', '302'])
      await b.request('POST', '/api/v1/extensions', { number, contact: `sip:${number}@pbx.example` });
    const numbers = async (query: string) => {
      const { json, text, status } = await b.request('GET', `/api/v1/extensions?${query}`);
      assert.equal(status, 200, text);
      return [json.total, json.page, json.pageSize, ...json.items.map((item: { number: string }) => item.number)];
    };
    assert.deepEqual(await numbers(''), [5, 1, 50, '200', '201', '310', '31', '302']);
    assert.deepEqual(await numbers('sort=number'), [5, 1, 50, '31', '200', '201', '302', '310']);
    assert.deepEqual(await numbers('sort=-number&pageSize=2&page=2'), [5, 2, 2, '201', '200']);
    assert.deepEqual(await numbers('q=PBX.example&pageSize=1'), [3, 1, 1, '310']);
    assert.deepEqual(await numbers('page=99'), [5, 99, 50]);
    assert.deepEqual((await numbers('pageSize=100000')).slice(0, 3), [5, 1, 1000]);
    for (const query of [
      'page=0',
      'page=x',
      'pageSize=-1',
      'sort=nix',
      'sort=__proto__',
      'colour=red',
      'page=1&page=2',
    ]) {
      const { status, json } = await b.request('GET', `/api/v1/extensions?${query}`);
      assert.deepEqual([status, json.error.code], [400, 'invalid'], query);
    }
  });

  it('finds a `+` that was not escaped, and inbound numbers in another spelling', async () => {
    const found = await b.request('GET', '/api/v1/inbound-numbers?q=+554831210110');
    assert.equal(found.json.total, 1);
    assert.equal(
      (await b.request('GET', '/api/v1/inbound-numbers/+55%20(48)%203121-0110')).json.number,
      '+554831210110',
    );
  });

  it('never returns a password, and keeps the stored one when none or the mask is sent', async () => {
    const all = [
      await b.request('GET', '/api/v1/trunks'),
      await b.request('GET', '/api/v1/extensions/201'),
      await b.request('GET', '/api/v1/configuration'),
      await b.request('PUT', '/api/v1/extensions/201', { number: '201', password: 'very-secret' }),
      await b.request('PUT', '/api/v1/extensions/201', { number: '201' }),
      await b.request('PUT', '/api/v1/extensions/201', { number: '201', password: '********' }),
    ];
    for (const { text, status } of all) {
      assert.equal(status, 200, text);
      assert.ok(!text.includes('s3cret') && !text.includes('very-secret') && !text.includes('"p"'), text);
    }
    assert.equal(b.configuration.configuration.extensions[1]!.password, 'very-secret');
  });

  it('notices with If-Match that a password alone was changed', async () => {
    const before = (await b.request('GET', '/api/v1/extensions/201')).headers['etag'];
    await b.request('PUT', '/api/v1/extensions/201', { number: '201', password: 'other' });
    const late = await b.request(
      'PUT',
      '/api/v1/extensions/201',
      { number: '201', password: 'third' },
      conditionOf(before),
    );
    assert.equal(late.status, 412);
  });

  it('answers 304 to who has it already', async () => {
    const { headers } = await b.request('GET', '/api/v1/extensions/200');
    const again = await b.request('GET', '/api/v1/extensions/200', undefined, {
      'if-none-match': String(headers['etag']),
    });
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  it('does not remove what is in use, and names who uses it', async () => {
    for (const [url, path] of [
      ['/api/v1/trunks/trunk-80092037', 'outgoingRules[0].routes[0].trunks[0]'],
      ['/api/v1/flows/reception', 'inboundNumbers[0].flow'],
      ['/api/v1/extensions/200', 'flows[0].components.sales.extension'],
      ['/api/v1/outgoing-rules/Opera%C3%A7%C3%A3o', 'defaultOutgoingRule'],
    ] as const) {
      const { status, json } = await b.request('DELETE', url);
      assert.deepEqual([status, json.error.code, json.error.path], [409, 'in-use', path]);
    }
    assert.equal(b.configuration.revision, 1);
  });

  it('does not rename what others refer to by name, nor into a name that is taken', async () => {
    const { json } = await b.request('GET', '/api/v1/flows/reception');
    const renamed = await b.request('PUT', '/api/v1/flows/reception', { ...json, name: 'other' });
    assert.deepEqual(
      [renamed.status, renamed.json.error.code, renamed.json.error.path],
      [409, 'conflict', 'inboundNumbers[0].flow'],
    );
    const taken = await b.request('PUT', '/api/v1/flows/reception', { ...json, name: 'offer' });
    assert.deepEqual([taken.status, taken.json.error.code], [409, 'already-exists']);
  });

  it('refuses a reference to nothing with the path in the body', async () => {
    const rule = { name: 'r', origin: '+1', trunk: 'nix', next: 'nope' };
    const { status, json } = await b.request('POST', '/api/v1/callback-rules', rule);
    assert.deepEqual([status, json.error.code, json.error.path], [400, 'invalid', 'trunk']);
    assert.deepEqual(
      json.error.mistakes.map((mistake: { path: string }) => mistake.path),
      ['trunk', 'next'],
    );
  });

  it('tells of a tie with another rule, wherever core sees it', async () => {
    for (const [path, expected] of [
      ['callbackRules[1].origin', [400, 'invalid', 'origin']],
      ['callbackRules[0].origin', [409, 'conflict', 'callbackRules[0].origin']],
    ] as const) {
      const tied = await bench({
        extraChecks: [(c) => (c.callbackRules.length > 1 ? [mistake(path, 'as-said', { text: 'ties' })] : [])],
      });
      const { status, json } = await tied.request('POST', '/api/v1/callback-rules', {
        name: 'r',
        trunk: 'trunk-80092037',
      });
      assert.deepEqual([status, json.error.code, json.error.path], expected);
      await tied.http.close();
    }
  });

  it('starts again when another process changed the configuration meanwhile, and gives up in the end', async () => {
    b.configuration.scripted = [{ result: 'stale' }, { result: 'stale' }];
    assert.equal((await b.request('POST', '/api/v1/extensions', { number: '1', contact: 'sip:a' })).status, 201);
    b.configuration.scripted = Array(10).fill({ result: 'stale' });
    const { status, json } = await b.request('POST', '/api/v1/extensions', { number: '2', contact: 'sip:a' });
    assert.deepEqual([status, json.error.code], [409, 'conflict']);
  });

  it('does not undo what another process changed at the same time', async () => {
    b.configuration.meanwhile = () => {
      const { configuration } = b.configuration;
      const other = { number: '77', contact: 'sip:other', password: null };
      b.configuration.configuration = { ...configuration, extensions: [...configuration.extensions, other] };
      b.configuration.revision++;
    };
    assert.equal((await b.request('POST', '/api/v1/extensions', { number: '1', contact: 'sip:a' })).status, 201);
    assert.deepEqual(
      b.configuration.configuration.extensions.map((extension) => extension.number),
      ['200', '201', '77', '1'],
    );
  });

  it('shows what the application refuses, and says so when the store is away', async () => {
    b.configuration.scripted = [
      { result: 'refused', mistakes: [mistake('extensions[2].contact', 'as-said', { text: 'is taken' })] },
      Object.assign(new Error('disk full at /secret/path'), { code: 'STORE_UNAVAILABLE' }),
    ];
    const refused = await b.request('POST', '/api/v1/extensions', { number: '1', contact: 'sip:a' });
    assert.deepEqual([refused.status, refused.json.error.path], [400, 'contact']);
    const away = await b.request('POST', '/api/v1/extensions', { number: '1', contact: 'sip:a' });
    assert.deepEqual([away.status, away.json.error.code], [503, 'store-unavailable']);
    assert.ok(!away.text.includes('/secret/path'));
  });

  it('loses none of many changes at once', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => String(400 + i));
    const answers = await Promise.all(
      numbers.map((number) => b.request('POST', '/api/v1/extensions', { number, contact: 'sip:a' })),
    );
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201]);
    assert.equal((await b.request('GET', '/api/v1/extensions')).json.total, 22);
  });

  it('keeps the place of a replaced item, and sections that are not active yet', async () => {
    await b.request('PUT', '/api/v1/extensions/200', { number: '200', contact: 'sip:other' });
    assert.deepEqual(
      b.configuration.configuration.extensions.map((extension) => extension.number),
      ['200', '201'],
    );
    assert.deepEqual(Object.keys(b.configuration.configuration.inactive), ['queues', 'agents', 'services']);
  });
});

describe('HTTP: the whole configuration', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  it('is read and written back without a change', async () => {
    const { json, headers } = await b.request('GET', '/api/v1/configuration');
    assert.equal(headers['etag'], '"r1"');
    const written = await b.request('PUT', '/api/v1/configuration', json);
    assert.deepEqual([written.status, written.json.revision, written.json.changed], [200, 1, false]);
    assert.equal(b.configuration.replaced.length, 0);
  });

  it('is replaced as a whole, passwords of what stays being kept', async () => {
    const { json } = await b.request('GET', '/api/v1/configuration');
    const written = await b.request('PUT', '/api/v1/configuration', {
      ...json,
      hours: undefined,
      queues: [],
      agents: [],
      services: [],
      limits: null,
    });
    assert.deepEqual([written.status, written.json.changed, written.headers['etag']], [200, true, '"r2"']);
    const { trunks, extensions, inactive, limits } = b.configuration.configuration;
    assert.deepEqual([trunks[0]!.auth?.password, extensions[1]!.password], ['p', 's3cret']);
    assert.deepEqual(inactive, {});
    assert.deepEqual(limits.blockedNumbers, []);
  });

  it('changes nothing where anything is wrong, and names everything', async () => {
    const body = { version: 1, trunks: [{ name: 't' }], callbackRules: [{ name: 'r', trunk: 'x' }], flow: [] };
    const { status, json } = await b.request('PUT', '/api/v1/configuration', body);
    assert.equal(status, 400);
    assert.deepEqual(json.error.mistakes.map((mistake: { path: string }) => mistake.path).sort(), [
      'callbackRules[0].trunk',
      'flow',
      'trunks[0].proxy',
    ]);
    assert.equal(b.configuration.revision, 1);
  });

  it('is not replaced on another revision than the one that was read', async () => {
    const { json } = await b.request('GET', '/api/v1/configuration');
    const { status } = await b.request('PUT', '/api/v1/configuration', json, { 'if-match': '"r7"' });
    assert.equal(status, 412);
  });

  it('refuses what is no configuration', async () => {
    for (const body of [[], '"text"', 'null']) {
      const { status, json } = await b.request('PUT', '/api/v1/configuration', body, {
        'content-type': 'application/json',
      });
      assert.deepEqual([status, json.error.code], [400, 'invalid']);
    }
  });
});

describe('HTTP: filters of lists', () => {
  it('find by any plain field, alone and together, and refuse what is none', async () => {
    const b = await bench();
    const names = async (query: string) => {
      const { status, json } = await b.request('GET', `/api/v1/inbound-numbers?${query}`);
      return status === 200 ? json.items.map(({ number }: { number: string }) => number) : json.error.path;
    };
    assert.deepEqual(await names('callback=true'), ['+554831210110']);
    assert.deepEqual(await names('flow=offer&callback='), ['+554831210111']);
    assert.deepEqual(await names('flow=offer&callback=true'), []);
    assert.equal(await names('fow=offer'), 'fow');
    assert.equal(await names('pageSize=x'), 'pageSize');
    await b.http.close();
  });
});
