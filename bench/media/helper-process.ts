/** A process of the bench that answers one order at a time. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pinned } from '../machine.ts';

export class HelperProcess<Order, Report extends { type: string }> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param core null: any; `args`: of the module */
  static async start<Order, Report extends { type: string }>(
    module: string,
    core: number | null,
    args: readonly string[] = [],
  ): Promise<HelperProcess<Order, Report>> {
    const [command, given] = pinned(core, [process.execPath, module, ...args]);
    const child = spawn(command, given, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
    const helper = new HelperProcess<Order, Report>(child);
    await helper.#report('ready');
    return helper;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async ask<T extends Report['type']>(order: Order, answer: T): Promise<Report & { type: T }> {
    const report = this.#report(answer);
    this.#child.send(order as object);
    return report;
  }

  async #report<T extends Report['type']>(answer: T): Promise<Report & { type: T }> {
    const ended = new AbortController();
    const onExit = () => ended.abort(new Error('a process of the bench has ended'));
    this.#child.once('exit', onExit);
    const [report] = (await once(this.#child, 'message', { signal: ended.signal })) as [Report];
    this.#child.off('exit', onExit);
    if (report.type !== answer) throw new Error(`${report.type} in the place of ${answer}`);
    return report as Report & { type: T };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
