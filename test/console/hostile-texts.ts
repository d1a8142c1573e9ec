/** Text that would be markup or code, and where it is put: by the API, and by who calls. */

import { INBOUND } from './console-rig.ts';

export const ADDRESS = '127.0.83.20';
export const PHONES = '127.0.83.21';
export const IMAGE = '<img src=x onerror=window.broken=1>';
export const SCRIPT = '"><script>window.broken=1</script>';
export const VECTOR = "'><svg/onload=window.broken=1>";
export const TEMPLATE = "{{constructor.constructor('window.broken=1')()}}";
export const LINK = 'javascript:window.broken=1';
export const FRAME = '</textarea><iframe srcdoc=x>';

/** By the API, each in the fields that take it. */
export const PLANTED: Array<[path: string, body: Record<string, unknown>]> = [
  ['trunks', { name: `T ${IMAGE}`, proxy: `sip:${PHONES}:5079`, auth: { username: SCRIPT, password: VECTOR } }],
  ['outgoing-rules', { name: `O ${SCRIPT}`, routes: [{ match: '^1', rewrite: '0', trunks: [`T ${IMAGE}`] }] }],
  ['hours', { name: `H ${VECTOR}`, timezone: 'America/Sao_Paulo', regular: ['Mon-Fri 08:00-18:00'] }],
  [
    'flows',
    {
      name: `F ${IMAGE}`,
      start: SCRIPT,
      components: { [SCRIPT]: { type: 'dial', extension: '200', otherwise: VECTOR }, [VECTOR]: { type: 'hangup' } },
    },
  ],
  [
    'callback-rules',
    {
      name: `R ${IMAGE}`,
      origin: 'any',
      inboundNumbers: [INBOUND],
      method: 'caller',
      trunk: 'trunk-80092037',
      callerId: { number: INBOUND, name: `N ${VECTOR}` },
      delaySeconds: 0.5,
      reject: { status: 486, reason: { protocol: 'Q.850', cause: 17, text: 'Callback scheduled' } },
      next: 'reception',
    },
  ],
  ['extensions', { number: '299', password: SCRIPT }],
  ['users', { username: 'eve', name: IMAGE, role: 'administrator', password: 'correct horse battery' }],
  ['api-keys', { name: `K ${IMAGE}`, scopes: ['callbacks:read'] }],
  ['cors-origins', { origin: 'https://a.example', note: SCRIPT }],
  ['webhooks', { name: `W ${SCRIPT}`, url: `http://${PHONES}:9/${encodeURIComponent(IMAGE)}` }],
  ['holds', { number: '200', reason: VECTOR }],
  ['suppressions', { number: '+5548991990009', reason: `S ${IMAGE} ${LINK}` }],
];

/** The headers of an INVITE that somebody can write what he likes into. */
export const HEADERS = [
  `User-Agent: ${IMAGE}`,
  `Subject: ${SCRIPT}`,
  `Organization: ${VECTOR}`,
  `X-Custom: ${TEMPLATE}`,
  `X-Link: ${LINK}`,
  `Reason: SIP;cause=200;text="${IMAGE}"`,
  `P-Asserted-Identity: "${IMAGE}" <sip:+5548991990000@${PHONES}>`,
  `Diversion: "${VECTOR}" <sip:+554832210000@${PHONES}>;reason=unknown`,
  `X-Frame: ${FRAME}`,
  `Alert-Info: <http://${PHONES}/${LINK}>`,
];
