import { openPostgresStore } from '../../lib/store/postgres/postgres-store.ts';
import { PostgresServer } from '../support/postgres.ts';
import { type StoreHarness, storeContract } from './contract.ts';
import { recordingLog } from './harness.ts';

describe('PostgreSQL', () => {
  let server: PostgresServer;

  before(async function () {
    this.timeout(30_000);
    server = await PostgresServer.start();
  });
  after(() => server.remove());

  storeContract('PostgreSQL', () => {
    const made: string[] = [];
    const open = (database: string) => openPostgresStore({ url: server.url(database), log: recordingLog() });
    const harness: StoreHarness = {
      open: async () => {
        const name = await server.createDatabase();
        made.push(name);
        return open(name);
      },
      reopen: async (store) => {
        await store.close();
        return open(made.at(-1)!);
      },
      dispose: async () => {
        for (const name of made.splice(0)) await server.dropDatabase(name);
      },
    };
    return harness;
  });
});
