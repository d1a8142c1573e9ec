import ipaddr from 'ipaddr.js';
import { type Flaw, flaw } from '../core/mistake.ts';
import { textField } from './field.ts';

const LONGEST_URL = 1000;

/** Cloud machines answer there with their own credentials; nothing of ours belongs there. */
function isLinkLocal(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'linkLocal';
}

function urlMistake(text: string, example: string): Flaw | null {
  if (!URL.canParse(text)) return flaw('not-a-url', { example });
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return flaw('not-http');
  if (url.username !== '' || url.password !== '') return flaw('url-credentials');
  if (url.hash !== '') return flaw('url-fragment');
  return isLinkLocal(url.hostname) ? flaw('link-local') : null;
}

/** Where something of ours is posted to. */
export const webAddress = (example: string) => textField(LONGEST_URL, (text) => urlMistake(text, example));
