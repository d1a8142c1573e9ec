/** Our certificate for SIP over TLS, and how TLS trunks are asked. */

import type { ListenPoint } from '../../engine/transport/flow.ts';
import { TlsConnector } from '../../engine/transport/tls-connector.ts';
import { expiryProblem, TlsCredentials, type TlsSettings } from '../../engine/transport/tls-credentials.ts';
import { type Finding, fault, note, ok, warning } from './finding.ts';

const DAY_MS = 86_400_000;

export interface TlsCheck {
  findings: Finding[];
  connector: TlsConnector;
}

export function checkTls(settings: TlsSettings, points: readonly ListenPoint[], now: number): TlsCheck {
  try {
    const credentials = new TlsCredentials(settings);
    return { findings: ownFindings(credentials, points, now), connector: connectorWith(credentials) };
  } catch (error) {
    const advice = 'correct --cert-file, --key-file, --chain-file, --ca-file, or <tls> in drachtio.conf.xml';
    return {
      findings: [fault('tls', (error as Error).message, advice)],
      connector: connectorWith(new TlsCredentials()),
    };
  }
}

function connectorWith(credentials: TlsCredentials): TlsConnector {
  return new TlsConnector({ credentials, handshakeMs: 0, onFailedHandshake: () => undefined });
}

function ownFindings({ own }: TlsCredentials, points: readonly ListenPoint[], now: number): Finding[] {
  if (own === undefined) return [];
  const { subject, expiresAt } = own;
  const problem = expiryProblem(own, now);
  const advice = 'put the new one into its files: it is read by itself within ten seconds';
  if (problem !== undefined)
    return [expiresAt <= now ? fault('tls', problem, advice) : warning('tls', problem, advice)];
  const days = Math.floor((expiresAt - now) / DAY_MS);
  const text = `certificate of ${subject}: good until ${new Date(expiresAt).toISOString().slice(0, 10)} (${days} days)`;
  if (points.some(({ protocol }) => protocol === 'tls')) return [ok('tls', text)];
  return [note('tls', `${text}, but nobody can connect`, "listen: --sip 'sip:ADDRESS:5061;transport=tls'")];
}
