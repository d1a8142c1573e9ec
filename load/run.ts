import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { firstCall } from './first-call.ts';
import { htmlReport } from './html-report.ts';
import { BadOptions, callsOf, HELP, type LoadOptions, readLoadOptions } from './load-options.ts';
import { hopText, unreachableCause } from './route.ts';
import { serverNeeds } from './server-needs.ts';
import { failuresSoFar, liveLine, msText, tableOf, verdictText } from './text-report.ts';
import { Traffic, type TrafficOptions } from './traffic.ts';
import { backlogHint, failuresOf } from './verdict.ts';

/** `make load`: see HELP in `load-options.ts`. */

const print = (line: string) => process.stdout.write(`${line}\n`);
const LINE_EVERY_MS = 1_000;
/** Seconds whose lateness the live line shows: those just past. */
const LATELY_SECONDS = 3;
const HANG_UP_MS = 300;
/** A delay that was measured is taken down to the half second. */
const DELAY_STEP_MS = 500;
const DELAY_SPARE_MS = 50;

/** It could not begin; the first line says why. */
class CannotBegin extends Error {}

async function play(options: LoadOptions, interrupted: AbortSignal): Promise<number> {
  await preflight(options);
  const traffic = trafficOf(options);
  print(`one call first: ${traffic.firstNumber} dials ${options.number} at ${traffic.target}`);
  const delayMs = await delayByFirstCall(options, traffic, interrupted);
  if (interrupted.aborted) return 130;
  const calls = callsOf(options);
  print(`${calls} callers, ${options.rate} per second; phones at ${hopText(options.listen)}; ^C ends it`);
  const run = await Traffic.open({ ...traffic, firstNumber: nextNumber(traffic.firstNumber), delayMs });
  try {
    const why = await callAndSettle(run, interrupted);
    if (why !== null) throw new CannotBegin(why);
    return conclude({ ...options, delayMs }, run, interrupted.aborted);
  } finally {
    run.phones.hangUpAll();
    await new Promise((resolve) => setTimeout(resolve, run.phones.calls > 0 ? HANG_UP_MS : 0));
    await run.close();
  }
}

async function preflight({ target, callers }: LoadOptions): Promise<void> {
  const sipp = spawnSync('sipp', ['-v']);
  if (sipp.error) throw new CannotBegin('SIPp is not installed (Debian: apt-get install sip-tester)');
  const cause = await unreachableCause(target, callers.address);
  if (cause !== null) throw new CannotBegin(`${hopText(target)} (TARGET) cannot be reached: ${cause}`);
}

function trafficOf(options: LoadOptions): TrafficOptions {
  const { callers, extension, number, rate, answerAfterMs, talkMs, firstNumber, promiseStatuses } = options;
  return {
    ...{ callers, extension, number, rate, answerAfterMs, talkMs, firstNumber, promiseStatuses },
    target: hopText(options.target),
    calls: callsOf(options),
    phones: options.listen,
    delayMs: options.delayMs ?? 0,
    earlyToleranceMs: options.earlyToleranceMs,
    missingAfterMs: options.missingAfterMs,
  };
}

/** @returns the delay to expect. @throws CannotBegin when the call does not come back to us */
async function delayByFirstCall(options: LoadOptions, traffic: TrafficOptions, signal: AbortSignal): Promise<number> {
  const first = await firstCall(options, traffic, signal).catch((error: unknown) => {
    throw new CannotBegin(socketTrouble(error, options));
  });
  if (signal.aborted) return 0;
  if (!first.isRung) {
    const needs = first.needs ? `\nA server of this project needs:\n\n${serverNeeds(options)}\n` : '';
    throw new CannotBegin(`${first.why}${needs}`);
  }
  const rangAfter = `rejected in ${msText(first.rejectMs)} ms, rung ${(first.rangAfterMs / 1_000).toFixed(3)} s later`;
  const measuredMs = Math.floor((first.rangAfterMs + DELAY_SPARE_MS) / DELAY_STEP_MS) * DELAY_STEP_MS;
  const delayMs = options.delayMs ?? measuredMs;
  const taken = options.delayMs === null ? `; the rule's delay is taken for ${delayMs / 1_000} s (DELAY)` : '';
  print(`${rangAfter}${taken}`);
  if (Math.abs(measuredMs - delayMs) >= DELAY_STEP_MS) {
    print(`note: with DELAY=${delayMs / 1_000} that is ${msText(first.rangAfterMs - delayMs)} ms beside the due time`);
  }
  if (!first.isCompleted) print('note: that call was not completed: the second leg or the BYE did not come');
  return delayMs;
}

function socketTrouble(error: unknown, { listen, extension }: LoadOptions): string {
  const { code, address, port, message } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (address === undefined || port === undefined) return message;
  const hop = { address, port };
  const flag =
    extension && hopText(extension) === hopText(hop) && hopText(listen) !== hopText(hop) ? 'EXTENSION' : 'LISTEN';
  const cause = { EADDRINUSE: 'another program has it', EADDRNOTAVAIL: 'it is no address of this machine' }[code ?? ''];
  return `the phones cannot listen on ${hopText(hop)} (${flag}): ${cause ?? code}`;
}

/** @returns why it failed, if SIPp did */
async function callAndSettle(run: Traffic, interrupted: AbortSignal): Promise<string | null> {
  const stopLines = liveLines(run);
  const onInterrupt = () => void run.kill();
  interrupted.addEventListener('abort', onInterrupt);
  try {
    const end = await run.call();
    if (end.how === 'failed') return `SIPp failed: ${end.errors}`;
    if (!interrupted.aborted) await run.settled(interrupted);
    return null;
  } finally {
    interrupted.removeEventListener('abort', onInterrupt);
    stopLines();
  }
}

/** One line a second; on a terminal it stays in its place. */
function liveLines(run: Traffic): () => void {
  const { isTTY } = process.stdout;
  const startAt = performance.now();
  const show = () => {
    const lately = run.timeline.latest(LATELY_SECONDS);
    const late = lately.flatMap(({ lateness }) => (lateness ? [lateness.p99] : []));
    const tally = run.tally();
    const about = { latenessP99: late.length > 0 ? Math.max(...late) : null, failures: failuresSoFar(tally) };
    const line = liveLine(Math.round((performance.now() - startAt) / 1_000), tally, about);
    process.stdout.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, LINE_EVERY_MS);
  return () => {
    clearInterval(timer);
    show();
    if (isTTY) process.stdout.write('\n');
  };
}

function conclude(options: LoadOptions & { delayMs: number }, run: Traffic, isInterrupted: boolean): number {
  const report = run.report();
  const seconds = run.timeline.seconds();
  const failures = failuresOf(report, options.maxLatenessMs);
  const hint = backlogHint(seconds);
  print(`\n${tableOf(report, failures)}`);
  if (hint !== null) print(hint);
  print(isInterrupted ? `interrupted; so far: ${verdictText(failures)}` : verdictText(failures));
  if (options.reportFile !== null) {
    writeFileSync(options.reportFile, htmlReport({ options, report, seconds, failures, hint, account: run.account }));
    print(`charts: ${options.reportFile}`);
  }
  if (options.jsonFile !== null) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ options, report, seconds, failures }, null, 2)}\n`);
  }
  if (isInterrupted) return 130;
  return failures.length > 0 ? 1 : 0;
}

function nextNumber(number: string): string {
  return `${number.slice(0, -8)}${String(Number(number.slice(-8)) + 1).padStart(8, '0')}`;
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}

try {
  const options = await readLoadOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else process.exitCode = await play(options, interrupt.signal);
} catch (error) {
  if (!(error instanceof BadOptions || error instanceof CannotBegin)) throw error;
  const lines = error instanceof BadOptions ? error.message.split('\n') : [error.message];
  for (const line of lines) process.stderr.write(`load: ${line}\n`);
  process.exitCode = 2;
}
