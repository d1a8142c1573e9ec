import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is the same in many scenarios, each in a file: `shared/fragments/NAME.xml`. */
export interface FragmentSource {
  /** @returns null when there is no such fragment */
  read(name: string): string | null;
}

export function fragmentsIn(folder: string): FragmentSource {
  return {
    read: (name) => {
      const file = join(folder, `${name}.xml`);
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : null;
    },
  };
}

const MAX_DEPTH = 4;

/**
 * Makes a SIPp scenario of a template. `<include fragment="respond" status="180" phrase="Ringing"/>` stands for the
 * fragment with its `{{status}}` and `{{phrase}}` filled in; what is left is filled in from the role's keys.
 * `{{cseq|10}}` has a default; a line that consists of one empty value goes. SIPp's own `[keyword]`s stay: it fills them
 * in everywhere but in a status line, which is why there are keys of ours.
 */
export function scenarioText(
  template: string,
  keys: Readonly<Record<string, string>>,
  fragments: FragmentSource,
): string {
  return filled(included(template, fragments, 0), keys, true);
}

function included(text: string, fragments: FragmentSource, depth: number): string {
  return text.replace(/^[ \t]*<include fragment="([a-z0-9-]+)"((?:\s+[a-zA-Z]+="[^"]*")*)\s*\/>/gm, (_, name, rest) => {
    const fragment = fragments.read(name);
    if (fragment === null) throw new Error(`there is no fragment \`${name}\``);
    if (depth >= MAX_DEPTH) throw new Error(`fragment \`${name}\` includes itself`);
    const given = [...String(rest).matchAll(/([a-zA-Z]+)="([^"]*)"/g)].map(([, key, value]) => [
      key!,
      unquoted(value!),
    ]);
    return included(filled(fragment, Object.fromEntries(given), false), fragments, depth + 1);
  });
}

const unquoted = (value: string) => value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');

/** @param isLast nothing may be left open */
function filled(text: string, values: Readonly<Record<string, string>>, isLast: boolean): string {
  const hole = /\{\{([a-zA-Z]+)(?:\|([^}]*))?\}\}/g;
  const value = (whole: string, name: string, standard: string | undefined): string => {
    const found = Object.hasOwn(values, name) ? values[name] : isLast ? standard : undefined;
    if (found === undefined && isLast) throw new Error(`the scenario needs the key \`${name}\``);
    return found ?? whole;
  };
  return text
    .split('\n')
    .flatMap((line) => {
      const done = line.replace(hole, value);
      return done.trim() === '' && line.trim() !== '' ? [] : [done];
    })
    .join('\n');
}
