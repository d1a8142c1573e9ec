/** The command line: which command, with which arguments. */

import { Command, CommanderError } from 'commander';
import { flagHelp } from '../config/flag-reader.ts';
import { type LocalConfig, type LocalFlags, localConfig } from '../config/local-config.ts';
import { type Environment, parseFlags, SERVE_FLAGS, type ServeConfig } from '../config/serve-config.ts';
import { type CliDependencies, CommandError } from './cli-dependencies.ts';
import type { ExplainOptions } from './commands.ts';
import type { RouteOptions } from './route-command.ts';
import type { AddOptions } from './suppressions.ts';
import type { SwitchOptions } from './trunk-commands.ts';
import { version } from './version.ts';
import type { EngineOptions } from './wiring.ts';

export interface ProgramOptions {
  environment: Environment;
  dependencies: CliDependencies;
  serve(config: ServeConfig): Promise<number>;
  engine(options: EngineOptions): Promise<number>;
}

function local(flags: LocalFlags, environment: Environment): LocalConfig {
  const config = localConfig(flags, environment);
  if (!config.ok) throw new CommandError(config.message);
  return config.value;
}

function withLocalFlags(command: Command): Command {
  return command
    .option('--data <DIR>', 'where the store is (default: ./data) [CALLBACK_DATA]')
    .option('--database <URL>', 'postgres://… of several nodes instead [DATABASE_URL]')
    .option('--http <HOST:PORT>', 'API of a server that owns it (default: 127.0.0.1:8080) [CALLBACK_HTTP]')
    .option('--api-key <KEY>', 'its key (default: the control file in DIR) [CALLBACK_API_KEY]');
}

/** Flags of `serve` are parsed by config/, which also knows the environment; commander gives the help alone. */
function addServe(program: Command, { environment, serve }: ProgramOptions, done: (code: number) => void): void {
  program
    .command('serve')
    .description('run the application; without flags a working demo on loopback')
    .usage('[flags]')
    .argument('[flags...]')
    .allowUnknownOption()
    .addHelpText('after', `\nFlags [environment]:\n${flagHelp(SERVE_FLAGS)}`)
    .action(async (_flags, _options, command: Command) => {
      const parsed = parseFlags(command.args, environment);
      if (!parsed.ok) throw new CommandError(parsed.message);
      done(await serve(parsed.value));
    });
}

function addEngine(program: Command, { engine }: ProgramOptions, done: (code: number) => void): void {
  program
    .command('engine')
    .description('run only the embedded SIP engine, for any drachtio-srf application')
    .option('--drachtio-conf <FILE>', 'its settings (default: drachtio.conf.xml)')
    .action(async ({ drachtioConf }: { drachtioConf?: string }) => {
      const conf = { path: drachtioConf ?? 'drachtio.conf.xml', given: drachtioConf !== undefined };
      done(await engine({ drachtioConf: conf }));
    });
}

function addConfigurationCommands(program: Command, options: ProgramOptions, done: (code: number) => void): void {
  const { environment, dependencies } = options;
  const commands = () => import('./commands.ts');
  withLocalFlags(program.command('apply').argument('<FILE>'))
    .description('bring the stored configuration to what FILE says; nothing is applied if it has a mistake')
    .action(async (file: string, flags: LocalFlags) =>
      done(await (await commands()).applyCommand(file, local(flags, environment), dependencies)),
    );
  withLocalFlags(program.command('export'))
    .description('print the stored configuration, passwords masked')
    .action(async (flags: LocalFlags) =>
      done(await (await commands()).exportCommand(local(flags, environment), dependencies)),
    );
  program
    .command('check')
    .argument('<FILE>')
    .description('validate a configuration file only')
    .option('--data <DIR>', 'where recordings of your own are (default: ./data)')
    .action(async (file: string, flags: LocalFlags) => {
      const { dataDirectory } = local(flags, environment);
      done(await (await commands()).checkCommand(file, dependencies, dataDirectory));
    });
  withLocalFlags(program.command('explain'))
    .description('dry run: which rule, target, trunk, caller ID and time a call would get, and why')
    .requiredOption('--to <DID>', 'the dialled number')
    .requiredOption('--from <NUMBER>', "the caller's number")
    .option('--source <TRUNK>', 'name of the trunk that it comes from, or its ADDRESS:PORT')
    .option('--asserted <NUMBER>', 'its P-Asserted-Identity')
    .option('--privacy <VALUE>', 'its Privacy, as in id')
    .option('--diversion <NUMBER>', 'the number that was dialled first, where it was forwarded')
    .option('--at <INSTANT>', 'when it calls, as in 2026-11-20T12:00:00Z (default: now)')
    .option('--config <FILE>', 'a configuration file instead of what is stored')
    .option('--json', 'as data')
    .action(async (flags: LocalFlags & ExplainOptions) =>
      done(await (await commands()).explainCommand(flags, local(flags, environment), dependencies)),
    );
  withLocalFlags(program.command('registrations').argument('[EXTENSION]'))
    .description('which phones have registered, from where and until when')
    .option('--json', 'as data')
    .action(async (extension: string | undefined, flags: LocalFlags & { json?: boolean }) => {
      const { registrationsCommand } = await import('./registrations.ts');
      const { json = false } = flags;
      const wanted = { json, ...(extension === undefined ? {} : { extension }) };
      done(await registrationsCommand(wanted, local(flags, environment), dependencies));
    });
  addRoute(program, options, done);
  withLocalFlags(program.command('migrate'))
    .description('bring the database schema up to date')
    .action(async (flags: LocalFlags) =>
      done(await (await commands()).migrateCommand(local(flags, environment), dependencies)),
    );
  addTrunkCommands(program, options, done);
  addMove(program, options, done);
}

function addRoute(program: Command, { environment, dependencies }: ProgramOptions, done: (code: number) => void): void {
  const commands = () => import('./route-command.ts');
  withLocalFlags(program.command('route'))
    .description('which route of an outgoing rule takes a number, and what is dialled through which trunk')
    .requiredOption('--rule <NAME>', 'the outgoing rule')
    .requiredOption('--number <NUMBER>', 'the number, in any usual form')
    .option('--received <TEXT>', 'the number as it was received, where that is another form')
    .option('--at <INSTANT>', 'when, as in 2026-11-20T12:00:00Z (default: now)')
    .option('--caller-id <NUMBER>', 'the caller ID that is wanted (default: the first inbound number)')
    .option('--trunk <NAME>', 'the trunk that a callback rule names beside the outgoing rule')
    .option('--attempt <ID>', 'the attempt whose draw among weighted trunks is shown')
    .option('--config <FILE>', 'a configuration file instead of what is stored')
    .option('--json', 'as data')
    .action(async (flags: LocalFlags & RouteOptions) => {
      const how = { dependencies, now: Date.now() };
      done(await (await commands()).routeCommand(flags, local(flags, environment), how));
    });
  program
    .command('pattern')
    .description('patterns of Asterisk and FreePBX as routes of an outgoing rule')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Asterisk's
    .argument('<PATTERN...>', "as in '_9NXXNXXXXXX', '0+9|NXXXXXX', 'exten => _9X.,1,Dial(PJSIP/${EXTEN:1}@carrier)'")
    .option('--trunk <NAME>', 'the trunk of the routes', 'TRUNK')
    .action(async (patterns: string[], { trunk }: { trunk: string }) =>
      done((await commands()).patternCommand(patterns, trunk, dependencies)),
    );
}

function addTrunkCommands(program: Command, options: ProgramOptions, done: (code: number) => void): void {
  const { environment, dependencies } = options;
  const commands = () => import('./trunk-commands.ts');
  withLocalFlags(program.command('trunks'))
    .description('how the trunks are: up, down, parked, registered; as the running server sees them')
    .option('--json', 'as data')
    .action(async (flags: LocalFlags & { json?: boolean }) =>
      done(await (await commands()).trunksCommand(flags, local(flags, environment), dependencies)),
    );
  withLocalFlags(program.command('switch').argument('[NAME]').argument('[on|off]'))
    .description('turn `accept` (callbacks are promised) or `dial` (anybody is dialled) on or off; alone: show them')
    .option('--trunk <NAME>', 'of this trunk only')
    .option('--json', 'as data')
    .action(async (name: string | undefined, state: string | undefined, flags: LocalFlags & SwitchOptions) =>
      done(await (await commands()).switchCommand({ ...flags, name, state }, local(flags, environment), dependencies)),
    );
}

function addMove(program: Command, { environment, dependencies }: ProgramOptions, done: (code: number) => void): void {
  program
    .command('move')
    .description('copy the embedded store into an empty PostgreSQL database, all or nothing')
    .option('--from <DIR>', 'the embedded store, which no server uses (or --data; default: ./data) [CALLBACK_DATA]')
    .option('--to <URL>', 'postgres://… of the database (or --database) [DATABASE_URL]')
    .option('--data <DIR>', 'as --from')
    .option('--database <URL>', 'as --to')
    .action(async ({ from, to, data, database }: { from?: string; to?: string; data?: string; database?: string }) => {
      const flags = { data: from ?? data ?? '', database: to ?? database ?? '' };
      done(await (await import('./commands.ts')).moveCommand(local(flags, environment), dependencies));
    });
}

/** `doctor` knows the flags of `serve`: it looks at what that would use. */
function addDoctor(program: Command, options: ProgramOptions, done: (code: number) => void): void {
  const { environment, dependencies } = options;
  program
    .command('doctor')
    .description('look at NAT, ports, DNS, trunks, passwords, caller IDs, clock, disk, database; change nothing')
    .usage('[flags of serve] [--offline] [--json]')
    .argument('[flags...]')
    .allowUnknownOption()
    .option('--offline', 'ask nobody but this machine and its database')
    .option('--json', 'as data')
    .addHelpText(
      'after',
      '\nExit code: 0, nothing is broken; 1, something is; 2, a bad flag. `serve --help` lists the other flags.',
    )
    .action(
      async (_flags, { offline = false, json = false }: { offline?: boolean; json?: boolean }, command: Command) => {
        const parsed = parseFlags(command.args, environment);
        if (!parsed.ok) throw new CommandError(parsed.message);
        const { doctorCommand } = await import('./doctor/command.ts');
        done(await doctorCommand(parsed.value, { offline, json, environment, dependencies }));
      },
    );
}

function addSuppressions(
  program: Command,
  { environment, dependencies }: ProgramOptions,
  done: (code: number) => void,
): void {
  const commands = () => import('./suppressions.ts');
  const group = program.command('suppressions').description('numbers that are never called: list, add, remove');
  withLocalFlags(group.command('list'))
    .description('print them, the latest first')
    .action(async (flags: LocalFlags) =>
      done(await (await commands()).listSuppressions(local(flags, environment), dependencies)),
    );
  withLocalFlags(group.command('add').argument('[NUMBER...]'))
    .description('put numbers on the list')
    .option('--reason <TEXT>', 'why')
    .option('--expires <INSTANT>', 'until 2026-12-31T00:00:00Z (default: for ever)')
    .option('--file <FILE>', 'numbers from a file, one a line')
    .action(async (numbers: string[], flags: LocalFlags & AddOptions) => {
      const config = local(flags, environment);
      done(await (await commands()).addSuppressions(numbers, flags, { config, dependencies }));
    });
  withLocalFlags(group.command('remove').argument('<NUMBER...>'))
    .description('take numbers off the list')
    .action(async (numbers: string[], flags: LocalFlags) =>
      done(await (await commands()).removeSuppressions(numbers, local(flags, environment), dependencies)),
    );
}

function addPassword(
  program: Command,
  { environment, dependencies }: ProgramOptions,
  done: (code: number) => void,
): void {
  withLocalFlags(program.command('password').argument('<USER>'))
    .description('give a user who has forgotten it a new password for once; ends his sessions')
    .option('--no-totp', 'take the second factor off too')
    .action(async (username: string, flags: LocalFlags & { totp: boolean }) => {
      const { passwordCommand } = await import('./password.ts');
      done(await passwordCommand({ username, totp: flags.totp }, local(flags, environment), dependencies));
    });
}

function createProgram(options: ProgramOptions, done: (code: number) => void): Command {
  const { dependencies } = options;
  const program = new Command('drachtio-callback');
  program
    .description('The callback system: a call is rejected with a callback reason, and the phone rings back.')
    .version(version())
    .configureOutput({
      writeOut: (text) => dependencies.out(text.trimEnd()),
      writeErr: (text) => dependencies.out(text.trimEnd()),
      // one line by the catch below
      outputError: () => undefined,
    })
    .exitOverride();
  addServe(program, options, done);
  addEngine(program, options, done);
  addConfigurationCommands(program, options, done);
  addDoctor(program, options, done);
  addSuppressions(program, options, done);
  addPassword(program, options, done);
  return program;
}

/** @param argv what stands after the program's name. @returns the exit code */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<number> {
  const { dependencies } = options;
  let code = 0;
  const program = createProgram(options, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code !== 'commander.help')
        dependencies.err(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
      return 2;
    }
    dependencies.err(error instanceof Error ? error.message : String(error));
    return 2;
  }
}
