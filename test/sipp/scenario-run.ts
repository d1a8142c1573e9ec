import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallbackView } from '../support/server.ts';
import { verify } from './case-expectations.ts';
import type { CaseHost } from './case-host.ts';
import { dtmfPcap, tonePcap } from './dtmf-pcap.ts';
import { parseMoment, type Role, SCENARIOS, type ScenarioCase, type Step } from './scenario-case.ts';
import { fragmentsIn, scenarioText } from './scenario-text.ts';
import { SippProcess } from './sipp-process.ts';
import { WireRecord } from './wire-record.ts';

const fragments = fragmentsIn(join(SCENARIOS, 'shared/fragments'));
const MAX_CALLERS = 100;

export interface PlayOptions {
  /** The case's scenarios and message logs stay in `DIR/case`; null: they go. */
  keep?: string | null;
}

/** Plays one case on the host's server; throws an AssertionError that says what was different. */
export async function playCase(scenario: ScenarioCase, host: CaseHost, { keep = null }: PlayOptions = {}) {
  const name = scenario.name.replaceAll('/', '-');
  const directory = keep === null ? mkdtempSync(join(tmpdir(), `callback-sipp-${name}-`)) : join(keep, name);
  mkdirSync(directory, { recursive: true });
  const run = new CaseRun(scenario, host, directory);
  try {
    await run.play();
    if (scenario.server !== null) await host.discard();
  } catch (error) {
    await host.discard();
    throw error;
  } finally {
    await run.close();
    if (keep === null) rmSync(directory, { recursive: true, force: true });
  }
}

class CaseRun {
  readonly #case: ScenarioCase;
  readonly #host: CaseHost;
  readonly #directory: string;
  readonly #sipps = new Map<string, SippProcess>();
  readonly #wire = new WireRecord(this.#sipps);

  constructor(scenario: ScenarioCase, host: CaseHost, directory: string) {
    this.#case = scenario;
    this.#host = host;
    this.#directory = directory;
  }

  async play(): Promise<void> {
    await this.#host.prepare(this.#case);
    const before = new Set((await this.#host.server.callbacks()).map(({ id }) => id));
    for (const step of this.#case.steps) await this.#step(step);
    const result = { server: this.#host.server, wire: this.#wire, before };
    await verify(this.#case.expect, result);
    if (this.#case.either.length > 0) await this.#either(result);
    await this.#expectSilence();
    await this.#leaveNothingOpen();
  }

  /** The next case on this server may have the same caller: he must not meet the promise of this one. */
  async #leaveNothingOpen(): Promise<void> {
    const { server } = this.#host;
    const open = (await server.callbacks()).filter(({ state }) => state !== 'done');
    for (const { id } of open) await server.api(`/api/v1/callbacks/${id}/cancel`, { method: 'POST', body: {} });
    const turned = this.#case.steps.flatMap((step) => ('switch' in step ? [step.switch] : []));
    for (const { trunk } of turned) await this.#switch({ accept: true, dial: true, ...(trunk ? { trunk } : {}) });
  }

  /** Its ports are free then, for the next case on this server. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#sipps.values(), (sipp) => sipp.end()));
  }

  async #either(result: Parameters<typeof verify>[1]): Promise<void> {
    await Promise.any(this.#case.either.map((one) => verify(one, result))).catch((error: AggregateError) =>
      assert.fail(`none of these:\n${error.errors.map(String).join('\n')}`),
    );
  }

  async #expectSilence(): Promise<void> {
    const silent = Object.entries(this.#case.roles).filter(([name, role]) => role.calls === 0 && this.#sipps.has(name));
    for (const [name] of silent) await this.#finish(name);
  }

  async #step(step: Step): Promise<void> {
    const host = this.#host;
    if ('start' in step) await Promise.all(step.start.map((role) => this.#start(role)));
    else if ('run' in step) {
      await this.#start(step.run);
      await this.#finish(step.run);
    } else if ('finish' in step) await Promise.all(step.finish.map((role) => this.#finish(role)));
    else if ('restart' in step) await host.restart(this.#case, step.restart);
    else if ('signal' in step) host.signal(step.signal);
    else if ('switch' in step) await this.#switch(step.switch);
    else if ('trunk' in step) {
      const { name, is, withinSeconds } = step.trunk;
      await host.server.untilTrunk(name, is, withinSeconds * 1_000);
    } else if ('wait' in step) await this.#wait(step.wait, (step.withinSeconds ?? 5) * 1_000);
    else {
      const { number, state, withinSeconds } = step.until;
      const reached = (all: CallbackView[]) => all.some((one) => one.number === number && one.state === state);
      await host.server.until(reached, withinSeconds * 1_000, `${number} is ${state}`);
    }
  }

  async #switch(body: object): Promise<void> {
    const { status } = await this.#host.server.api('/api/v1/switches', { method: 'PATCH', body });
    assert.equal(status, 200, `the switch is turned: ${JSON.stringify(body)}`);
  }

  async #wait(moment: string, withinMs: number): Promise<void> {
    const until = Date.now() + withinMs;
    while (this.#wire.find(moment).length < parseMoment(moment).nth) {
      if (Date.now() > until) assert.fail(`not within ${withinMs} ms: ${moment}\n${this.#wire.ladders()}`);
      await delay(20);
    }
  }

  async #start(name: string): Promise<void> {
    const role = this.#case.roles[name];
    assert.ok(role, `the case names no role ${name}`);
    const { port, calls, rate, keys, callIds, timeoutSeconds, pauseMs, raw, ipv6 } = role;
    const sipp = await SippProcess.start({
      name,
      scenario: this.#write(name, role),
      address: this.#addressOf(role),
      port: ipv6 ? this.#host.ipv6Port(port) : port,
      calls,
      rate,
      fieldsFile: this.#callers(name, role),
      keys,
      callIds,
      timeoutSeconds,
      pauseMs,
      raw,
      remote: this.#host.sip(ipv6),
      transport: role.transport === 'udp' ? 'u1' : 't1',
      directory: this.#directory,
    });
    this.#sipps.set(name, sipp);
  }

  #addressOf({ ipv6, fromElsewhere }: Role): string {
    if (ipv6) return '::1';
    if (!fromElsewhere) return this.#host.address;
    return this.#host.address.replace(/\d+$/, (last) => String(Number(last) + 100));
  }

  /** The scenario as SIPp reads it, with what its holes stand for. */
  #write(name: string, role: Role): string {
    const pcap = join(this.#directory, `${name}.pcap`);
    if (role.presses.length > 0) writeFileSync(pcap, dtmfPcap(role.presses));
    if (role.speaks > 0) writeFileSync(pcap, tonePcap(role.speaks));
    const file = join(this.#directory, `${name}.xml`);
    const { address } = this.#host;
    const keys = Object.entries(role.keys).map(([key, value]) => [key, value.replaceAll('{{address}}', address)]);
    const captured = Object.entries(role.captured).map(([key, { moment, group }]) => [key, this.#read(moment, group)]);
    const template = readFileSync(role.scenario, 'utf8');
    writeFileSync(
      file,
      scenarioText(
        template,
        { pcap, address, pad: padding(role.padBytes), ...Object.fromEntries([...keys, ...captured]) },
        fragments,
      ),
    );
    return file;
  }

  #read(moment: string, group: string): string {
    const { text } = this.#wire.one(moment);
    const found = new RegExp(group, 'm').exec(text)?.[1];
    assert.ok(found, `${moment} has no ${group}:\n${text}`);
    return found;
  }

  /** Callers of their own number, `[field0]` in the scenario. */
  #callers(name: string, { calls }: Role): string | null {
    if (calls < 2) return null;
    const numbers = Array.from({ length: MAX_CALLERS }, (_, index) => `+55489917${String(index).padStart(5, '0')};`);
    const file = join(this.#directory, `${name}.csv`);
    writeFileSync(file, ['SEQUENTIAL', ...numbers, ''].join('\n'));
    return file;
  }

  async #finish(name: string): Promise<void> {
    const verdict = await this.#sipps.get(name)!.verdict();
    if (verdict.type === 'passed' || verdict.type === 'silent') return;
    const output = this.#host.server.output.slice(-3_000);
    assert.fail(`${name} ${verdict.type}: ${verdict.errors}\n${this.#wire.ladders()}\n--- server\n${output}`);
  }
}

const PAD_LINE_BYTES = 1_000;

/** Header lines that nobody knows. */
function padding(bytes: number): string {
  const lines = Array.from({ length: Math.ceil(bytes / PAD_LINE_BYTES) }, (_, index) => `X-Pad-${index}: `);
  return lines.map((line) => line.padEnd(PAD_LINE_BYTES - 2, 'x')).join('\n');
}
