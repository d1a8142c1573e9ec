import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { PostgresServer } from '../support/postgres.ts';
import { type StoreHarness, storeContract } from './contract.ts';
import { recordingLog } from './harness.ts';

/** All but who is there and what the schema is. Quicker than a database per test. */
const EMPTY = `truncate recordings, flow_versions, callbacks, callback_log, attempts, callback_counts, configuration_documents,
  configuration_revision, registrations, settings, suppressions, usage, documents, journal, node_mail, trunk_slots`;

describe('PostgreSQL', () => {
  let server: PostgresServer;
  let database: string;

  before(async function () {
    this.timeout(30_000);
    server = await PostgresServer.shared();
    database = await server.createDatabase();
    await (await open()).close();
  });
  after(() => server.dropDatabase(database));

  const open = () => openPostgresStore({ url: server.url(database), log: recordingLog() });

  storeContract('PostgreSQL', () => {
    const harness: StoreHarness = {
      open: async () => {
        await server.run(EMPTY, database);
        return open();
      },
      reopen: async (store) => {
        await store.close();
        return open();
      },
      dispose: async () => undefined,
    };
    return harness;
  });
});
