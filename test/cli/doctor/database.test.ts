import assert from 'node:assert/strict';
import { checkDatabase } from '../../../lib/cli/doctor/database.ts';
import { parseDatabaseUrl } from '../../../lib/config/database-url.ts';
import { openPostgresStore } from '../../../lib/store/postgres/postgres-store.ts';
import { MemoryLog } from '../../support/outside-world.ts';
import { PostgresServer } from '../../support/postgres.ts';

describe('doctor: the database', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await PostgresServer.shared();
    url = server.url(await server.createDatabase());
  });

  const look = async (text: string, now = Date.now) => {
    const parsed = parseDatabaseUrl(text);
    assert.ok(parsed.ok);
    const findings = await checkDatabase(parsed.value, now);
    assert.doesNotMatch(JSON.stringify(findings), /s3cret/);
    return findings.map(({ state, text: said }) => `${state}: ${said}`);
  };

  it('that is empty, and then up to date, answers', async () => {
    assert.match((await look(url))[1]!, /^warning: .* is empty$/);
    await (await openPostgresStore({ url, log: new MemoryLog(), migrate: 'all' })).close();
    const [distance, schema, clock] = await look(url);
    assert.match(distance!, /^ok: .* answers in [\d.]+ ms$/);
    assert.match(schema!, /^ok: its schema is up to date/);
    assert.match(clock!, /^ok: \d+ ms (ahead of|behind) the database$/);
  });

  it('has another time than this machine', async () => {
    assert.match(
      (await look(url, () => Date.now() + 3_600_000)).at(-1)!,
      /^warning: 3600\.\d s ahead of the database$/,
    );
  });

  it('that is not there, or refuses the password, is a fault', async () => {
    const elsewhere = new URL(url);
    elsewhere.port = '1';
    assert.match((await look(elsewhere.href))[0]!, /^fault: .*can't be asked: ECONNREFUSED$/);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    assert.match((await look(wrong.href))[0]!, /^fault: .*can't be asked: 28P01$/);
  });
});
