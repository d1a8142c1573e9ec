import { parseArgs } from 'node:util';
import { killRun } from './kill-run.ts';

/** `make kill ARGS='--kills 20 --rate 20 --seed 7'`; exit 1 when a promise was broken. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    rate: { type: 'string', default: '20' },
    mode: { type: 'string', default: 'reject' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const report = await killRun({
  address: '127.0.30.1',
  kills: Number(values.kills),
  callersPerSecond: Number(values.rate),
  seed: Number(values.seed),
  mode: values.mode === 'missedCall' ? 'missedCall' : 'reject',
  onProgress: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
const isKept = report.lost.length + report.doubled.length + report.overlapping.length === 0;
process.stdout.write(isKept ? 'every promise was kept, nobody was called twice\n' : 'BROKEN PROMISES\n');
process.exitCode = isKept ? 0 : 1;
