/** What the tests of the flow editor have in common: where things are on its page, and a call through what was drawn. */

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleRig, INBOUND } from './console-rig.ts';
import { PATIENCE_MS } from './talk.ts';

export interface StoredFlow {
  name: string;
  start: string;
  components: Record<string, Record<string, unknown>>;
  layout: Record<string, [number, number]> | null;
}

export class FlowEditing {
  readonly page: Page;
  readonly rig: ConsoleRig;

  constructor(rig: ConsoleRig, page: Page) {
    this.rig = rig;
    this.page = page;
  }

  async open(name: string): Promise<void> {
    await this.rig.visit(this.page, `/flows/${encodeURIComponent(name)}/edit`);
    await this.page.getByTestId('flow-canvas').locator('.flow-node').first().waitFor();
    // the palette stands there once the server has said what it knows
    await this.add('Menu').waitFor();
  }

  get forms(): Locator {
    return this.page.getByRole('region', { name: 'Forms' });
  }
  node(name: string): Locator {
    return this.page.getByTestId(`node-${name}`);
  }
  add(kind: string): Locator {
    return this.page.getByRole('button', { name: `Add: ${kind}`, exact: true });
  }
  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }
  text(label: string): Locator {
    return this.forms.getByRole('textbox', { name: label, exact: true });
  }
  box(label: string): Locator {
    return this.forms.getByRole('combobox', { name: label, exact: true });
  }
  async choose(label: string, option: string): Promise<void> {
    await this.box(label).click();
    await this.page.getByRole('option', { name: option, exact: true }).click();
  }
  async select(name: string): Promise<void> {
    await this.node(name).click({ position: { x: 60, y: 12 } });
    await this.text('Name of the component').waitFor();
    assert.equal(await this.text('Name of the component').inputValue(), name);
  }

  /** Boxes are laid out anew, and the picture follows, some frames after each change. */
  async #atRest(...parts: Locator[]) {
    const boxes = () => Promise.all(parts.map((part) => part.boundingBox()));
    const frames = () =>
      this.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    for (let before = await boxes(); ; ) {
      for (let count = 0; count < 3; count += 1) await frames();
      const now = await boxes();
      if (JSON.stringify(now) === JSON.stringify(before)) return now;
      before = now;
    }
  }

  /** A line, drawn with the mouse from an exit to a component. */
  async draw(name: string, exit: string, to: string): Promise<void> {
    const [from, target] = await this.#atRest(
      this.page.getByTestId(`exit-${name}-${exit}`),
      this.node(to).locator('.react-flow__handle-left'),
    );
    assert.ok(from && target, `${name} ${exit} or ${to} is not to be seen`);
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(target.x, target.y + 20, { steps: 4 });
    await mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 4 });
    await mouse.up();
    await this.page.locator(`[aria-label="From ${name} to ${to}"]`).first().waitFor({ state: 'attached' });
  }

  async clear(label: string): Promise<void> {
    const root = this.forms
      .locator('.mantine-Select-root')
      .filter({ has: this.page.getByRole('combobox', { name: label, exact: true }) });
    await root.locator('button[aria-label="Clear"]').click();
  }

  async verdict(text: string | RegExp): Promise<void> {
    await this.page.getByTestId('verdict').getByText(text).waitFor();
  }

  async save(): Promise<void> {
    await this.button('Save').click();
    await this.page.getByText('Saved', { exact: true }).first().waitFor();
  }

  async stored(name: string): Promise<StoredFlow> {
    const { status, body } = await this.rig.server.api(`/api/v1/flows/${encodeURIComponent(name)}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body as StoredFlow;
  }
}

/** What a component says beside what is so anyway. */
export const told = (component: Record<string, unknown>, ...fields: string[]): Record<string, unknown> =>
  Object.fromEntries(['type', ...fields].map((field) => [field, component[field]]));

/** The inbound number leads into the flow: who calls it and presses the key reaches extension 200, and they talk. */
export async function callThrough(rig: ConsoleRig, flow: string, key: string): Promise<void> {
  const path = `/api/v1/inbound-numbers/${encodeURIComponent(INBOUND)}`;
  const { body } = await rig.server.api(path);
  const put = await rig.server.api(path, { method: 'PUT', body: { ...(body as object), callback: false, flow } });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const call = rig.trunk.call({
    to: `sip:${INBOUND}@${rig.server.address}:5060`,
    from: '<sip:+5548991990001@example.org>',
  });
  assert.equal((await call.final(PATIENCE_MS)).status, 200, rig.server.output.slice(-2000));
  await call.press(key);
  const target = await rig.extension.nextCall(PATIENCE_MS);
  assert.match(target.invite.uri, /^sip:200@/);
  await target.answer();
  await target.hangUp();
  await call.waitFor('BYE', PATIENCE_MS);
}
