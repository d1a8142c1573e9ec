/** The console in a browser: Debian's Chromium against the real server, with a trunk and an extension behind it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { stringify } from 'yaml';
import { endsWithUs } from '../support/child-processes.ts';
import { Server, type ServerOptions } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const CALLER_SCENARIO = join(import.meta.dirname, '../../sipp-scenarios/shared/caller-is-rejected.xml');
/** Pictures are kept there, if it is set. */
const SHOTS = process.env['CONSOLE_SHOTS'];

export const INBOUND = '+554831210110';
/** A name as an attacker would have it, and what the server makes of it. */
export const HOSTILE = '<img src=x onerror=window.broken=1>';
export const HOSTILE_READ = 'img src=x onerror=window.broken=1';

export interface RigOptions {
  /** The server's; the phones are at the next one. */
  address: string;
  phones: string;
  /** What is other than usual; a text: the whole file as it is. */
  configuration?: Record<string, unknown> | string;
  /** With callbacks in it; left out: an empty one that goes with the server. */
  dataDirectory?: string;
}

const usualConfiguration = (phones: string) => ({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'trunk-80092037', proxy: `sip:${phones}:5070`, accept: [`${phones}/32`] }],
  outgoingRules: [
    { name: 'Operação', routes: [{ match: '^55(\\d{10,11})$', rewrite: '0$1', trunks: ['trunk-80092037'] }] },
  ],
  defaultOutgoingRule: 'Operação',
  extensions: [
    { number: '200', contact: `sip:200@${phones}:5071` },
    { number: '201', password: 'demo201' },
  ],
  inboundNumbers: [{ number: INBOUND, callback: false, flow: 'reception' }],
  flows: [
    {
      name: 'reception',
      start: 'menu',
      components: {
        menu: { type: 'menu', prompt: 'tone:beep', choices: { '1': 'sales' }, otherwise: 'bye' },
        sales: { type: 'dial', extension: '200', otherwise: 'bye' },
        bye: { type: 'hangup' },
      },
    },
  ],
});

interface RigParts {
  server: Server;
  started: ServerOptions;
  browser: Browser;
  phones: [SipPhone, SipPhone];
}

export class ConsoleRig {
  server: Server;
  readonly browser: Browser;
  readonly trunk: SipPhone;
  readonly extension: SipPhone;
  readonly url: string;
  readonly #phones: string;
  readonly #started: ServerOptions;
  readonly #contexts: BrowserContext[] = [];
  /** What no page may do: throw, or offend against its policy. */
  readonly offences: string[] = [];

  private constructor(options: RigOptions, parts: RigParts) {
    this.server = parts.server;
    this.#started = parts.started;
    this.browser = parts.browser;
    [this.trunk, this.extension] = parts.phones;
    this.url = `http://${options.address}:8080`;
    this.#phones = options.phones;
  }

  static async open(options: RigOptions): Promise<ConsoleRig> {
    assert.ok(CHROMIUM !== undefined, 'Chromium is missing: make setup-test installs it');
    const { address, phones, dataDirectory, configuration: given } = options;
    const [trunk, extension] = await Promise.all([
      SipPhone.open({ address: phones, port: 5070 }),
      SipPhone.open({ address: phones, port: 5071 }),
    ]);
    const configuration = typeof given === 'string' ? given : stringify({ ...usualConfiguration(phones), ...given });
    const opened: Array<() => unknown> = [() => trunk.close(), () => extension.close()];
    try {
      const started = { address, configuration, ...(dataDirectory === undefined ? {} : { dataDirectory }) };
      const server = await Server.start(started);
      opened.push(() => server.stop('SIGKILL'));
      const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
      return new ConsoleRig(options, { server, started, browser, phones: [trunk, extension] });
    } catch (error) {
      // What stays open would keep the run from its end.
      for (const close of opened) await close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.browser.close();
    await this.server.stop('SIGKILL');
    this.trunk.close();
    this.extension.close();
  }

  /** The server is killed and started again on its data; pages stay open. */
  async restart(meanwhile: () => Promise<unknown>): Promise<void> {
    assert.ok(this.#started.dataDirectory !== undefined, 'its data would go with it');
    await this.server.stop('SIGKILL');
    await meanwhile();
    this.server = await Server.start(this.#started);
  }

  get keepsPictures(): boolean {
    return SHOTS !== undefined;
  }

  /** The password that the first start has printed. */
  get password(): string {
    return /password (\S+)/.exec(this.server.output)?.[1] ?? assert.fail(this.server.output);
  }

  async page(
    options: { language?: string; scheme?: 'light' | 'dark'; width?: number; height?: number } = {},
  ): Promise<Page> {
    const { language = 'en-US', scheme = 'light', width = 1440, height = 900 } = options;
    const context = await this.browser.newContext({
      locale: language,
      colorScheme: scheme,
      viewport: { width, height },
      reducedMotion: 'reduce',
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.offences.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Warning: /.test(message.text())) this.offences.push(message.text());
    });
    return page;
  }

  /** A page on which the administrator is signed in. */
  async signedIn(options: Parameters<ConsoleRig['page']>[0] = {}): Promise<Page> {
    const page = await this.page(options);
    await this.enter(page, 'admin', this.password);
    await page.locator('nav').first().waitFor();
    return page;
  }

  /** Loads a page of the console, until what it shows has been read. */
  async visit(page: Page, path: string): Promise<void> {
    await page.goto(`${this.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  }

  /** Fills in the form of the sign-in, whatever comes of it. */
  async enter(page: Page, username: string, password: string): Promise<void> {
    await page.goto(this.url);
    await page.locator('input[autocomplete="username"]').fill(username);
    await page.locator('input[autocomplete="current-password"]').fill(password);
    await page.locator('button[type="submit"]').click();
  }

  /**
   * A call by SIPp that is to be rejected with a promise; it says who calls by that display name.
   *
   * @param headers more of them
   */
  async call(from: string, displayName = 'Caller', headers: readonly string[] = []): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'callback-sipp-'));
    const scenario = join(directory, 'caller.xml');
    const name = displayName.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    writeFileSync(
      scenario,
      readFileSync(CALLER_SCENARIO, 'utf8')
        .replace('"Caller"', () => `"${name}"`)
        .replace('Max-Forwards: 70\n', (line) => [line, ...headers.map((header) => `${header}\n`)].join('')),
    );
    const args = ['-sf', scenario, '-i', this.#phones, '-p', '5099', '-m', '1', '-timeout', '15'];
    const errors = join(directory, 'errors');
    args.push('-trace_err', '-error_file', errors);
    args.push('-key', 'from', from, '-key', 'to', INBOUND, '-nostdin', `${this.server.address}:5060`);
    const sipp = endsWithUs(spawn('sipp', args, { cwd: directory, stdio: 'ignore' }));
    const [code] = await once(sipp, 'exit');
    const said = existsSync(errors) ? readFileSync(errors, 'utf8') : '';
    rmSync(directory, { recursive: true, force: true });
    assert.equal(code, 0, `SIPp says that the call was not rejected with a promise: ${said}`);
  }

  /** Keeps a picture, where pictures are wanted: of the whole page, of what a screen shows of it, or of a part. */
  async shot(page: Page, name: string, { screen = false, part }: { screen?: boolean; part?: Locator } = {}) {
    if (SHOTS === undefined) return;
    mkdirSync(SHOTS, { recursive: true });
    const path = join(SHOTS, `${name}.png`);
    // What was said before would lie over it.
    await page.evaluate("document.querySelectorAll('.mantine-Notification-closeButton').forEach((one) => one.click())");
    await page.locator('.mantine-Notification-root').first().waitFor({ state: 'detached' });
    const { width, height } = page.viewportSize()!;
    // What stands still while a page is scrolled would stand in its middle: the screen becomes as high as the page.
    const isWhole = !screen && (await page.getByRole('dialog').count()) === 0;
    const whole = isWhole ? await page.evaluate<number>('document.documentElement.scrollHeight') : height;
    if (whole > height) await page.setViewportSize({ width, height: whole });
    await atRest(page);
    await (part ?? page).screenshot({ path });
    if (whole > height) await page.setViewportSize({ width, height });
  }

  /** Serious findings of axe-core on the page as it stands, or on a part of it. */
  async barriers(page: Page, part = 'html'): Promise<string[]> {
    await atRest(page);
    if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
    const findings = await page.evaluate(async (selector) => {
      const { axe: checker } = globalThis as unknown as { axe: typeof axe };
      const { violations } = await checker.run(selector, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
      });
      return violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        targets: nodes.map(({ html }) => html.slice(0, 160)),
      }));
    }, part);
    return findings
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, targets }) => `${id}: ${targets.slice(0, 3).join(' | ')}`);
  }
}

/** What is half faded in or out has no colours of its own; what turns for ever is not waited for. */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(`Promise.allSettled(document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
    .map((animation) => animation.finished))`);
}
