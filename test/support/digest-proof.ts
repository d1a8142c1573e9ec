/** Credentials for a challenge of ours, as a phone computes them (RFC 7616 3.4). */

import { createHash } from 'node:crypto';
import type { SipText } from './sip-text.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

export function digestProof(
  challenge: SipText,
  login: { method: string; uri: string; user: string; password: string },
): [name: string, value: string] {
  const { method, uri, user, password } = login;
  const parameter = (name: string) =>
    new RegExp(`${name}="([^"]*)"`).exec(challenge.get('www-authenticate'))?.[1] ?? '';
  const [realm, nonce] = [parameter('realm'), parameter('nonce')];
  const secret = md5(`${user}:${realm}:${password}`);
  const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`${method}:${uri}`)}`);
  const value = `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`;
  return ['Authorization', value];
}
