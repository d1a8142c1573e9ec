import { existsSync } from 'node:fs';
import type { ServeConfig } from '../config/serve-config.ts';
import { readConf } from '../engine/conf.ts';
import { parseUri } from '../engine/message/uri.ts';
import type { GivenSettings } from '../engine/settings.ts';
import { defaultPortOf, type ListenPoint } from '../engine/transport/flow.ts';
import type { Log } from '../ports/log.ts';
import { StartupError } from './startup-error.ts';

const DEFAULT_LISTEN: ListenPoint[] = [
  { protocol: 'udp', address: '127.0.0.1', port: 5060 },
  { protocol: 'tcp', address: '127.0.0.1', port: 5060 },
];

/** Where the application's control connection is to be found. */
export interface PrivateLink {
  path: string;
  secret: string;
}

/**
 * Settings of the embedded engine: `--sip` beats `drachtio.conf.xml`, which beats loopback. The control link is private
 * whatever the file says: no admin port is opened.
 */
export async function engineSettings(config: ServeConfig, link: PrivateLink, log: Log): Promise<GivenSettings> {
  const { path, given: isAsked } = config.drachtioConf;
  const fromFile = isAsked || existsSync(path) ? await readConf(path) : null;
  if (fromFile && !fromFile.ok) throw new StartupError(fromFile.problem);
  for (const warning of fromFile?.conf.warnings ?? []) log.warn({ file: path }, warning);
  const given = withoutRepeats((config.sip ?? []).flatMap(listenPointsOf));
  const listenPoints = given.length > 0 ? given : (fromFile?.conf.settings.listenPoints ?? DEFAULT_LISTEN);
  const tls = { ...fromFile?.conf.settings.tls, ...config.tls };
  if (listenPoints.some(({ protocol }) => protocol === 'tls') && tls.certFile === undefined)
    throw new StartupError(
      'TLS: a certificate is missing: give --cert-file and --key-file, or <tls> in drachtio.conf.xml',
    );
  return {
    ...fromFile?.conf.settings,
    tls,
    listenPoints:
      config.advertise === null
        ? listenPoints
        : listenPoints.map((point) => ({ ...point, advertised: config.advertise! })),
    control: { kind: 'connect', ...link },
    passTrying: true,
  };
}

/** `sip:H` and `sip:H;transport=tcp` together name one socket twice. Port 0 is another one each time. */
function withoutRepeats(points: ListenPoint[]): ListenPoint[] {
  const named = new Map(points.map((point, i) => [point.port === 0 ? i : JSON.stringify(point), point]));
  return [...named.values()];
}

/** `sip:127.0.0.1:5060;transport=udp,tcp`; without a transport: both. `sips:` is TLS. */
function listenPointsOf(uri: string): ListenPoint[] {
  const parsed = parseUri(uri);
  const isSips = parsed?.scheme === 'sips';
  const transport = isSips ? 'tls' : (parsed?.params.get('transport') ?? 'udp,tcp');
  if ((parsed?.scheme !== 'sip' && !isSips) || typeof transport !== 'string') {
    throw new StartupError(`--sip ${uri}: not a SIP URI such as sip:127.0.0.1:5060;transport=udp`);
  }
  return transport
    .toLowerCase()
    .split(',')
    .map((protocol) => {
      if (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls') {
        throw new StartupError(`--sip ${uri}: the transport ${protocol} is not active yet; udp, tcp and tls are`);
      }
      return { protocol, address: parsed.host.replace(/^\[|\]$/g, ''), port: parsed.port ?? defaultPortOf(protocol) };
    });
}
