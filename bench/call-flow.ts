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
export const TRUNK_URI = `sip:${PHONES}:${TRUNK_PORT};transport=udp`;
export const EXTENSION_URI = `sip:200@${PHONES}:${EXTENSION_PORT};transport=udp`;
export const INBOUND_NUMBER = '+554831210110';
export const DELAY_SECONDS = 2;
export const ANSWER_AFTER_MS = 50;
export const TALK_MS = 1_000;

/** Limits that nothing here reaches: what is measured is the server, not its manners. */
export const CONFIGURATION = `version: 1
defaultCountry: BR
trunks:
  - name: carrier
    proxy: ${TRUNK_URI}
    domain: ${PHONES}
    accept: ['${NETWORK}.0/24']
    maxCallsPerSecond: 10000
    maxConcurrentCalls: 10000
extensions:
  - { number: '200', contact: '${EXTENSION_URI}' }
inboundNumbers:
  - { number: '${INBOUND_NUMBER}', callback: true }
callbackRules:
  - name: everybody
    origin: any
    method: caller
    trunk: carrier
    callerId: { number: '${INBOUND_NUMBER}' }
    delaySeconds: ${DELAY_SECONDS}
    next: sales
flows:
  - name: sales
    start: sales
    components:
      sales: { type: dial, extension: '200' }
`;
