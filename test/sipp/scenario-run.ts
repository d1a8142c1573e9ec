import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallbackView, Server } from '../support/server.ts';
import { parseMoment, type ScenarioCase, type Step } from './scenario-case.ts';
import { type SippMessage, SippProcess } from './sipp-process.ts';

/** Plays one case against a server of its own on `address`; throws an AssertionError that says what was different. */
export async function playCase(scenario: ScenarioCase, address: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), `callback-sipp-${scenario.name}-`));
  const run = new CaseRun(scenario, address, directory);
  try {
    await run.play();
  } finally {
    await run.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

class CaseRun {
  readonly #case: ScenarioCase;
  readonly #address: string;
  readonly #directory: string;
  readonly #sipps = new Map<string, SippProcess>();
  #server: Server | null = null;

  constructor(scenario: ScenarioCase, address: string, directory: string) {
    this.#case = scenario;
    this.#address = address;
    this.#directory = directory;
  }

  async play(): Promise<void> {
    await this.#startServer();
    for (const step of this.#case.steps) await this.#step(step);
    await this.#expectCallbacks();
    this.#expectTiming();
    this.#expectMessages();
    this.#expectNever();
    await this.#expectNothingLeft();
  }

  async close(): Promise<void> {
    for (const sipp of this.#sipps.values()) sipp.kill();
    await this.#server?.stop('SIGKILL');
  }

  async #startServer(): Promise<void> {
    this.#server = await Server.start({
      address: this.#address,
      configuration: this.#case.configuration.replaceAll('{{address}}', this.#address),
      dataDirectory: this.#directory,
    });
  }

  async #step(step: Step): Promise<void> {
    if ('start' in step) await Promise.all(step.start.map((role) => this.#start(role)));
    else if ('run' in step) {
      await this.#start(step.run);
      await this.#finish(step.run);
    } else if ('finish' in step) await Promise.all(step.finish.map((role) => this.#finish(role)));
    else if ('restart' in step) {
      await this.#server!.stop(step.restart);
      await this.#startServer();
    } else {
      const { number, state, withinSeconds } = step.until;
      const reached = (all: CallbackView[]) => all.some((one) => one.number === number && one.state === state);
      await this.#server!.until(reached, withinSeconds * 1_000, `${number} is ${state}`);
    }
  }

  async #start(name: string): Promise<void> {
    const role = this.#case.roles[name];
    assert.ok(role, `the case names no role ${name}`);
    const address = role.fromElsewhere
      ? this.#address.replace(/\d+$/, (last) => String(Number(last) + 100))
      : this.#address;
    const { scenario, port, calls, keys, timeoutSeconds, pauseMs, raw } = role;
    const sipp = await SippProcess.start({
      name,
      scenario,
      address,
      port,
      calls,
      keys,
      timeoutSeconds,
      pauseMs,
      raw,
      remote: `${this.#address}:5060`,
      transport: role.transport === 'udp' ? 'u1' : 't1',
      directory: this.#directory,
    });
    this.#sipps.set(name, sipp);
  }

  async #finish(name: string): Promise<void> {
    const verdict = await this.#sipps.get(name)!.verdict();
    if (verdict.type === 'passed') return;
    const others = [...this.#sipps.values()].map((sipp) => `--- ${sipp.name}\n${ladder(sipp.messages())}`).join('\n');
    assert.fail(
      `${name} ${verdict.type}: ${verdict.errors}\n${others}\n--- server\n${this.#server!.output.slice(-3_000)}`,
    );
  }

  async #expectCallbacks(): Promise<void> {
    const { callbacks } = this.#case.expect;
    const done = (all: CallbackView[]) =>
      all.length >= callbacks.length && callbacks.every((wanted) => all.some((one) => fits(one, wanted)));
    const all = await this.#server!.until(done, 5_000, `callbacks like ${JSON.stringify(callbacks)}`);
    assert.equal(all.length, callbacks.length, `as many callbacks as expected: ${JSON.stringify(all)}`);
  }

  #expectTiming(): void {
    for (const { from, to, betweenMs } of this.#case.expect.timing) {
      const elapsed = this.#instant(to) - this.#instant(from);
      assert.ok(
        elapsed >= betweenMs[0] && elapsed <= betweenMs[1],
        `${from} -> ${to}: ${elapsed} ms, not ${betweenMs}`,
      );
    }
  }

  #expectMessages(): void {
    for (const { moment, matches } of this.#case.expect.messages) {
      const { text } = this.#first(moment);
      for (const pattern of matches) assert.match(text, new RegExp(pattern, 'm'), moment);
    }
  }

  #expectNever(): void {
    for (const text of this.#case.expect.never) {
      assert.equal(this.#find(text).length, 0, `this was not to happen: ${text}`);
    }
  }

  /** A green SIP flow does not prove media: no endpoint, no leg, no port may be left. */
  async #expectNothingLeft(): Promise<void> {
    const gauges = async () => {
      const { body } = await this.#server!.api('/metrics');
      return [...String(body).matchAll(/^callback_(?:legs|media_endpoints) (\d+)$/gm)].map((match) => Number(match[1]));
    };
    const until = Date.now() + 3_000;
    let left = await gauges();
    while (left.some((count) => count > 0) && Date.now() < until) left = await gauges();
    assert.deepEqual(left, [0, 0], 'legs and media endpoints left');
  }

  #find(text: string): SippMessage[] {
    const { role, direction, message } = parseMoment(text);
    const sipp = this.#sipps.get(role);
    const start = /^\d/.test(message) ? `SIP/2.0 ${message}` : message;
    return (sipp?.messages() ?? []).filter((one) => one.direction === direction && one.firstLine.startsWith(start));
  }

  #instant(text: string): number {
    return this.#first(text).at;
  }

  #first(text: string): SippMessage {
    const found = this.#find(text)[0];
    assert.ok(found, `this did not happen: ${text}`);
    return found;
  }
}

function fits(callback: CallbackView, wanted: Record<string, unknown>): boolean {
  const view = callback as unknown as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(view[key]) === JSON.stringify(value));
}

const ladder = (messages: SippMessage[]) =>
  messages.map(({ at, direction, firstLine }) => `${new Date(at).toISOString()} ${direction} ${firstLine}`).join('\n');
