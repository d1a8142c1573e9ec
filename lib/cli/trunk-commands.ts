/** How the trunks are, and the switches. */

import type { LocalConfig } from '../config/local-config.ts';
import { SWITCH_NAMES, type SwitchName } from '../core/trunk/switches.ts';
import { type CliDependencies, CommandError, type ExitCode } from './cli-dependencies.ts';
import { assertPlace, withAccess } from './commands.ts';
import type { SwitchesView } from './configuration-access.ts';
import { runningServer, type TrunkStatusView } from './running-server.ts';

const onOff = (on: boolean) => (on ? 'on' : 'off');

function notesOf(trunk: TrunkStatusView): string {
  const { down, parkedUntilAt, alarm, ping, registration, switches } = trunk;
  return [
    down === null ? null : `down since ${down.at} (${down.cause}, seen by ${down.by})`,
    parkedUntilAt === null ? null : `parked until ${parkedUntilAt}`,
    alarm === null ? null : `alarm: ${alarm}`,
    registration === null ? null : registrationText(registration),
    ping === null ? null : `OPTIONS ${ping.answered ? `${ping.status} in ${ping.roundTripMs} ms` : 'not answered'}`,
    switches.accept ? null : 'accept off',
    switches.dial ? null : 'dial off',
  ]
    .filter((note) => note !== null)
    .join(', ');
}

function registrationText(registration: NonNullable<TrunkStatusView['registration']>): string {
  const { state, expiresAt, nextAt, lastError } = registration;
  if (state === 'registered')
    return `registered until ${expiresAt}${lastError === null ? '' : ` (refresh: ${lastError})`}`;
  if (state === 'standby') return 'another node registers';
  return lastError === null ? state : `not registered: ${lastError}${nextAt === null ? '' : `, again at ${nextAt}`}`;
}

/** Columns as wide as their longest text. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** Names are the operator's, but a terminal obeys control characters. */
const printableLines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/\p{C}/gu, '?'))
    .join('\n');

export async function trunksCommand(
  { json = false }: { json?: boolean },
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const missing = 'the state of a trunk is known to a running server, and none answers';
  const trunks = await runningServer(config, dependencies, missing).trunkStatus();
  if (json) {
    dependencies.out(JSON.stringify(trunks, null, 2));
    return 0;
  }
  const rows = trunks.map((trunk) => [
    trunk.name,
    trunk.state,
    `${trunk.calls.active}`,
    `${trunk.calls.waiting}`,
    notesOf(trunk),
  ]);
  dependencies.out(printableLines(table([['TRUNK', 'STATE', 'CALLS', 'WAITING', ''], ...rows])));
  return 0;
}

export interface SwitchOptions {
  trunk?: string;
  json?: boolean;
}

function changeOf(name: string | undefined, state: string | undefined): { name: SwitchName; on: boolean } | null {
  if (name === undefined) return null;
  const known = SWITCH_NAMES.find((one) => one === name);
  if (known === undefined) throw new CommandError(`there is no switch ${name}: \`accept\` or \`dial\``);
  if (state !== 'on' && state !== 'off') throw new CommandError(`switch ${name} needs \`on\` or \`off\``);
  return { name: known, on: state === 'on' };
}

function switchesText({ accept, dial, trunks }: SwitchesView, only: string | undefined): string {
  const shown = trunks.filter(({ name }) => only === undefined || name === only);
  const rows = shown.map((trunk) => [trunk.name, onOff(trunk.accept), onOff(trunk.dial)]);
  return printableLines(table([['', 'ACCEPT', 'DIAL'], ['(all)', onOff(accept), onOff(dial)], ...rows]));
}

/** Without a name: shows them. */
export async function switchCommand(
  options: SwitchOptions & { name: string | undefined; state: string | undefined },
  config: LocalConfig,
  dependencies: CliDependencies,
): Promise<ExitCode> {
  const change = changeOf(options.name, options.state);
  assertPlace(config);
  const view = await withAccess(config, dependencies, (access) =>
    change === null ? access.switches() : access.switch({ ...change, trunk: options.trunk ?? null }),
  );
  if (options.trunk !== undefined && !view.trunks.some(({ name }) => name === options.trunk))
    throw new CommandError(`there is no trunk named ${options.trunk}`);
  dependencies.out(options.json === true ? JSON.stringify(view, null, 2) : switchesText(view, options.trunk));
  return 0;
}
