/** What is accepted but does not do anything yet, or hardly what was meant. */

import type { Configuration } from '../core/configuration.ts';
import { type Flaw, flaw, type Mistake, mistakeAt } from '../core/mistake.ts';
import { callerIdWarnings } from '../core/rules/caller-id-warnings.ts';
import { pathText } from './mistake-list.ts';

const NOT_ACTIVE_YET = flaw('not-active-yet');

function ofWebhook({ cdr }: Configuration): Flaw[] {
  const webhook = cdr?.webhook ?? null;
  if (webhook === null) return [];
  const { protocol, hostname } = new URL(webhook.url);
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  return [
    ...(webhook.secret === null ? [flaw('webhook-unsigned')] : []),
    ...(protocol === 'http:' && !isHere ? [flaw('webhook-in-clear')] : []),
  ];
}

/** What the embedded engine can send by. */
const isSpokenHere = (uri: string) => !/;transport=(?!udp\b|tcp\b|tls\b)/i.test(uri);

export function warningsOf(configuration: Configuration): Mistake[] {
  const warnings: Mistake[] = [];
  const warn = (path: Array<string | number>, what = NOT_ACTIVE_YET) => warnings.push(mistakeAt(pathText(path), what));
  for (const section of Object.keys(configuration.inactive)) warn([section]);
  for (const what of ofWebhook(configuration)) warn(['cdr', 'webhook'], what);
  for (const [i, { proxy, outboundProxy, tlsVerify }] of configuration.trunks.entries()) {
    if (tlsVerify === 'none') warn(['trunks', i, 'tlsVerify'], flaw('any-certificate'));
    const [key, uri] = outboundProxy === null ? ['proxy', proxy] : ['outboundProxy', outboundProxy];
    if (!isSpokenHere(uri)) warn(['trunks', i, key], flaw('transport-not-here'));
  }
  for (const [i, extension] of configuration.extensions.entries())
    if (extension.contact === null && extension.password === null)
      warn(['extensions', i], flaw('extension-unreachable'));
  for (const [i, flow] of configuration.flows.entries())
    for (const [word, component] of Object.entries(flow.components)) {
      const path = ['flows', i, 'components', word];
      if (component.type === 'inactive') warn(path);
      const uri = component.type === 'dial' ? component.sipUri : null;
      if (uri !== null && !isSpokenHere(uri)) warn([...path, 'sipUri'], flaw('transport-not-here'));
    }
  return [...warnings, ...callerIdWarnings(configuration)];
}
