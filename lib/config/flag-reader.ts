/** `--name value` and `--name=value` against a table of flags. */

import { nearest, shown } from '../schema/nearest.ts';

export interface Flag {
  name: string;
  /** What stands for the value in the help; empty: there is none, the flag alone says it. */
  argument: string;
  /** Environment variable; null: none. */
  environment: string | null;
  text: string;
  repeatable?: boolean;
}

export type FlagValues = ReadonlyMap<string, readonly string[]>;

export class FlagError extends Error {}

function unknownFlag(word: string, flags: readonly Flag[]): FlagError {
  const near = nearest(
    word.replace(/^-+/, ''),
    flags.map((flag) => flag.name),
  );
  return new FlagError(`unknown flag \`${shown(word)}\`${near === null ? '' : `; did you mean \`--${near}\`?`}`);
}

/** Values by flag name, a later one of the same name winning unless the flag may be repeated. Throws FlagError. */
export function readFlags(argv: readonly string[], flags: readonly Flag[]): FlagValues {
  const values = new Map<string, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('--')) throw new FlagError(`\`${shown(word)}\` is not a flag`);
    const equals = word.indexOf('=');
    const name = equals === -1 ? word.slice(2) : word.slice(2, equals);
    const flag = flags.find((candidate) => candidate.name === name);
    if (flag === undefined) throw unknownFlag(`--${name}`, flags);
    if (flag.argument === '') {
      if (equals !== -1) throw new FlagError(`--${name} has no value`);
      values.set(name, ['on']);
      continue;
    }
    const next = equals === -1 ? argv[++i] : word.slice(equals + 1);
    if (next === undefined || next === '' || (equals === -1 && next.startsWith('--')))
      throw new FlagError(`--${name} needs a value: --${name} ${flag.argument}`);
    values.set(name, flag.repeatable === true ? [...(values.get(name) ?? []), next] : [next]);
  }
  return values;
}

/** Lines for `--help`. */
export function flagHelp(flags: readonly Flag[]): string {
  const heads = flags.map((flag) => `  --${flag.name} ${flag.argument}`.trimEnd());
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return flags
    .map((flag, i) => {
      const environment = flag.environment === null ? '' : ` [${flag.environment}]`;
      return `${heads[i]!.padEnd(width)}${flag.text}${environment}`;
    })
    .join('\n');
}
