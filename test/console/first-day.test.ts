/** A system with nothing in it: each page says what belongs there; and what each role finds in its menu. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ROLES } from '../../lib/core/access/role.ts';
import { ConsoleRig } from './console-rig.ts';

const PASSWORD = 'correct horse battery';

interface EmptyPage {
  says: string;
  teaches: string;
  /** What leads on from there; null: it comes by itself. */
  leadsOn: string | null;
}

/** By what the menu calls the page. */
const EMPTY: Record<string, EmptyPage> = {
  Callbacks: {
    says: 'No callback yet',
    teaches: 'As soon as somebody calls an inbound number with callback on',
    leadsOn: null,
  },
  Recordings: { says: 'Nothing was recorded yet', teaches: 'takes messages', leadsOn: null },
  'Callback rules': { says: 'No rule yet', teaches: 'Begin with one for any number', leadsOn: 'Add rule' },
  'Inbound numbers': {
    says: 'No inbound number yet',
    teaches: 'Add the number that your provider sends you.',
    leadsOn: 'Add number',
  },
  'SIP trunks': {
    says: 'No trunk yet',
    teaches: 'Ask your provider for the address of his server',
    leadsOn: 'Add trunk',
  },
  'Outgoing rules': {
    says: 'No outgoing rule yet',
    teaches: 'A callback rule with a trunk needs none.',
    leadsOn: 'Add outgoing rule',
  },
  Extensions: {
    says: 'No extension yet',
    teaches: 'Give one a number and a password, and register your phone with them.',
    leadsOn: 'Add extension',
  },
  Flows: {
    says: 'No flow yet',
    teaches: 'A flow is a small graph of components',
    leadsOn: 'Add flow',
  },
  'Do not call': {
    says: 'No number is barred',
    teaches: 'Put numbers here whose owners do not want to be called.',
    leadsOn: 'Add number',
  },
  'API keys': { says: 'No key yet', teaches: 'make a key for each', leadsOn: 'Make a key' },
  Webhooks: { says: 'Nobody is told yet', teaches: 'Give the address of your CRM', leadsOn: 'Add webhook' },
  'CORS origins': {
    says: 'No page of others may use the API',
    teaches: 'The console needs no entry.',
    leadsOn: 'Add origin',
  },
  Retention: {
    says: 'No number is held',
    teaches: 'When callbacks of somebody are evidence',
    leadsOn: 'Hold a number',
  },
  Errors: { says: 'No error', teaches: 'When the server fails at something, you find it here', leadsOn: null },
};

const PBX = [
  'Callback rules',
  'Inbound numbers',
  'SIP trunks',
  'Outgoing rules',
  'Extensions',
  'Flows',
  'Prompts',
  'Limits and numbers',
];
const MENUS: Record<(typeof ROLES)[number], string[]> = {
  administrator: [
    'Dashboard',
    'Callbacks',
    'Recordings',
    ...PBX,
    'Do not call',
    'Users',
    'Roles',
    'API keys',
    'Webhooks',
    'CORS origins',
    'Retention',
    'Settings',
    'Audit',
    'Errors',
  ],
  developer: [
    'Dashboard',
    'Callbacks',
    ...PBX,
    'Do not call',
    'Users',
    'Roles',
    'API keys',
    'Webhooks',
    'CORS origins',
    'Settings',
    'Errors',
  ],
  supervisor: ['Dashboard', 'Callbacks', 'Recordings', ...PBX, 'Do not call', 'Settings', 'Audit', 'Errors'],
  manager: ['Dashboard', 'Callbacks', ...PBX, 'Do not call', 'Retention', 'Settings', 'Audit'],
  monitor: ['Dashboard', 'Callbacks', ...PBX, 'Settings'],
  agent: ['Dashboard', 'Callbacks'],
};

/** Who sees the button that adds one: of rules and numbers, of trunks, of numbers that are not called. */
const ADDS = [
  ['Callback rules', 'Add rule', ['administrator', 'supervisor']],
  ['SIP trunks', 'Add trunk', ['administrator']],
  ['Do not call', 'Add number', ['administrator', 'supervisor']],
] as const;

describe('the console on its first day', function () {
  this.timeout(60_000);
  let rig: ConsoleRig;
  before(async () => {
    const configuration = 'version: 1\ndefaultCountry: BR\n';
    rig = await ConsoleRig.open({ address: '127.0.35.40', phones: '127.0.35.41', configuration });
  });
  after(() => rig?.close());
  afterEach(() => assert.deepEqual(rig.offences, []));

  const menuOf = (page: Page) => page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link');
  const open = async (page: Page, name: string) => {
    await menuOf(page).filter({ hasText: name }).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  };

  it('says on each page what belongs there, and leads on', async () => {
    const page = await rig.signedIn();
    for (const [name, { says, teaches, leadsOn }] of Object.entries(EMPTY)) {
      await open(page, name);
      const main = page.getByRole('main');
      await main.getByText(says, { exact: true }).waitFor();
      await main.getByText(teaches).waitFor();
      // At the head of the page, and where nothing is.
      if (leadsOn !== null) {
        const empty = main.locator('.panel').filter({ hasText: says });
        const onward = empty.getByRole('button', { name: leadsOn }).or(empty.getByRole('link', { name: leadsOn }));
        await onward.first().waitFor();
      }
      await rig.shot(page, `empty-${name}`);
    }
    await open(page, 'Dashboard');
    await page.getByText('No callback today yet.').waitFor();
    await page.getByText('Nothing has happened since you opened this page.').waitFor();
    await page.context().close();
  });

  it('keeps its menu where a page breaks down', async () => {
    const page = await rig.page();
    await page.route('**/api/v1/statistics*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...((await answer.json()) as object), knownSince: 'never' } });
    });
    await rig.enter(page, 'admin', rig.password);
    await page.getByRole('main').getByText('That did not work').waitFor();
    await open(page, 'SIP trunks');
    await page.context().close();
  });

  for (const role of ROLES)
    it(`shows ${role} the pages that the role may use, and the buttons of what it may add`, async () => {
      const body = { username: role, role, password: PASSWORD };
      assert.equal((await rig.server.api('/api/v1/users', { method: 'POST', body })).status, 201);
      const page = await rig.page();
      await rig.enter(page, role, PASSWORD);
      await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
      // With its figures, which are the same for those who see numbers masked.
      await page.getByText('No callback today yet.').waitFor();
      assert.deepEqual(await menuOf(page).allInnerTexts(), MENUS[role]);
      for (const [name, button, roles] of ADDS.filter(([name]) => MENUS[role].includes(name))) {
        await open(page, name);
        await page.getByRole('main').getByText(EMPTY[name]!.says, { exact: true }).waitFor();
        const adds = page.getByRole('button', { name: button }).or(page.getByRole('link', { name: button }));
        assert.equal((await adds.count()) > 0, (roles as readonly string[]).includes(role), `${role}: ${button}`);
      }
      await page.context().close();
    });
});
