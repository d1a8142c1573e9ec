/** Structured log, as pino has it: fields first, then one sentence. Phone numbers are redacted at `info` and above. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
  child(fields: object): Log;
}
