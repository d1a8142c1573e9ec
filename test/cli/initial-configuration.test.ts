import assert from 'node:assert/strict';
import { storedConfiguration } from '../../lib/cli/initial-configuration.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import type { Store } from '../../lib/ports/store.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { MemoryLog } from '../http/fakes.ts';
import { Cli } from './fakes.ts';

const MASKED = "extensions: [{ number: '9', password: '********' }]";

function parsed(text: string): Configuration {
  const result = parseConfiguration(text);
  assert.ok(result.ok);
  return result.configuration;
}

describe('storedConfiguration', () => {
  const open = (cli: Cli): Promise<Store> => cli.dependencies.openStore({ dataDirectory: '', database: null });

  it('fills an empty store, and never with a mask as a password', async () => {
    const cli = new Cli();
    await assert.rejects(storedConfiguration(await open(cli), parsed(MASKED), new MemoryLog()), (error: Error) =>
      String(error).includes('extensions[0].password'),
    );
    assert.equal(cli.stored, null);
    const { revision } = await storedConfiguration(await open(cli), parsed('version: 1'), new MemoryLog());
    assert.equal(revision, 1);
  });

  it('leaves what is stored as it is, whatever the file says', async () => {
    const cli = new Cli();
    cli.stored = { revision: 7, configuration: parsed('defaultCountry: PT') };
    const { revision, configuration } = await storedConfiguration(await open(cli), parsed(MASKED), new MemoryLog());
    assert.deepEqual([revision, configuration.defaultCountry], [7, 'PT']);
  });
});
