import { caseNames, readCase } from './scenario-case.ts';
import { playCase } from './scenario-run.ts';

/** `make sipp [CASE=name]`: each case with its verdict; exit 1 if one failed. */
const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : caseNames();
let failed = 0;
for (const [index, name] of names.entries()) {
  const scenario = readCase(name);
  const startedAt = Date.now();
  try {
    await playCase(scenario, `127.0.40.${index + 1}`);
    process.stdout.write(`pass  ${name.padEnd(36)} ${Date.now() - startedAt} ms  ${scenario.title}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(
      `FAIL  ${name.padEnd(36)} ${scenario.title}\n${error instanceof Error ? error.message : error}\n`,
    );
  }
}
process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
