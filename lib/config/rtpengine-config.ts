/** Which rtpengines there are, and what they share with us. */

import { type HostPort, parseHostPort } from './address.ts';
import { FlagError } from './flag-reader.ts';
import { fail, parsed } from './given.ts';
import type { Settings } from './settings.ts';

export interface RtpengineConfig {
  /** Control addresses; calls are spread evenly. */
  readonly servers: readonly HostPort[];
  /** Where their DTMF logs come; null: keys by SIP INFO alone. */
  readonly dtmf: HostPort | null;
  /** Where prompts are written as they play them; null: in the data directory. */
  readonly promptDirectory: string | null;
}

const CONTROL_PORT = 22_222;
const DTMF: HostPort = { host: '127.0.0.1', port: 22_333 };

/** Several stand between spaces or commas. */
function servers(settings: Settings): HostPort[] {
  const flags = settings.all('rtpengine');
  const variable = settings.environment('RTPENGINE');
  const from = flags === null ? 'RTPENGINE' : '--rtpengine';
  const given = flags ?? (variable === null ? [] : [variable.value]);
  const texts = given.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
  const addresses = texts.map((value) => parsed({ from, value }, parseHostPort(value, CONTROL_PORT)));
  for (const [index, { host, port }] of addresses.entries()) {
    const isTwice = addresses.findIndex((other) => other.host === host && other.port === port) !== index;
    if (isTwice) fail({ from, value: host }, `${host}:${port} is named twice`);
  }
  return addresses;
}

function dtmf(settings: Settings): HostPort | null {
  const given = settings.get('rtpengine-dtmf', 'RTPENGINE_DTMF');
  if (given === null) return DTMF;
  return given.value.toLowerCase() === 'none' ? null : parsed(given, parseHostPort(given.value, null));
}

/** @param isNeeded media is left to it */
export function rtpengineConfig(settings: Settings, isNeeded: boolean): RtpengineConfig | null {
  const addresses = servers(settings);
  if (addresses.length === 0 && isNeeded) throw new FlagError('--media rtpengine needs --rtpengine HOST:PORT');
  if (addresses.length === 0) return null;
  return Object.freeze({
    servers: Object.freeze(addresses),
    dtmf: dtmf(settings),
    promptDirectory: settings.get('rtpengine-prompts', 'RTPENGINE_PROMPTS')?.value ?? null,
  });
}
