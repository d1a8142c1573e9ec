import assert from 'node:assert/strict';
import { addUser, signIn } from '../access/people.ts';
import { type Bench, bench } from '../fakes.ts';
import { API, OPERATIONS, Trial, urlOf } from '../trial.ts';
import { WAYS } from '../ways.ts';

/** Fields that no request may set: what is known of them is the server's to say. */
const PRIVILEGED: Record<string, unknown> = {
  id: 'mine',
  version: 99,
  revision: 99,
  createdAt: '2020-01-01T00:00:00Z',
  updatedAt: '2020-01-01T00:00:00Z',
  lastUsedAt: '2020-01-01T00:00:00Z',
  acceptedAt: '2020-01-01T00:00:00Z',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
  hash: 'AAAA',
  epoch: 7,
  owner: 'admin',
  by: 'admin',
  source: 'inbound',
  permissions: ['users:write'],
  kind: 'configured',
  masked: false,
  isAdmin: true,
  state: 'done',
  outcome: 'connected',
  attempts: 0,
  removed: true,
  actor: 'admin',
};
const WRITES = OPERATIONS.filter(({ name }) => {
  const body = WAYS[name]?.body;
  return typeof body === 'object' && body !== null;
});

describe('HTTP: a body with more in it than is asked for', function () {
  this.timeout(60_000);
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
    await addUser(b, 'ana', 'administrator');
  });
  afterEach(() => b.http.close());

  for (const operation of WRITES)
    it(`is refused as a whole: ${operation.name}`, async () => {
      const ana = await signIn(b, 'ana');
      const trial = new Trial(operation, b, ana.ask);
      await trial.prepare();
      const body = WAYS[operation.name]!.body as Record<string, unknown>;
      const before = await everything(b);
      for (const [field, value] of Object.entries(PRIVILEGED)) {
        // its own field of that name is checked by its schema
        if (Object.hasOwn(body, field)) continue;
        b.now.at += 1000;
        const answer = await trial.run({}, { ...body, [field]: value });
        assert.equal(answer.status, 400, `${field}: ${answer.text}`);
        const paths = answer.json.error.mistakes.map(({ path }: { path: string }) => path);
        assert.ok(paths.includes(field), `${field}: ${answer.text}`);
      }
      assert.deepEqual(await everything(b), before);
      assert.deepEqual([b.callbacks.requests, b.callbacks.changes], [[], []]);
    });

  it('are more than thirty', () => assert.ok(WRITES.length > 30, `${WRITES.length}`));

  it('raises nobody: a user without the permission can not even name a role', async () => {
    await addUser(b, 'dev', 'developer');
    const dev = await signIn(b, 'dev');
    for (const [method, url] of [
      ['POST', `${API}/users`],
      ['PUT', `${API}/users/dev`],
      ['PUT', urlOf(`${API}/users/{name}`, 'ana')],
    ] as const)
      assert.equal((await dev.ask(method, url, { username: 'dev', role: 'administrator' })).status, 403);
    const own = await dev.ask('PUT', `${API}/session/password`, {
      current: 'correct horse battery',
      next: 'another fine password',
      role: 'administrator',
    });
    assert.equal(own.status, 400);
    assert.equal((await b.request('GET', `${API}/users/dev`)).json.role, 'developer');
  });
});

/** All that a request could have changed. */
async function everything(b: Bench): Promise<unknown> {
  const kinds = ['user', 'api-key', 'cors-origin', 'webhook', 'hold', 'retention'] as const;
  const documents = await Promise.all(kinds.map((kind) => b.documents.all(kind, 0)));
  const kept = documents.flat().map(({ kind, name, version, body }) => {
    const { lastUsedAt: _, ...rest } = body;
    return { kind, name, version, body: rest };
  });
  return { kept, configuration: b.configuration.current(), switches: b.trunks.present };
}
