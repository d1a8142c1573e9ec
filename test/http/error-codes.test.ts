/** Each code of the catalogue of errors, met by somebody who asks. */

import assert from 'node:assert/strict';
import { ERRORS, type ErrorCode } from '../../lib/http/api-error.ts';
import { addUser, asNobody, signIn } from './access/people.ts';
import { type Answer, type Bench, bench } from './fakes.ts';

const API = '/api/v1';
const json = { 'content-type': 'application/json' };
const trunk = { name: 'second', proxy: 'sip:192.0.2.7' };

/** The answer of the first one that is refused as it should be. */
async function until(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let tries = 0; tries < 400 && answer.status !== status; tries++) answer = await ask();
  return answer;
}

const askedFor = async (b: Bench, code: 'draining' | 'overloaded' | 'number-blocked'): Promise<Answer> => {
  b.callbacks.created = { result: 'refused', code, message: 'so it is', retryAfterSeconds: 5 };
  return b.request('POST', `${API}/callbacks`, { rule: 'Callback geral', number: '48991996260' });
};

/** A code that is in no table of ways is a mistake of the compiler's too. */
const WAYS: Record<ErrorCode, (b: Bench) => Promise<Answer>> = {
  'malformed-request': (b) => b.request('GET', `${API}/trunks/%ff%fe`),
  'malformed-body': (b) => b.request('POST', `${API}/trunks`, '{"name":', json),
  invalid: (b) => b.request('POST', `${API}/trunks`, { name: 'a' }),
  unauthorized: (b) => asNobody(b)('GET', `${API}/trunks`),
  'cross-site': (b) => b.request('POST', `${API}/trunks`, trunk, { 'sec-fetch-site': 'cross-site' }),
  csrf: async (b) => {
    await addUser(b, 'ana', 'administrator');
    const { cookie } = await signIn(b, 'ana');
    return asNobody(b)('POST', `${API}/trunks`, trunk, { cookie });
  },
  forbidden: async (b) => {
    await addUser(b, 'bea', null);
    return (await signIn(b, 'bea')).ask('GET', `${API}/users`);
  },
  refused: (b) => askedFor(b, 'number-blocked'),
  'not-found': (b) => b.request('GET', `${API}/trunks/none`),
  'method-not-allowed': (b) => b.request('PATCH', `${API}/trunks`, {}),
  'already-exists': (b) => b.request('POST', `${API}/trunks`, { ...trunk, name: 'trunk-80092037' }),
  'in-use': (b) => b.request('DELETE', `${API}/trunks/trunk-80092037`),
  conflict: (b) => {
    b.callbacks.changed = { result: 'conflict', message: 'it is done already', code: 'done' };
    return b.request('POST', `${API}/callbacks/c1/cancel`);
  },
  'precondition-failed': (b) =>
    b.request('DELETE', `${API}/callback-rules/Callback%20geral`, undefined, { 'if-match': '"another"' }),
  'body-too-large': (b) => b.request('POST', `${API}/trunks`, 'x'.repeat(1024 * 1024 + 1), json),
  'uri-too-long': (b) => b.request('GET', `${API}/trunks/${'x'.repeat(2000)}`),
  'unsupported-media-type': (b) => b.request('POST', `${API}/trunks`, 'a=b', { 'content-type': 'text/plain' }),
  'range-not-satisfiable': (b) => {
    b.recordings.put();
    return b.request('GET', `${API}/recordings/r1/audio`, undefined, { range: 'bytes=5000-' });
  },
  'too-many-attempts': (b) => until(429, () => asNobody(b)('POST', `${API}/session`, { username: 'x', password: 'y' })),
  'rate-limited': async (b) => {
    await addUser(b, 'caio', 'administrator');
    const { ask } = await signIn(b, 'caio');
    return until(429, () => ask('GET', `${API}/session`));
  },
  internal: (b) => {
    b.store.failure = new Error('a disk at /somewhere');
    return b.request('GET', `${API}/callbacks`);
  },
  draining: (b) => askedFor(b, 'draining'),
  overloaded: (b) => askedFor(b, 'overloaded'),
  'store-unavailable': (b) => {
    b.store.failure = Object.assign(new Error('it is gone'), { code: 'STORE_UNAVAILABLE' });
    return b.request('GET', `${API}/callbacks`);
  },
  'too-many-streams': (b) => b.request('GET', `${API}/events`),
};

/** A finer word stands in the answer in place of the code. */
const FINER: Partial<Record<ErrorCode, string>> = { refused: 'number-blocked' };

describe('HTTP: every code of the catalogue', () => {
  it('is one that these tests know how to meet', () => {
    assert.deepEqual(Object.keys(WAYS).sort(), Object.keys(ERRORS).sort());
  });

  for (const [code, way] of Object.entries(WAYS) as Array<[ErrorCode, (b: Bench) => Promise<Answer>]>)
    it(`${code} is met with ${ERRORS[code]}`, async () => {
      const b = await bench({ mostStreams: 0 });
      try {
        const { status, json: body, text } = await way(b);
        assert.deepEqual([status, body?.error?.code], [ERRORS[code], FINER[code] ?? code], text);
        assert.equal(typeof body.error.message, 'string');
        assert.match(body.correlationId, /^[0-9a-f-]{36}$/);
      } finally {
        await b.http.close();
      }
    });
});

describe('HTTP: what is wrong, for those who word it themselves', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.http.close());

  it('is a code with its values beside each message', async () => {
    const rule = { name: 'second', method: 'number', trunk: 'trunk-80092037', delaySeconds: -1 };
    const { json: body } = await b.request('POST', `${API}/callback-rules`, rule);
    assert.deepEqual(body.error, {
      code: 'invalid',
      message: 'delaySeconds: has to be at least 0',
      path: 'delaySeconds',
      mistakes: [
        { path: 'delaySeconds', message: 'has to be at least 0', code: 'at-least', parameters: { least: 0 } },
        {
          path: 'number',
          message: 'is missing: method `number` needs it',
          code: 'method-needs',
          parameters: { needed: 'number' },
        },
      ],
    });
  });

  it('is there too where only the whole shows it, and where something else would break', async () => {
    const lost = await b.request('POST', `${API}/callback-rules`, { name: 'second', trunk: 'none', origin: '+551*' });
    assert.deepEqual(
      lost.json.error.mistakes.map(({ path, code }: { path: string; code: string }) => [path, code]),
      [['trunk', 'no-such']],
    );
    assert.deepEqual(lost.json.error.mistakes[0].parameters.noun, { code: 'noun-trunk', parameters: {} });
    const used = await b.request('DELETE', `${API}/flows/reception`);
    assert.deepEqual([used.json.error.code, used.json.error.mistakes[0].code], ['in-use', 'no-such']);
  });

  it('says of a conflict what it is about', async () => {
    for (const [code, reason] of [
      ['done', { code: 'callback-done', parameters: {} }],
      ['was-connected', { code: 'callback-connected', parameters: {} }],
      ['dialing', { code: 'callback-state', parameters: { state: 'dialing' } }],
    ] as const) {
      b.callbacks.changed = { result: 'conflict', message: `so it is: ${code}`, code };
      const { json: body } = await b.request('POST', `${API}/callbacks/c1/retry`);
      assert.deepEqual(body.error, { code: 'conflict', message: `so it is: ${code}`, reason });
    }
    const { json: body } = await b.request('POST', `${API}/extensions/200/provisioning`, { server: '192.0.2.1' });
    assert.deepEqual([body.error.code, body.error.reason.code], ['conflict', 'no-password']);
  });

  it('stands at each line of a file', async () => {
    const csv = { 'content-type': 'text/csv' };
    const rules = 'name,origin,trunk,method\ngood,+5511*,trunk-80092037,caller\nbad,+5512*,trunk-80092037,phone\n';
    const { json: tried } = await b.request('POST', `${API}/callback-rules.csv?dryRun=true`, rules, csv);
    assert.deepEqual(tried.lines[1].mistakes[0].code, 'unknown-value');
    const { json: taken } = await b.request('POST', `${API}/callback-rules.csv`, rules, csv);
    assert.deepEqual([taken.error.path, taken.error.mistakes[0].code], ['line 3: method', 'unknown-value']);
    const twice =
      'rule,number,dueAt\nCallback geral,48991996260,\nCallback geral,48991996260,\nCallback geral,1,soon\n';
    const { json: callbacks } = await b.request('POST', `${API}/callbacks.csv?dryRun=true`, twice, csv);
    assert.deepEqual(
      callbacks.lines.map(({ reason, mistakes }: { reason: object; mistakes: Array<{ code: string }> }) => [
        reason,
        mistakes.map(({ code }) => code),
      ]),
      [
        [null, []],
        [{ code: 'same-as-line', parameters: { line: 2 } }, []],
        [null, ['not-an-instant']],
      ],
    );
  });

  it('comes with the warnings of a configuration, and with what the tester refuses', async () => {
    const { json: whole } = await b.request('GET', `${API}/configuration`);
    const { json: applied } = await b.request('PUT', `${API}/configuration`, {
      ...whole,
      extensions: [...whole.extensions, { number: '299' }],
    });
    assert.ok(
      applied.warnings.some(({ code }: { code: string }) => code === 'extension-unreachable'),
      JSON.stringify(applied),
    );
    const { json: trial } = await b.request('GET', `${API}/route?rule=Opera%C3%A7%C3%A3o&number=1`);
    assert.equal(trial.refusal.sentences.length, 1);
    assert.equal(typeof trial.refusal.sentences[0].code, 'string');
  });
});
