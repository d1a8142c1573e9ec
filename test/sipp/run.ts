import { parseArgs } from 'node:util';
import { exitsOnSignals } from '../support/child-processes.ts';
import { type DrachtioTarget, MEDIA } from './case-host.ts';
import { playPack } from './pack-run.ts';
import { caseNames, casesOf } from './scenario-case.ts';

/** `make sipp [CASE=name] [AT_ONCE=n] [KEEP=dir] [DRACHTIO=host:port SECRET=s [SIP=host:port]] [MEDIA=rtpengine]`: each case with its verdict. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'at-once': { type: 'string', default: '4' },
    keep: { type: 'string' },
    drachtio: { type: 'string' },
    media: { type: 'string' },
    secret: { type: 'string', default: 'cymru' },
    sip: { type: 'string' },
  },
});

const write = (line: string) => process.stdout.write(`${line}\n`);

function drachtioTarget(): DrachtioTarget | null {
  if (!values.drachtio) return null;
  const host = values.drachtio.replace(/:\d+$/, '');
  return { control: values.drachtio, secret: values.secret, sip: values.sip || `${host}:5060` };
}

async function main(): Promise<number> {
  const names = positionals.length > 0 ? positionals.flatMap(casesOf) : caseNames();
  if (names.length === 0) {
    write(`there is no case ${positionals.join(', ')}; there are:\n  ${caseNames().join('\n  ')}`);
    return 2;
  }
  const drachtio = drachtioTarget();
  const media = MEDIA.find((one) => one === (values.media || 'embedded'));
  if (media === undefined) {
    write(`MEDIA is one of ${MEDIA.join(', ')}: not ${values.media}`);
    return 2;
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await playPack(names, {
    // one drachtio-server has one application here: its calls would go to any of several
    atOnce: drachtio === null ? Math.max(1, Number(values['at-once']) || 1) : 1,
    drachtio,
    media,
    keep: values.keep || null,
    verdict: ({ name, title }, verdict) => {
      counts[verdict.type] += 1;
      if (verdict.type === 'passed') write(`pass  ${name.padEnd(48)} ${verdict.elapsedMs} ms  ${title}`);
      else if (verdict.type === 'skipped') write(`skip  ${name.padEnd(48)} ${verdict.reason}`);
      else write(`FAIL  ${name.padEnd(48)} ${title}\n${messageOf(verdict.error)}`);
    },
  });
  write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 ? 1 : 0;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

exitsOnSignals();
process.exitCode = await main();
