/** Whether the rtpengines answer, whether they can read our prompts, and who else could tell them what to do. */

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type HostPort, hostPortText } from '../../config/address.ts';
import type { ServeConfig } from '../../config/serve-config.ts';
import { NgLink } from '../../media/rtpengine/ng-link.ts';
import type { Log } from '../../ports/log.ts';
import { playDirectoryOf } from '../open-media.ts';
import { type Finding, fault, note, ok, warning } from './finding.ts';
import { reachOf } from './nat.ts';
import { bindProblem, portFinding } from './ports.ts';

const CHECK = 'rtpengine';
const TIMEOUT_MS = 1500;

export interface MediaServersAsked {
  /** The IPv4 addresses of a name. */
  addressesOf(host: string): Promise<string[]>;
  isRunning: boolean;
  offline: boolean;
  log: Log;
}

export async function checkMediaServers(config: ServeConfig, asked: MediaServersAsked): Promise<Finding[]> {
  if (config.media !== 'rtpengine' || config.rtpengine === null) return [];
  const { servers, dtmf } = config.rtpengine;
  const findings = asked.offline ? [] : await Promise.all(servers.map((server) => checkServer(server, asked)));
  const prompts = await promptFinding(playDirectoryOf(config));
  if (dtmf === null) {
    const advice = 'name where its --dtmf-log-dest goes, by --rtpengine-dtmf';
    return [...findings.flat(), prompts, warning(CHECK, 'keys are heard by SIP INFO alone', advice)];
  }
  const socket = { protocol: 'udp' as const, address: dtmf.host, port: dtmf.port };
  const { isRunning } = asked;
  const problem = await bindProblem(socket);
  return [...findings.flat(), prompts, portFinding(CHECK, socket, { problem, flag: '--rtpengine-dtmf', isRunning })];
}

async function checkServer(server: HostPort, { addressesOf, log }: MediaServersAsked): Promise<Finding[]> {
  const name = hostPortText(server);
  const [address] = (await addressesOf(server.host)).filter((one) => !one.includes(':'));
  if (address === undefined)
    return [fault(CHECK, `${name} has no IPv4 address`, 'correct --rtpengine: its control address has to be IPv4')];
  const reach = reachOf(address) === 'public' ? [openFinding(name)] : [];
  const link = new NgLink({ host: address, port: server.port, log, timeoutMs: TIMEOUT_MS });
  try {
    const { statistics } = await link.send('statistics');
    const calls = (statistics as { currentstatistics?: { sessionsown?: unknown } } | undefined)?.currentstatistics;
    return [ok(CHECK, `${name} answers; it has ${Number(calls?.sessionsown ?? 0)} calls`), ...reach];
  } catch (error) {
    const advice = `start it with --listen-ng=${address}:${server.port}, or correct --rtpengine`;
    return [fault(CHECK, error instanceof Error ? error.message : String(error), advice), ...reach];
  } finally {
    link.close();
  }
}

function openFinding(name: string): Finding {
  const advice = 'whoever reaches it can record and redirect calls: keep it on loopback or a private network';
  return warning(CHECK, `${name} is a public address, and the control port asks for no password`, advice);
}

/** Its user is mostly another one than ours. */
async function promptFinding(directory: string): Promise<Finding> {
  for (let path = directory; ; path = dirname(path)) {
    const status = await stat(path).catch(() => null);
    if (status !== null && (status.mode & 0o001) === 0) {
      const advice = 'let it run as the same user, or name a directory that it can read, by --rtpengine-prompts';
      return note(CHECK, `${path} is closed to other users: prompts are played by an rtpengine of ours alone`, advice);
    }
    if (path === dirname(path)) return ok(CHECK, `prompts are read from ${directory}`);
  }
}
