import { readFileSync } from 'node:fs';
import type { Secret } from '../core/configuration.ts';
import type { Log } from '../ports/log.ts';

/**
 * Reads secrets where they are kept, at the moment they are needed, so that a changed one counts without a restart.
 * @param environment looked up for `{ env: NAME }`
 */
export function secretReader(
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): (secret: Secret) => string {
  return (secret) => {
    if (typeof secret === 'string') return secret;
    if ('env' in secret) {
      const value = environment[secret.env];
      if (value === undefined)
        log.error({ variable: secret.env }, 'a password is to be read from a variable that is not set');
      return value ?? '';
    }
    try {
      return readFileSync(secret.file, 'utf8').trimEnd();
    } catch (error) {
      log.error({ file: secret.file, err: error }, 'a password is to be read from a file that cannot be read');
      return '';
    }
  };
}
