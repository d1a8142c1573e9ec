import { type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import type { Log } from '../ports/log.ts';
import { redactedLine } from './redaction.ts';

export interface LogOptions {
  level: string;
  /** Lines for a person instead of JSON. */
  pretty: boolean;
}

/** pino's number of `info`. */
const INFO = 30;

/** The process's log on stdout. No secret stands in it, and from `info` on no telephone number. */
export async function createLog({ level, pretty }: LogOptions): Promise<Log> {
  const settings: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // errors come as fields
    serializers: { err: (value: unknown) => value },
    hooks: {
      logMethod(args, method, weight) {
        const [fields, text] = args as unknown as [object, string];
        method.apply(this, redactedLine(fields, text, weight >= INFO) as unknown as Parameters<typeof method>);
      },
    },
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
