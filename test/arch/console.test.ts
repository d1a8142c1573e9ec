import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Which room of the console may import which. Pages know what all share, and not each other; the dashboard shows bits of two. */
const SHARED = ['api', 'i18n', 'parts'];
const ROOMS: Record<string, string[] | 'all'> = {
  api: [],
  i18n: [],
  parts: ['api', 'i18n'],
  callbacks: [...SHARED, 'recordings'],
  recordings: SHARED,
  rules: SHARED,
  // A test call is a callback, and looks like one.
  trunks: [...SHARED, 'callbacks'],
  'inbound-numbers': SHARED,
  'outgoing-rules': SHARED,
  extensions: SHARED,
  // A callback component has the fields of a callback rule.
  flows: [...SHARED, 'rules'],
  limits: SHARED,
  suppressions: SHARED,
  settings: SHARED,
  journal: SHARED,
  users: SHARED,
  'api-keys': SHARED,
  webhooks: SHARED,
  'cors-origins': SHARED,
  retention: SHARED,
  account: SHARED,
  dashboard: [...SHARED, 'callbacks', 'trunks'],
  shell: 'all',
  '.': 'all',
};
const PACKAGES = [
  'react',
  'react-dom',
  'react-i18next',
  'i18next',
  '@mantine/core',
  '@mantine/dates',
  '@mantine/hooks',
  '@mantine/notifications',
  '@tabler/icons-react',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@xyflow/react',
  'dayjs',
  'qr',
  'yaml',
];
const LONGEST_FILE = 350;

const sources = join(import.meta.dirname, '../../console/src');
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => ({ name, text: readFileSync(join(sources, name), 'utf8') }));
const roomOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : '.');

function complaint(name: string, to: string): string | null {
  const room = roomOf(name);
  const allowed = ROOMS[room];
  if (allowed === undefined) return `${name}: the room ${room}/ is not in the table of test/arch`;
  if (!to.startsWith('.')) {
    const library = to
      .split('/')
      .slice(0, to.startsWith('@') ? 2 : 1)
      .join('/');
    return PACKAGES.includes(library) ? null : `${name}: the console may not use ${library}`;
  }
  const target = relative(sources, join(sources, dirname(name), to));
  if (target.startsWith('..')) return `${name}: the console knows the server by its API alone (${to})`;
  const targetRoom = roomOf(target);
  return targetRoom === room || allowed === 'all' || allowed.includes(targetRoom)
    ? null
    : `${name}: ${room}/ may not know ${targetRoom}/ (${to})`;
}

describe('the house of the console', () => {
  it('keeps the one-way rule between its rooms, and knows the server by its API alone', () => {
    const imports = files.flatMap(({ name, text }) =>
      [...text.matchAll(/(?:\bfrom\s+|\bimport\(\s*|^import\s+)'([^']+)'/gm)].map(([, to]) => complaint(name, to!)),
    );
    assert.ok(imports.length > 200, 'this test has become blind');
    assert.deepEqual(
      imports.filter((line) => line !== null),
      [],
    );
  });

  it('never makes markup or code of text', () => {
    const makers =
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|javascript:/;
    assert.deepEqual(
      files.filter(({ text }) => makers.test(text)).map(({ name }) => name),
      [],
    );
  });

  it('keeps its files short enough to read', () => {
    const long = files.filter(({ text }) => text.split('\n').length > LONGEST_FILE);
    assert.deepEqual(
      long.map(({ name }) => name),
      [],
    );
  });
});
