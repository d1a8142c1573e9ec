/** The configuration itself, and the passwords that stand elsewhere. */

import { resolveSecret } from '../../config/secret.ts';
import type { Environment } from '../../config/serve-config.ts';
import type { Configuration, Secret } from '../../core/configuration.ts';
import { warningsOf } from '../../schema/warnings.ts';
import { type Finding, fault, note, ok, warning } from './finding.ts';

const MOST_SHOWN = 8;

function secretsOf(configuration: Configuration): Array<{ path: string; secret: Secret }> {
  const { trunks, extensions, cdr } = configuration;
  const webhook = cdr?.webhook?.secret ?? null;
  return [
    ...trunks.flatMap(({ name, auth }) => (auth === null ? [] : [{ path: `trunk '${name}'`, secret: auth.password }])),
    ...extensions.flatMap(({ number, password }) =>
      password === null ? [] : [{ path: `extension '${number}'`, secret: password }],
    ),
    ...(webhook === null ? [] : [{ path: 'cdr.webhook', secret: webhook }]),
  ];
}

export function checkSettings(configuration: Configuration, environment: Environment): Finding[] {
  const { trunks, callbackRules, inboundNumbers, flows, extensions } = configuration;
  const counts = `${trunks.length} trunks, ${inboundNumbers.length} inbound numbers, ${callbackRules.length} callback rules, ${flows.length} flows, ${extensions.length} extensions`;
  const missing = secretsOf(configuration).flatMap(({ path, secret }) => {
    const read = resolveSecret(secret, environment);
    return read.ok
      ? []
      : [fault('configuration', `${path}: ${read.message}`, 'set it where the server runs, and for doctor')];
  });
  const warnings = warningsOf(configuration).map(({ path, message }) => note('configuration', `${path}: ${message}`));
  const more = warnings.length - MOST_SHOWN;
  return [
    ok('configuration', counts),
    ...(inboundNumbers.length === 0
      ? [warning('configuration', 'there is no inbound number: every call gets 404', 'add one to `inboundNumbers`')]
      : []),
    ...missing,
    ...warnings.slice(0, MOST_SHOWN),
    ...(more > 0 ? [note('configuration', `and ${more} more; \`check FILE\` shows all`)] : []),
  ];
}
