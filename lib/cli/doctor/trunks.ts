/** Each trunk, asked: its name, whether it answers, whether it takes our password. */

import { resolveSecret } from '../../config/secret.ts';
import type { Environment } from '../../config/serve-config.ts';
import type { Trunk } from '../../core/configuration.ts';
import { type StreamConnector, tcpConnector } from '../../engine/transport/stream-connector.ts';
import { MASKED_SECRET } from '../../schema/field.ts';
import { sipUriHost } from '../../schema/sip-uri.ts';
import { type Finding, fault, note, ok, warning } from './finding.ts';
import { driftFinding } from './machine.ts';
import { seenFinding } from './nat.ts';
import { type ProbeAnswer, type ProbeRequest, type ProbeResult, probe, type Target } from './sip-probe.ts';

export type Resolved = { ok: true; targets: Target[] } | { ok: false; reason: string };

export interface TrunkQuestion {
  trunk: Trunk;
  resolved: Resolved;
  /** Where our own requests come from; null: the system chooses. */
  from: (target: Target) => ProbeRequest['from'];
  advertised: readonly string[];
  /** How TLS connects. */
  tls: StreamConnector;
  environment: Environment;
  now: () => number;
}

const targetText = ({ protocol, address, port }: Target): string =>
  `${protocol}/${address.includes(':') ? `[${address}]` : address}:${port}`;

export function resolvedFinding({ name, proxy }: Trunk, resolved: Resolved): Finding {
  if (resolved.ok) return ok('dns', `trunk '${name}': ${resolved.targets.map(targetText).slice(0, 4).join(', ')}`);
  return fault(
    'dns',
    `trunk '${name}': ${proxy}: ${resolved.reason}`,
    'correct `proxy`, or the DNS that this machine asks',
  );
}

/** OPTIONS, and REGISTER where there is a password. Nothing is changed on the other side. */
export async function checkTrunk(question: TrunkQuestion): Promise<Finding[]> {
  const { trunk, resolved, from } = question;
  if (!resolved.ok) return [];
  const [first] = resolved.targets;
  const target = { ...first!, ...(first!.protocol === 'tls' ? { trust: trunk.tlsVerify ?? 'name' } : {}) };
  const domain = trunk.domain ?? sipUriHost(trunk.proxy);
  const request = { uri: `sip:${domain}`, domain, from: from(target) };
  const options = await probe(
    target,
    { ...request, method: 'OPTIONS', user: trunk.auth?.username ?? '' },
    null,
    connectorOf(question, target),
  );
  const findings = optionsFindings(question, target, options);
  if (trunk.auth === null) return findings;
  return [
    ...findings,
    await checkCredentials(question, target, { ...request, method: 'REGISTER', user: trunk.auth.username }),
  ];
}

const connectorOf = ({ tls }: TrunkQuestion, { protocol }: Target): StreamConnector =>
  protocol === 'tls' ? tls : tcpConnector;

function optionsFindings({ trunk, advertised, now }: TrunkQuestion, target: Target, result: ProbeResult): Finding[] {
  const at = `trunk '${trunk.name}' at ${targetText(target)}`;
  if (result.type === 'none') {
    const advice =
      'is it the right address and transport, and does it take packets from here? Some answer nobody but addresses that they know';
    return [fault('trunk', `${at} does not answer OPTIONS: ${result.why}`, advice)];
  }
  const { answer } = result;
  return [
    answerFinding(at, answer),
    ...seenFinding(trunk.name, answer.seenAs, { sentFrom: answer.sentFrom.address, advertised }),
    ...dateFindings(trunk.name, answer, now()),
  ];
}

function answerFinding(at: string, { status, phrase, tookMs }: ProbeAnswer): Finding {
  const text = `${at} answers OPTIONS: ${status} ${phrase} (${Math.round(tookMs)} ms)`;
  if (status === 403) return warning('trunk', text, 'it may not know this address: have it allowed there');
  if (status >= 500) return warning('trunk', text, 'it is there, but not well: ask who runs it');
  // Any other answer, 404 and 405 included, is one of a living SIP server.
  return ok('trunk', text);
}

/** RFC 3261 20.17: GMT, to the second. */
function dateFindings(name: string, { head, tookMs }: ProbeAnswer, now: number): Finding[] {
  const date = Date.parse(head.first('date') ?? '');
  if (Number.isNaN(date)) return [];
  return [driftFinding(`trunk '${name}'`, now - tookMs / 2 - (date + 500), 500 + tookMs)];
}

async function checkCredentials(question: TrunkQuestion, target: Target, request: ProbeRequest): Promise<Finding> {
  const { trunk, environment } = question;
  const auth = trunk.auth!;
  const who = `trunk '${trunk.name}', user '${auth.username}'`;
  if (auth.password === MASKED_SECRET) {
    return note(
      'digest',
      `${who}: the password is in the store of the running server`,
      'ask with --config FILE, or while the server is stopped',
    );
  }
  const password = resolveSecret(auth.password, environment);
  if (!password.ok) return fault('digest', `${who}: ${password.message}`, 'set it for doctor, as for serve');
  const { username, realm } = auth;
  const credentials = { username, password: password.value, realm };
  const result = await probe(target, request, credentials, connectorOf(question, target));
  return result.type === 'none'
    ? note('digest', `${who}: REGISTER has no answer (${result.why}): the password is not tried`)
    : credentialsFinding(who, result.answer);
}

function credentialsFinding(who: string, { status, phrase, head, wasChallenged }: ProbeAnswer): Finding {
  const text = `${who}: REGISTER without a contact gets ${status} ${phrase}`;
  const isChallenge = status === 401 || status === 407;
  if (isChallenge && head.all('www-authenticate').length + head.all('proxy-authenticate').length === 0)
    return fault('digest', text, 'it asks for a password, but not by digest');
  if (isChallenge || status === 403)
    return fault('digest', text, 'user name or password is wrong, or `realm` names another realm than it asks for');
  if (status < 300 && !wasChallenged) return note('digest', `${text}, and it did not ask for a password`);
  if (status < 300) return ok('digest', `${who}: the password is taken`);
  return note('digest', `${text}: it keeps no registrations, and the password is not tried`);
}
