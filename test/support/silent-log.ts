/** A log that keeps what was said, and prints nothing. */

import type { Log } from '../../lib/ports/log.ts';

export interface KeptLog extends Log {
  readonly lines: { level: 'debug' | 'info' | 'warn' | 'error'; fields: object; text: string }[];
}

export function silentLog(): KeptLog {
  const lines: KeptLog['lines'] = [];
  const keep = (level: KeptLog['lines'][number]['level']) => (fields: object, text: string) => {
    lines.push({ level, fields, text });
  };
  const log: KeptLog = {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  return log;
}
