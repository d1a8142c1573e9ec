/**
 * The call that is measured, the same for all: INVITE in, 486, two seconds, INVITE out through a trunk, answered after
 * 50 ms, INVITE to an extension, answered, a second of talk, BYE. No RTP is sent.
 */

/** Two runs side by side need two networks. */
const NETWORK = process.env['BENCH_NETWORK'] ?? '127.0.42';
export const SERVER = `${NETWORK}.1`;
export const CALLERS = `${NETWORK}.2`;
export const PHONES = `${NETWORK}.3`;
export const SIP_PORT = 5060;
export const TRUNK_PORT = 5070;
export const EXTENSION_PORT = 5071;
export const SECOND_TRUNK_PORT = 5072;
export const TRUNK_URI = `sip:${PHONES}:${TRUNK_PORT};transport=udp`;
export const EXTENSION_URI = `sip:200@${PHONES}:${EXTENSION_PORT};transport=udp`;
export const INBOUND_NUMBER = '+554831210110';
export const DELAY_SECONDS = 2;
export const ANSWER_AFTER_MS = 50;
export const TALK_MS = 1_000;

/** Limits that nothing here reaches: what is measured is the server, not its manners. */
function trunk(name: string, port: number, health: string): string {
  return `  - name: ${name}
    proxy: sip:${PHONES}:${port};transport=udp
    domain: ${PHONES}
    accept: ['${NETWORK}.0/24']
    maxCallsPerSecond: 10000
    maxConcurrentCalls: 10000
    health: ${health}
`;
}

function configuration(trunks: string, dialBy: string): string {
  return `version: 1
defaultCountry: BR
trunks:
${trunks}limits: { overload: false }
extensions:
  - { number: '200', contact: '${EXTENSION_URI}' }
inboundNumbers:
  - { number: '${INBOUND_NUMBER}', callback: true }
callbackRules:
  - name: everybody
    origin: any
    method: caller
    ${dialBy}
    callerId: { number: '${INBOUND_NUMBER}' }
    delaySeconds: ${DELAY_SECONDS}
    next: sales
flows:
  - name: sales
    start: sales
    components:
      sales: { type: dial, extension: '200' }
`;
}

export const CONFIGURATION = configuration(trunk('carrier', TRUNK_PORT, '{}'), 'trunk: carrier');

/** The trunk that fails, and the one that takes over. */
export const FAILING_TRUNK = 'first';

/** Two trunks in order; the first one counts as down after so many calls in a row that it fails. */
export function failoverConfiguration(downAfter: number): string {
  const trunks = [
    trunk(FAILING_TRUNK, TRUNK_PORT, `{ downAfter: ${downAfter} }`),
    trunk('second', SECOND_TRUNK_PORT, '{}'),
  ];
  const rule = `outgoingRules:
  - { name: both, routes: [{ match: '^', matchOn: received, trunks: [${FAILING_TRUNK}, second] }] }
`;
  return configuration(trunks.join(''), 'outgoingRule: both') + rule;
}
