import { pino, stdTimeFunctions } from 'pino';
import type { Log } from '../ports/log.ts';

export interface LogOptions {
  level: string;
  /** Lines for a person instead of JSON. */
  pretty: boolean;
}

/** The process's log on stdout. Secrets are cut out wherever a field bears such a name. */
export async function createLog({ level, pretty }: LogOptions): Promise<Log> {
  const settings = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: ['password', 'secret', 'key', '*.password', '*.secret', '*.key'], censor: '********' },
  };
  if (!pretty) {
    const log: Log = pino(settings, pino.destination({ dest: 1, sync: false, minLength: 0 }));
    return log;
  }
  // Loaded only for a person: it costs memory.
  const { default: prettyStream } = await import('pino-pretty');
  const stream = prettyStream({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
  const log: Log = pino(settings, stream);
  return log;
}
