import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../lib/cli/program.ts';
import { dependencies } from '../../lib/cli/wiring.ts';
import { promiseCharges } from '../../lib/core/policy/charges.ts';
import { usageChange } from '../../lib/core/policy/sliding-window.ts';
import type { Explanation } from '../../lib/core/rules/explanation.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

const CONFIGURATION = `
version: 1
defaultCountry: BR
trunks: [{ name: t, proxy: 'sip:127.0.63.9:5070' }]
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: any, trunk: t, method: caller }]
limits: { total: { max: 2, perSeconds: 3600 } }
`;
const CALLER = '+5548991996260';

describe('explain by what is stored, no server running', () => {
  let directory: string;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'callback-explain-'));
    writeFileSync(join(directory, 'c.yaml'), CONFIGURATION);
    await run('apply', join(directory, 'c.yaml'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function run(...argv: string[]): Promise<string> {
    const lines: string[] = [];
    const print = (text: string) => void lines.push(text);
    const options = { environment: {}, dependencies: { ...dependencies, out: print, err: print } };
    const all = [...argv, '--data', join(directory, 'data')];
    const code = await runProgram(all, { ...options, serve: async () => 9, engine: async () => 9 });
    assert.equal(code, 0, lines.join('\n'));
    return lines.join('\n');
  }

  async function explained(...more: string[]): Promise<Explanation> {
    return JSON.parse(await run('explain', '--to', '+554831210110', '--from', CALLER, '--json', ...more));
  }

  const storeGates = ({ steps }: Explanation) =>
    steps
      .filter(({ step }) => ['suppressed', 'ping-pong', 'limits', 'spend', 'duplicate'].includes(step))
      .map(({ step, verdict }) => `${step} ${verdict}`);

  it('asks every gate of the store, and counts nothing by it', async () => {
    const expected = ['suppressed passed', 'ping-pong passed', 'limits passed', 'spend passed', 'duplicate chosen'];
    for (let time = 0; time < 4; time += 1) {
      const explanation = await explained();
      assert.deepEqual([explanation.outcome, storeGates(explanation)], ['callback', expected]);
    }
  });

  it('is refused by the suppression list', async () => {
    await run('suppressions', 'add', CALLER, '--reason', 'asked us');
    const explanation = await explained();
    assert.deepEqual([explanation.outcome, explanation.gate], ['refused', 'suppressed']);
    assert.match(explanation.steps.at(-1)!.text, /asked us/);
  });

  it('is refused by what was counted before', async () => {
    const parsed = parseConfiguration(CONFIGURATION);
    assert.ok(parsed.ok);
    const plan = { terms: parsed.configuration.callbackRules[0]!, origin: 'rule:any', next: null };
    const store = await dependencies.openStore({ dataDirectory: join(directory, 'data'), database: null });
    const charges = promiseCharges(parsed.configuration, { plan, number: null, isNew: false });
    assert.equal(charges.length, 1);
    await store.usage.add([0, 1].map(() => usageChange(charges[0]!, Date.now())));
    await store.close();
    const explanation = await explained();
    assert.deepEqual([explanation.outcome, explanation.gate], ['refused', 'limits']);
  });

  it('by a file says that they were not asked', async () => {
    await run('suppressions', 'add', CALLER, '--reason', 'asked us');
    const explanation = await explained('--config', join(directory, 'c.yaml'));
    assert.equal(explanation.outcome, 'callback');
    assert.ok(
      storeGates(explanation).every((step) => step.endsWith(' skipped')),
      storeGates(explanation).join(),
    );
  });
});
