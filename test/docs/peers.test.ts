import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../lib/cli/program.ts';
import { dependencies } from '../../lib/cli/wiring.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

const DOCS = join(import.meta.dirname, '../../docs');

/** Our side of each section: its heading, and the configuration below it. */
function configurationsIn(file: string): Array<[title: string, text: string]> {
  const page = readFileSync(join(DOCS, file), 'utf8');
  return page.split(/^## /m).flatMap((section): Array<[string, string]> => {
    const text = /^```yaml\n(version: 1\n[\s\S]*?)^```$/m.exec(section)?.[1];
    return text === undefined ? [] : [[`${file}: ${section.slice(0, section.indexOf('\n'))}`, text]];
  });
}

const all = ['peers.md', 'kamailio.md'].flatMap(configurationsIn);

describe('ready configurations', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'callback-peers-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const caught = {
      ...dependencies,
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
    };
    const options = { environment: {}, dependencies: caught, serve: async () => 9, engine: async () => 9 };
    const code = await runProgram(argv, options);
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  it('are six at least', () => assert.ok(all.length >= 6, String(all.length)));

  for (const [title, text] of all) {
    it(`${title}: is applied without a warning, exported, and applied again without a change`, async () => {
      const file = join(directory, 'c.yaml');
      writeFileSync(file, text);
      const data = ['--data', join(directory, 'data')];
      const applied = await run('apply', file, ...data);
      const warnings = applied.err.split('\n').filter((line) => line !== '');
      assert.deepEqual([applied.code, warnings], [0, []]);
      const exported = await run('export', ...data);
      writeFileSync(file, exported.out);
      const again = await run('apply', file, ...data);
      assert.match(again.out, /nothing to change/);
      const parsed = parseConfiguration(text);
      assert.ok(parsed.ok);
      assert.ok(parsed.configuration.callbackRules.length > 0, 'it calls somebody back');
    });

    it(`${title}: a caller of its trunk is called back`, async () => {
      const file = join(directory, 'c.yaml');
      writeFileSync(file, text);
      const parsed = parseConfiguration(text);
      assert.ok(parsed.ok);
      const [trunk] = parsed.configuration.trunks;
      const { out } = await run(
        'explain',
        '--config',
        file,
        '--to',
        '+554831210110',
        '--from',
        '048991996260',
        '--source',
        trunk!.name,
      );
      assert.match(out, /^Called back by rule /m);
      assert.match(out, /^ {2}dials {6}'/m);
    });
  }
});
