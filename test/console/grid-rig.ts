/** The grid of callbacks in a browser, over a store that is full: how long from a click or a key until the rows are painted. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { silentLog } from '../support/silent-log.ts';
import { ConsoleRig } from './console-rig.ts';
import { fill, INBOUND_NUMBERS, RULES } from './filled-store.ts';

/**
 * Begins with the event that the page gets, ends when the table is not busy any more and a frame has been painted after that.
 * A table that is shown anew (after “nothing found”) counts as well.
 */
const WATCH = `
  window.gridTimes = [];
  let startedAt = null;
  let wasBusy = false;
  const start = () => { startedAt = performance.now(); wasBusy = false; };
  for (const name of ['click', 'input']) addEventListener(name, start, true);
  const look = () => {
    if (startedAt === null) return;
    const busy = document.querySelector('[data-grid] [aria-busy="true"], [data-grid][aria-busy="true"]') !== null;
    if (busy) { wasBusy = true; return; }
    if (!wasBusy) return;
    const from = startedAt;
    startedAt = null;
    requestAnimationFrame(() => setTimeout(() => window.gridTimes.push(performance.now() - from)));
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
`;

export interface Step {
  name: string;
  /** What is done before, unmeasured: each step begins at a grid without filters. */
  before?: (page: Page) => Promise<void>;
  run(page: Page): Promise<void>;
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}
const type = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
const head = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

const SINGLE: Step[] = [
  { name: 'state: scheduled', run: (page) => choose(page, 'State', 'Scheduled') },
  { name: 'state: done', run: (page) => choose(page, 'State', 'Done') },
  { name: 'outcome: connected', run: (page) => choose(page, 'Outcome', 'Connected') },
  { name: 'outcome: busy', run: (page) => choose(page, 'Outcome', 'Busy') },
  { name: 'rule', run: (page) => choose(page, 'Rule', RULES[1]!) },
  { name: 'dialled number', run: (page) => choose(page, 'Dialled number', INBOUND_NUMBERS[0]!) },
  { name: 'number', run: (page) => type(page, 'Number', '+5548900007919') },
  { name: 'search: some', run: (page) => type(page, 'Search', '90000') },
  { name: 'search: none', run: (page) => type(page, 'Search', 'nowhere') },
  { name: 'search: many', run: (page) => type(page, 'Search', 'geral') },
  { name: 'from', run: (page) => type(page, 'Accepted from', day(20)) },
  { name: 'until', run: (page) => type(page, 'until', day(3)) },
  { name: 'sort: due', run: (page) => head(page, 'Due') },
  { name: 'sort: state', run: (page) => head(page, 'State') },
  { name: 'sort: accepted, the first', run: (page) => head(page, 'Accepted') },
  { name: 'next page', run: (page) => page.getByRole('button', { name: 'Next', exact: true }).click() },
];

const step = (name: string) => SINGLE.find((one) => one.name === name)!;
const PAIRS = [
  ['state: scheduled', 'rule'],
  ['state: scheduled', 'dialled number'],
  ['state: scheduled', 'search: some'],
  ['state: scheduled', 'sort: due'],
  ['state: done', 'rule'],
  ['state: done', 'sort: due'],
  ['outcome: busy', 'rule'],
  ['outcome: connected', 'dialled number'],
  ['outcome: connected', 'from'],
  ['outcome: connected', 'search: some'],
  ['outcome: busy', 'sort: due'],
  ['rule', 'dialled number'],
  ['rule', 'search: some'],
  ['rule', 'sort: due'],
  ['rule', 'from'],
  ['dialled number', 'sort: due'],
  ['search: some', 'from'],
  ['search: some', 'sort: due'],
  ['from', 'until'],
] as const;

/** Every filter by itself, and the second of each pair upon the first. */
export const STEPS: readonly Step[] = [
  ...SINGLE,
  ...PAIRS.map(([a, b]) => ({ name: `${a} + ${b}`, before: step(a).run, run: step(b).run })),
];

export class GridRig {
  readonly rig: ConsoleRig;
  readonly page: Page;
  readonly #directory: string;

  private constructor(rig: ConsoleRig, page: Page, directory: string) {
    this.rig = rig;
    this.page = page;
    this.#directory = directory;
  }

  static async open({ address, phones, rows }: { address: string; phones: string; rows: number }): Promise<GridRig> {
    const directory = mkdtempSync(join(tmpdir(), 'callback-grid-'));
    const store = await openSqliteStore({ directory, log: silentLog() });
    await fill(store, rows, Date.now());
    await store.close();
    const configuration = {
      callbackRules: RULES.map((name, index) => ({
        name,
        origin: index === 0 ? 'any' : [`+55${11 + index}*`],
        outgoingRule: 'Operação',
      })),
      inboundNumbers: INBOUND_NUMBERS.map((number) => ({ number, callback: true, flow: 'reception' })),
    };
    const rig = await ConsoleRig.open({ address, phones, configuration, dataDirectory: directory });
    const page = await rig.signedIn();
    return new GridRig(rig, page, directory);
  }

  async close(): Promise<void> {
    await this.rig.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A grid without filters, read anew: nothing that was asked before is remembered. */
  async #begin(): Promise<void> {
    await this.page.goto(`${this.rig.url}/callbacks`);
    await this.page
      .getByRole('link', { name: /^Callback to/ })
      .first()
      .waitFor();
    await this.#quiet();
  }

  async #quiet(): Promise<void> {
    await this.page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  }

  /** The page lets nobody evaluate a text but the browser itself. */
  #shown(): Promise<{ shownMs: number; answeredMs: number }> {
    return this.page.evaluate(`new Promise((resolve) => {
      const timer = setInterval(() => {
        if (window.gridTimes.length === 0) return;
        clearInterval(timer);
        const asked = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/callbacks?'));
        resolve({ shownMs: window.gridTimes[0], answeredMs: asked.at(-1).duration });
      }, 5);
    })`);
  }

  /** Until the rows are painted, and how long of that the server took. */
  async time({ before, run }: Step): Promise<{ shownMs: number; answeredMs: number }> {
    await this.#begin();
    if (before !== undefined) {
      await this.page.evaluate(WATCH);
      await before(this.page);
      await this.#shown();
    } else await this.page.evaluate(WATCH);
    await this.page.evaluate('window.gridTimes.length = 0');
    await run(this.page);
    return this.#shown();
  }
}
