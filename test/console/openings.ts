/** What opens above a page: each form in a drawer and each question, and the clicks that lead to it. */

import type { Page } from 'playwright-core';

export interface Opening {
  /** For the picture of it. */
  name: string;
  /** Buttons and items of menus, one after the other. */
  clicks: readonly string[];
  /** Fields that have to hold something first. */
  fill?: Readonly<Record<string, string>>;
}

/** Of each kind, the one whose row is opened. */
export interface Named {
  rule: string;
  inboundNumber: string;
  trunk: string;
  outgoingRule: string;
  extension: string;
  suppressed: string;
  user: string;
  apiKey: string;
  webhook: string;
  origin: string;
  held: string;
  /** One that nobody uses. */
  flow: string;
}

const row = (kind: string, name: string): Opening[] => [
  { name: `${kind}-edit`, clicks: [`Edit: ${name}`] },
  { name: `${kind}-delete`, clicks: [`More actions: ${name}`, 'Delete'] },
];
const add = (kind: string, button: string): Opening => ({ name: `${kind}-add`, clicks: [button] });
const at = (page: string, name: string) => `/${page}/${encodeURIComponent(name)}`;

/** By the path of the page. */
export function openingsOf(named: Named): ReadonlyMap<string, readonly Opening[]> {
  return new Map<string, Opening[]>([
    ['/callbacks', [add('callback', 'New callback')]],
    ['/callback-rules', [{ name: 'rule-delete', clicks: [`More actions: ${named.rule}`, 'Delete'] }]],
    ['/inbound-numbers', [add('number', 'Add number'), ...row('number', named.inboundNumber)]],
    [
      '/trunks',
      [
        add('trunk', 'Add trunk'),
        ...row('trunk', named.trunk),
        { name: 'trunk-test-call', clicks: [`Test call through ${named.trunk}`] },
      ],
    ],
    ['/outgoing-rules', [add('outgoing-rule', 'Add outgoing rule'), ...row('outgoing-rule', named.outgoingRule)]],
    [
      '/extensions',
      [
        add('extension', 'Add extension'),
        ...row('extension', named.extension),
        { name: 'extension-phone', clicks: [`Set up a phone for ${named.extension}`] },
      ],
    ],
    [
      '/suppressions',
      [add('suppression', 'Add number'), { name: 'suppression-delete', clicks: [`Allow ${named.suppressed} again`] }],
    ],
    [at('flows', named.flow), [{ name: 'flow-delete', clicks: ['Delete'] }]],
    [
      '/users',
      [
        add('user', 'Add user'),
        ...row('user', named.user),
        { name: 'user-reset', clicks: [`More actions: ${named.user}`, 'Reset the password'] },
      ],
    ],
    ['/api-keys', [add('api-key', 'Make a key'), { name: 'api-key-revoke', clicks: [`Revoke: ${named.apiKey}`] }]],
    ['/webhooks', [add('webhook', 'Add webhook')]],
    [
      at('webhooks', named.webhook),
      [
        { name: 'webhook-edit', clicks: ['Edit'] },
        { name: 'webhook-delete', clicks: ['Delete'] },
      ],
    ],
    [
      '/cors-origins',
      [
        add('origin', 'Add origin'),
        { name: 'origin-edit', clicks: [`Edit: ${named.origin}`] },
        { name: 'origin-delete', clicks: [`Delete: ${named.origin}`] },
      ],
    ],
    [
      '/retention',
      [
        add('hold', 'Hold a number'),
        { name: 'hold-release', clicks: [`Release: ${named.held}`] },
        { name: 'erasure', clicks: ['Erase'], fill: { Number: '+5548991990008', Reason: 'he asked' } },
      ],
    ],
    ['/account', [{ name: 'second-factor', clicks: ['Set up'] }]],
  ]);
}

/** Resolves when what was opened has its fields or its buttons. */
export async function opened(page: Page, { clicks, fill = {} }: Opening): Promise<void> {
  for (const [label, value] of Object.entries(fill))
    await page.getByRole('textbox', { name: label, exact: true }).fill(value);
  for (const name of clicks) {
    const button = page.getByRole('button', { name, exact: true });
    await button
      .or(page.getByRole('menuitem', { name, exact: true }))
      .first()
      .click();
  }
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button').nth(1).waitFor();
  // Half faded in it has no colours of its own; to begin with it can't be seen at all.
  let seen = 0;
  while (seen < 1) seen = await page.evaluate<number>(OPACITY);
}

/** The page lets nobody evaluate a text but the browser itself. */
const OPACITY = "Number(getComputedStyle(document.querySelector('[role=dialog]')).opacity)";

export async function closed(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
