import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTRA_CHECKS } from '../../lib/cli/initial-configuration.ts';
import { runProgram } from '../../lib/cli/program.ts';
import { dependencies } from '../../lib/cli/wiring.ts';
import { translatePattern } from '../../lib/core/dialplan/asterisk-pattern.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';

const DOCS = join(import.meta.dirname, '../../docs');
/** `UPDATE_DOCS=1`: what the commands print is written into the pages; read the difference before you commit it. */
const isUpdate = process.env['UPDATE_DOCS'] === '1';
const TAKES_CONFIGURATION = new Set(['explain', 'route']);

interface Example {
  command: string;
  printed: string;
}

/** Blocks of `console`: a line `$ drachtio-callback …` and what it prints. */
function examplesIn(page: string): Example[] {
  return [...page.matchAll(/^```console\n\$ (drachtio-callback .*)\n([\s\S]*?)^```$/gm)].map(
    ([, command, printed]) => ({
      command: command!,
      printed: printed!,
    }),
  );
}

function configurationIn(page: string): string {
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text).join('\n');
}

/** Words as a shell splits them: quotes keep blanks, nothing else is special. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);
}

async function run(command: string, file: string): Promise<string> {
  const [, ...argv] = wordsOf(command);
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const more = TAKES_CONFIGURATION.has(argv[0]!) ? ['--config', file] : [];
  const options = { environment: {}, dependencies: { ...dependencies, out: print, err: print } };
  const code = await runProgram([...argv, ...more], { ...options, serve: async () => 9, engine: async () => 9 });
  assert.ok(code === 0 || code === 1, `${command} ended with ${code}: ${lines.join('\n')}`);
  return `${lines.join('\n')}\n`;
}

describe('examples in the documentation', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'callback-docs-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const name of ['explain.md', 'dial-plan.md']) {
    const path = join(DOCS, name);
    const page = readFileSync(path, 'utf8');
    const examples = examplesIn(page);

    it(`${name}: its configuration is right`, () => {
      const result = parseConfiguration(configurationIn(page), { extraChecks: EXTRA_CHECKS });
      assert.ok(result.ok, JSON.stringify(result));
    });

    for (const { command, printed } of examples) {
      it(`${name}: ${command.replace('drachtio-callback ', '')} prints what the page says`, async () => {
        const file = join(directory, `${name}.yaml`);
        writeFileSync(file, configurationIn(page));
        const now = await run(command, file);
        if (isUpdate) {
          const before = `$ ${command}\n${printed}\`\`\``;
          writeFileSync(
            path,
            readFileSync(path, 'utf8').replace(before, () => `$ ${command}\n${now}\`\`\``),
          );
        } else assert.equal(now, printed);
      });
    }
  }

  it('dial-plan.md: its table of patterns is what the command makes of them', () => {
    const page = readFileSync(join(DOCS, 'dial-plan.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(.+?)` \| `(\^.+?)` \| `(.+?)` \|$/gm)].map((row) =>
      row.slice(1).map((cell) => cell.replaceAll('\\|', '|')),
    );
    assert.ok(rows.length >= 12);
    for (const [pattern, match, rewrite] of rows) {
      const translated = translatePattern(pattern!);
      assert.ok(translated.ok, pattern);
      assert.deepEqual([translated.route.match, translated.route.rewrite], [match, rewrite], pattern);
    }
  });

  it('explain.md: has ten', () => {
    assert.ok(examplesIn(readFileSync(join(DOCS, 'explain.md'), 'utf8')).length >= 10);
  });
});
