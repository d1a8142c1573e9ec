import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The one-way rule between the rooms of `lib/`, checked. A room that is not in this table may not exist.
 * `rooms`: what it may import beside itself. `packages`: libraries; null: any.
 */
const ROOMS: Record<string, { rooms: string[] | 'all'; packages: string[] | null; node: boolean }> = {
  core: { rooms: [], packages: ['libphonenumber-js', 're2js', 'ipaddr.js'], node: false },
  ports: { rooms: ['core'], packages: [], node: false },
  app: { rooms: ['core', 'ports'], packages: [], node: false },
  schema: { rooms: ['core'], packages: ['zod', 'yaml', 're2js', 'ipaddr.js'], node: false },
  config: { rooms: ['schema', 'core'], packages: [], node: true },
  system: { rooms: ['ports'], packages: ['pino', 'pino-pretty'], node: true },
  sip: { rooms: ['core', 'ports'], packages: ['drachtio-srf', 'drachtio-fn-b2b-sugar', 'sdp-transform'], node: true },
  media: { rooms: ['core', 'ports'], packages: ['sdp-transform', 'rtpengine-client'], node: true },
  records: { rooms: ['core', 'ports'], packages: [], node: true },
  store: { rooms: ['core', 'ports'], packages: ['better-sqlite3', 'kysely', 'pg'], node: true },
  http: {
    rooms: ['schema', 'core', 'ports'],
    packages: ['fastify', '@fastify/helmet', '@node-rs/argon2', 'zod', 'ipaddr.js'],
    node: true,
  },
  engine: { rooms: [], packages: ['fast-xml-parser'], node: true },
  cli: { rooms: 'all', packages: null, node: true },
};

/** Longer than 350 lines, each with its reason. This list may only shrink. */
const LONG_FILES: Record<string, number> = {};

const BANNED_IN_PURE_ROOMS: Array<[RegExp, string]> = [
  [/\bDate\.now\b|\bnew Date\(\)/, 'the wall clock (ports/clock.ts has it)'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'timers (ports/clock.ts has them)'],
  [/\bMath\.random\b|\brandomUUID\b|\bcrypto\b/, 'randomness (ports/ids.ts has it)'],
  [/\bprocess\./, 'process'],
];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const lib = join(import.meta.dirname, '../../lib');
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const textOf = new Map(files.map((file) => [file, readFileSync(join(lib, file), 'utf8')]));
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : 'main');

function importsOf(file: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^import\s+['"]([^'"]+)['"]/gm;
  return [...textOf.get(file)!.matchAll(pattern)].map((match) => ({
    from: file,
    to: match[2] ?? match[3] ?? match[4]!,
    typeOnly: match[1] !== undefined,
  }));
}

function complaint({ from, to }: Import): string | null {
  const room = roomOf(from);
  const rule = ROOMS[room];
  if (room === 'main') return null;
  if (!rule) return `lib/${from}: the room ${room}/ is not in the table of test/arch`;
  if (to.startsWith('.')) {
    const target = roomOf(relative(lib, join(lib, dirname(from), to)));
    if (target === room || rule.rooms === 'all' || rule.rooms.includes(target)) return null;
    return `lib/${from}: ${room}/ may not know ${target}/ (${to})`;
  }
  if (to.startsWith('node:')) return rule.node ? null : `lib/${from}: ${room}/ is pure and may not use ${to}`;
  const name = to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
  return rule.packages === null || rule.packages.includes(name) ? null : `lib/${from}: ${room}/ may not use ${name}`;
}

/** Code without its comments and strings, so that a word in a sentence is no offence. */
const codeOf = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

describe('the house', () => {
  it('keeps the one-way rule between its rooms', () => {
    const complaints = files
      .flatMap(importsOf)
      .map(complaint)
      .filter((line) => line !== null);
    assert.deepEqual(complaints, []);
  });

  it('lets only the façade know drachtio-srf', () => {
    const others = files
      .flatMap(importsOf)
      .filter(({ from, to }) => to === 'drachtio-srf' && from !== 'sip/srf-facade.ts');
    assert.deepEqual(others, []);
  });

  it('reads the environment in config/ alone', () => {
    const readers = files.filter((file) => /process\.env/.test(codeOf(textOf.get(file)!)) && roomOf(file) !== 'config');
    assert.deepEqual(readers, []);
  });

  it('keeps clocks, timers, randomness and process out of core, ports and app', () => {
    const offences = files
      .filter((file) => ['core', 'ports', 'app'].includes(roomOf(file)))
      .flatMap((file) =>
        BANNED_IN_PURE_ROOMS.filter(([pattern]) => pattern.test(codeOf(textOf.get(file)!))).map(
          ([, what]) => `lib/${file}: ${what}`,
        ),
      );
    assert.deepEqual(offences, []);
  });

  it('has no `any` in core, ports and app', () => {
    const offenders = files.filter(
      (file) =>
        ['core', 'ports', 'app'].includes(roomOf(file)) && /[:<,|]\s*any\b|\bas any\b/.test(codeOf(textOf.get(file)!)),
    );
    assert.deepEqual(offenders, []);
  });

  it('keeps its files short enough to read', () => {
    const long = files
      .map((file) => ({ file, lines: textOf.get(file)!.split('\n').length }))
      .filter(({ file, lines }) => lines > (LONG_FILES[file] ?? 350))
      .map(({ file, lines }) => `lib/${file}: ${lines} lines`);
    assert.deepEqual(long, []);
    const obsolete = Object.keys(LONG_FILES).filter((file) => (textOf.get(file)?.split('\n').length ?? 0) <= 350);
    assert.deepEqual(obsolete, [], 'these are short now: take them off the list');
  });

  it('names its rooms and files after nouns of the field', () => {
    const vague = files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|managers?)(\/|\.ts$)/.test(file));
    assert.deepEqual(vague, []);
  });
});
