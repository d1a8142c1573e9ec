import { once } from 'node:events';
import { readConf } from '../engine/conf.ts';
import { createEngine } from '../engine/engine.ts';
import { createLog } from '../system/log.ts';
import { StartupError } from './startup-error.ts';
import type { EngineOptions } from './wiring.ts';

/**
 * Runs the SIP engine alone, for any drachtio-srf application that connects to its admin port, until SIGTERM or SIGINT.
 * @returns the exit code
 * @throws StartupError for a bad file or a taken port
 */
export async function engine({ drachtioConf }: EngineOptions): Promise<number> {
  const read = await readConf(drachtioConf.path);
  if (!read.ok) throw new StartupError(read.problem);
  const log = await createLog({ level: 'info', pretty: process.stdout.isTTY });
  for (const warning of read.conf.warnings) log.warn({ file: drachtioConf.path }, warning);
  const running = createEngine(read.conf.settings, {
    onError: (error) => log.error({ err: error }, 'the SIP engine met a fault of its own'),
    onNotice: ({ level, text }) => log[level]({}, text),
  });
  const { sip, admin } = await running.start();
  const listening = sip.map(({ protocol, address, port }) => `${protocol}/${address}:${port}`);
  log.info({ sip: listening, admin: admin ? `${admin.address}:${admin.port}` : null }, 'ready');
  const renew = () => running.renewCertificates();
  process.on('SIGHUP', renew);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.off('SIGHUP', renew);
  await running.stop();
  return 0;
}
