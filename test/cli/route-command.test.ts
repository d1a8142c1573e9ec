import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { Cli } from './fakes.ts';

const CONFIGURATION = `
version: 1
defaultCountry: BR
trunks:
  - { name: operator, proxy: 'sip:192.0.2.10', callerIds: { allow: ['+5548*'], default: '+554831210110' } }
  - { name: reserve, proxy: 'sip:192.0.2.11', numberFormat: e164 }
hours:
  - { name: office, timezone: America/Sao_Paulo, regular: ['Mon-Fri 08:00-18:00'] }
outgoingRules:
  - name: Operação
    routes:
      - { match: '^55(\\d{10,11})$', rewrite: '0$1', hours: office, trunks: [{ name: operator, weight: 70 }, { name: reserve, weight: 30 }] }
      - { match: '^55', trunks: [reserve] }
inboundNumbers: [{ number: '+554831210110' }]
`;

describe('the command route', () => {
  let directory: string;
  let file: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'callback-route-'));
    file = join(directory, 'c.yaml');
    writeFileSync(file, CONFIGURATION);
  });
  after(() => rmSync(directory, { recursive: true }));

  const ask = (cli: Cli, ...more: string[]) =>
    cli.run('route', '--config', file, '--rule', 'Operação', '--number', '(48) 99199-6260', ...more);
  const MORNING = ['--at', '2026-11-26T12:00:00Z'];
  const NIGHT = ['--at', '2026-11-26T20:00:00-03:00'];

  it('prints the routes, what each trunk is dialled and shown, and the share of each', async () => {
    const cli = new Cli();
    assert.equal(await ask(cli, ...MORNING, '--caller-id', '+551140001234'), 0);
    assert.deepEqual(cli.output.split('\n'), [
      "'(48) 99199-6260' (+5548991996260) by outgoing rule 'Operação' at 2026-11-26T12:00:00.000Z",
      "  route 1  ^55(\\d{10,11})$  matches '5548991996260' (E.164); $1=48991996260; rewritten '0$1'",
      "  route 2  ^55  would match, but a route before it does '5548991996260' (E.164)",
      "  dials '048991996260' through trunk 'operator' (70 % of the attempts begin here), showing +554831210110, in place of one that this trunk does not allow",
      "  dials '048991996260' through trunk 'reserve' (30 % of the attempts begin here), showing +551140001234",
    ]);
  });

  it('answers for another time of day', async () => {
    const cli = new Cli();
    assert.equal(await ask(cli, ...NIGHT), 0);
    assert.match(cli.output, /route 1 .* is open only by hours 'office'/);
    assert.match(cli.output, /dials '\+5548991996260' through trunk 'reserve', showing \+554831210110$/);
  });

  it('is the same every time for one attempt, and as data with --json', async () => {
    const orders = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const cli = new Cli();
      assert.equal(await ask(cli, ...MORNING, '--attempt', 'cb-7.1', '--json'), 0);
      const data = JSON.parse(cli.output) as { at: string; trunks: Array<{ trunk: string }> };
      assert.equal(data.at, '2026-11-26T12:00:00.000Z');
      orders.add(data.trunks.map(({ trunk }) => trunk).join());
    }
    assert.equal(orders.size, 1);
  });

  it('goes by what is stored where no file is named', async () => {
    const cli = new Cli();
    const parsed = parseConfiguration(CONFIGURATION);
    assert.ok(parsed.ok);
    cli.stored = { revision: 1, configuration: parsed.configuration };
    const argv = ['route', '--rule', 'Operação', '--number', '48991996260', '--data', directory];
    assert.equal(await cli.run(...argv), 0);
    assert.match(cli.output, /dials /);
  });

  it('ends with 1 where nothing can be dialled, and says why', async () => {
    const cli = new Cli();
    assert.equal(await cli.run('route', '--config', file, '--rule', 'Operação', '--number', '190'), 1);
    assert.match(cli.output, /refused by the gate 'no-route'/);
  });

  for (const [argv, message] of [
    [['--rule', 'Operacao', '--number', '1'], 'did you mean `Operação`?'],
    [['--rule', 'Operação', '--number', '1', '--trunk', 'oprator'], 'did you mean `operator`?'],
    [['--rule', 'Operação', '--number', '1', '--at', 'noon'], 'is not an instant'],
    [['--rule', 'Operação'], '--number'],
  ] as const) {
    it(`ends with 2 and one line for ${argv.slice(2).join(' ') || argv.join(' ')}`, async () => {
      const cli = new Cli();
      assert.equal(await cli.run('route', '--config', file, ...argv), 2);
      assert.ok(cli.complaints.includes(message), cli.complaints);
      assert.equal(cli.complained.length, 1);
    });
  }
});

describe('the command pattern', () => {
  it('prints routes that a configuration takes', async () => {
    const cli = new Cli();
    assert.equal(await cli.run('pattern', '_9NXXNXXXXXX', '0+9|NXXXXXX', '_X.', '--trunk', 'operator'), 0);
    const routes = parse(cli.output) as object[];
    assert.equal(routes.length, 3);
    const result = parseConfiguration(
      JSON.stringify({ trunks: [{ name: 'operator', proxy: 'sip:a' }], outgoingRules: [{ name: 'r', routes }] }),
    );
    assert.ok(result.ok, JSON.stringify(result));
  });

  it('prints nothing where one cannot be translated, and names it', async () => {
    const cli = new Cli();
    assert.equal(await cli.run('pattern', '_X.', '_X.X'), 1);
    assert.deepEqual([cli.output, cli.complaints], ['', '_X.X: `.` can only stand at the end']);
  });
});
