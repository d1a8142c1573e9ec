/** `route`: which route of an outgoing rule takes a number, and what is dialled; `pattern`: routes of Asterisk, as ours. */

import { stringify } from 'yaml';
import type { LocalConfig } from '../config/local-config.ts';
import { translatePattern } from '../core/dialplan/asterisk-pattern.ts';
import { formatTrial, tryRule } from '../core/dialplan/try-rule.ts';
import { flaw, flawText } from '../core/mistake.ts';
import { shown, suggestion } from '../schema/nearest.ts';
import { type CliDependencies, CommandError, type ExitCode } from './cli-dependencies.ts';
import { configurationFor } from './commands.ts';
import { instantFlag } from './instant-flag.ts';

export interface RouteOptions {
  rule: string;
  number: string;
  received?: string;
  /** ISO 8601. */
  at?: string;
  callerId?: string;
  trunk?: string;
  /** An attempt's id: its draw among trunks with a weight. */
  attempt?: string;
  config?: string;
  json?: boolean;
}

/** @param now epoch milliseconds. Ends with 1 where nothing can be dialled */
export async function routeCommand(
  options: RouteOptions,
  config: LocalConfig,
  { dependencies, now }: { dependencies: CliDependencies; now: number },
): Promise<ExitCode> {
  const configuration = await configurationFor(options.config, config, dependencies);
  if (configuration === null) return 1;
  const trial = tryRule(configuration, options, {
    at: options.at === undefined ? now : instantFlag('--at', options.at),
    draw: options.attempt ?? null,
  });
  if (trial === null) throw new CommandError(unknown('outgoing rule', options.rule, configuration.outgoingRules));
  if (options.trunk !== undefined && !configuration.trunks.some(({ name }) => name === options.trunk))
    throw new CommandError(unknown('trunk', options.trunk, configuration.trunks));
  const data = { ...trial, at: new Date(trial.at).toISOString() };
  dependencies.out(options.json === true ? JSON.stringify(data, null, 2) : formatTrial(trial).trimEnd());
  return trial.refusal === null ? 0 : 1;
}

function unknown(noun: string, word: string, known: readonly { name: string }[]): string {
  const names = known.map(({ name }) => name);
  return flawText(flaw('no-such', { noun, name: shown(word), hint: suggestion(word, names) }));
}

/** Prints the routes as YAML. Ends with 1 where one cannot be translated. */
export function patternCommand(patterns: readonly string[], trunk: string, dependencies: CliDependencies): ExitCode {
  const translated = patterns.map((text) => translatePattern(text));
  for (const result of translated) if (!result.ok) dependencies.err(`${result.pattern}: ${result.message}`);
  if (translated.some(({ ok }) => !ok)) return 1;
  const routes = translated.flatMap((result) => (result.ok ? [{ ...result.route, trunks: [trunk] }] : []));
  dependencies.out(
    stringify(routes, { lineWidth: 0, defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN' }).trimEnd(),
  );
  return 0;
}
