/** One screen on everything that a running server depends on: looks, asks, and changes nothing. */

import { execFile } from 'node:child_process';
import type { Environment, ServeConfig } from '../../config/serve-config.ts';
import type { Configuration } from '../../core/configuration.ts';
import { Resolver } from '../../engine/resolver/resolver.ts';
import type { ListenPoint } from '../../engine/transport/flow.ts';
import type { TlsConnector } from '../../engine/transport/tls-connector.ts';
import type { TlsSettings } from '../../engine/transport/tls-credentials.ts';
import type { Log } from '../../ports/log.ts';
import type { CliDependencies } from '../cli-dependencies.ts';
import { engineSettings } from '../engine-settings.ts';
import { resolveHost } from '../resolve-host.ts';
import { checkCallerIds } from './caller-ids.ts';
import { checkTls } from './certificate.ts';
import { configurationFor } from './configuration-for.ts';
import { type Diagnosis, diagnosisOf, type Finding, fault } from './finding.ts';
import { checkDisk, checkFiles, checkNode, checkNtp, type Run, readLimits } from './machine.ts';
import { checkMediaServers } from './media-servers.ts';
import { checkNat, localAddresses, reachOf } from './nat.ts';
import { bindProblem, checkRtp, portFinding } from './ports.ts';
import { type RunningServer, runningServer, serverFinding } from './running-server.ts';
import { checkSettings } from './settings.ts';
import type { Target } from './sip-probe.ts';
import { checkTrunk, type Resolved, resolvedFinding } from './trunks.ts';

export interface DoctorOptions {
  /** Asks nobody but this machine and its database. */
  offline: boolean;
  environment: Environment;
  dependencies: CliDependencies;
  now?: () => number;
  run?: Run;
}

/** More trunks than fit one screen are not asked. */
const MOST_TRUNKS = 50;
const RUN_TIMEOUT_MS = 2_000;

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const runProgram: Run = (command, ...args) =>
  new Promise((resolve) => {
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
    execFile(command, args, { timeout: RUN_TIMEOUT_MS, env }, (error, stdout) => resolve(error ? null : stdout));
  });

/** @returns what was found, in the order in which a person would look */
export async function doctor(config: ServeConfig, options: DoctorOptions): Promise<Diagnosis> {
  const { dependencies, environment, run = runProgram } = options;
  const running = await runningServer(config, dependencies.fetch);
  const known = await configurationFor(config, running, dependencies);
  const { configuration } = known;
  const machine = await Promise.all([
    [checkNode(process.version), ...checkFiles(await readLimits()), serverFinding(running)],
    checkDisk('disk', config.dataDirectory),
    config.cdrDirectory === null ? [] : checkDisk('cdr', config.cdrDirectory),
    checkNtp(run).then((finding) => [finding]),
    databaseFindings(config, options),
  ]);
  const listening = await listenPoints(config);
  const sockets = await Promise.all([
    sipFindings(listening, running),
    otherSockets(config, running, listening),
    checkMediaServers(config, {
      addressesOf: (host) => resolveHost(`sip:${host}`),
      isRunning: running !== null,
      offline: options.offline,
      log: silent,
    }),
  ]);
  const { now = Date.now } = options;
  const tls = listening.ok ? checkTls(listening.tls, listening.points, now()) : checkTls({}, [], now());
  const asked = { config, configuration, listening, options, tls: tls.connector };
  const outside = configuration === null ? [] : await outsideFindings({ ...asked, configuration });
  return diagnosisOf([
    ...machine.flat(),
    ...known.findings,
    ...(configuration === null ? [] : checkSettings(configuration, environment)),
    ...(configuration === null ? [] : checkCallerIds(configuration)),
    ...sockets.flat(),
    ...tls.findings,
    ...outside,
  ]);
}

async function databaseFindings({ database }: ServeConfig, { now = Date.now }: DoctorOptions): Promise<Finding[]> {
  if (database === null) return [];
  return (await import('./database.ts')).checkDatabase(database, now);
}

type Listening = { ok: true; points: readonly ListenPoint[]; tls: TlsSettings } | { ok: false; finding: Finding };

async function listenPoints(config: ServeConfig): Promise<Listening> {
  if (config.drachtio !== null) return { ok: true, points: [], tls: config.tls };
  try {
    const { listenPoints, tls = {} } = await engineSettings(config, { path: '', secret: '' }, silent);
    return { ok: true, points: listenPoints, tls };
  } catch (error) {
    return { ok: false, finding: fault('sip', (error as Error).message, 'correct --sip, or drachtio.conf.xml') };
  }
}

async function sipFindings(listening: Listening, running: RunningServer | null): Promise<Finding[]> {
  if (!listening.ok) return [listening.finding];
  return Promise.all(
    listening.points.map(async ({ protocol, address, port }) => {
      const socket = { protocol, address, port };
      const problem = await bindProblem(socket);
      return portFinding('sip', socket, { problem, flag: '--sip', isRunning: running !== null });
    }),
  );
}

async function otherSockets(
  config: ServeConfig,
  running: RunningServer | null,
  listening: Listening,
): Promise<Finding[]> {
  const isRunning = running !== null;
  const http = { protocol: 'tcp' as const, address: config.http.host, port: config.http.port };
  const findings = [portFinding('http', http, { problem: await bindProblem(http), flag: '--http', isRunning })];
  if (config.media !== 'embedded') return findings;
  const address = (listening.ok ? listening.points[0]?.address : null) ?? '127.0.0.1';
  return [...findings, await checkRtp(config.rtpPorts, { address, isRunning })];
}

interface Outside {
  config: ServeConfig;
  configuration: Configuration;
  listening: Listening;
  options: DoctorOptions;
  tls: TlsConnector;
}

async function outsideFindings({ config, configuration, listening, options, tls }: Outside): Promise<Finding[]> {
  const resolver = new Resolver();
  try {
    const trunks = configuration.trunks.slice(0, MOST_TRUNKS);
    const resolved = await Promise.all(trunks.map(({ proxy }) => resolveTrunk(resolver, proxy, options.offline)));
    const { advertise } = config;
    const advertised =
      advertise === null ? [] : await resolveHost(`sip:${advertise.includes(':') ? `[${advertise}]` : advertise}`);
    const points = listening.ok ? listening.points : [];
    const nat = checkNat({
      listening: points.map(({ address }) => address),
      advertise: advertise === null ? null : { host: advertise, addresses: advertised },
      trunks: trunks.map(({ name }, i) => ({ name, addresses: addressesOf(resolved[i]) })),
      local: localAddresses(),
    });
    const { environment, offline, now = Date.now } = options;
    const from = (target: Target) => sourceFor(target, points);
    const asked = trunks.map((trunk, i) => ({
      trunk,
      resolved: resolved[i]!,
      from,
      advertised,
      environment,
      now,
      tls,
    }));
    return [
      ...(points.length === 0 ? [] : nat),
      ...asked.filter((one) => !offline || one.resolved.ok).map((one) => resolvedFinding(one.trunk, one.resolved)),
      ...(offline ? [] : (await Promise.all(asked.map(checkTrunk))).flat()),
    ];
  } finally {
    resolver.close();
  }
}

const addressesOf = (resolved: Resolved | undefined): string[] =>
  resolved?.ok === true ? resolved.targets.map(({ address }) => address) : [];

/** Offline, names are not asked for; addresses are what they are. */
async function resolveTrunk(resolver: Resolver, proxy: string, offline: boolean): Promise<Resolved> {
  const isLiteral = /^sips?:(?:[^@]*@)?(?:\[|\d+\.\d+\.\d+\.\d+(?=[:;]|$))/i.test(proxy);
  if (offline && !isLiteral) return { ok: false, reason: 'not looked up' };
  return resolver.resolve(proxy);
}

/** From the address at which SIP listens, so that a trunk which knows us by it answers. */
function sourceFor(target: Target, points: readonly ListenPoint[]): { address: string; port: number } | null {
  const isV6 = target.address.includes(':');
  const isNear = reachOf(target.address) === 'loopback';
  const point = points.find(
    ({ protocol, address }) =>
      protocol === target.protocol && address.includes(':') === isV6 && (reachOf(address) === 'loopback') === isNear,
  );
  return point === undefined || reachOf(point.address) === 'any' ? null : { address: point.address, port: 0 };
}
