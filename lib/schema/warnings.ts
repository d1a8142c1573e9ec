/** What is accepted but does not do anything yet, or hardly what was meant. */

import type { Configuration, Mistake } from '../core/configuration.ts';
import { callerIdWarnings } from '../core/rules/caller-id-warnings.ts';
import { pathText } from './mistake-list.ts';

export const NOT_ACTIVE_YET = 'not active yet';

function ofWebhook({ cdr }: Configuration): string[] {
  const webhook = cdr?.webhook ?? null;
  if (webhook === null) return [];
  const { protocol, hostname } = new URL(webhook.url);
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  return [
    ...(webhook.secret === null ? ['has no `secret`: its receiver can not tell who sends the records'] : []),
    ...(protocol === 'http:' && !isHere ? ['is not https: numbers of callers cross the network as plain text'] : []),
  ];
}

/** What the embedded engine can send by. */
const isSpokenHere = (uri: string) => !/;transport=(?!udp\b|tcp\b|tls\b)/i.test(uri);

export function warningsOf(configuration: Configuration): Mistake[] {
  const warnings: Mistake[] = [];
  const warn = (path: Array<string | number>, message = NOT_ACTIVE_YET) =>
    warnings.push({ path: pathText(path), message });
  for (const section of Object.keys(configuration.inactive)) warn([section]);
  for (const text of ofWebhook(configuration)) warn(['cdr', 'webhook'], text);
  for (const [i, { proxy, outboundProxy, tlsVerify }] of configuration.trunks.entries()) {
    if (tlsVerify === 'none')
      warn(
        ['trunks', i, 'tlsVerify'],
        'takes any certificate: whoever is on the way can listen; a fingerprint is safe',
      );
    const [key, uri] = outboundProxy === null ? ['proxy', proxy] : ['outboundProxy', outboundProxy];
    if (!isSpokenHere(uri))
      warn(['trunks', i, key], 'is for a drachtio-server: the embedded engine speaks udp, tcp and tls alone');
  }
  for (const [i, extension] of configuration.extensions.entries())
    if (extension.contact === null && extension.password === null)
      warn(['extensions', i], 'has neither `contact` nor `password`: it can be reached nowhere');
  for (const [i, rule] of configuration.callbackRules.entries())
    for (const key of Object.keys(rule.inactive ?? {})) warn(['callbackRules', i, key]);
  for (const [i, flow] of configuration.flows.entries())
    for (const [word, component] of Object.entries(flow.components)) {
      const path = ['flows', i, 'components', word];
      if (component.type === 'inactive') warn(path);
      if (component.type === 'callback')
        for (const key of Object.keys(component.terms?.inactive ?? {})) warn([...path, key]);
    }
  return [...warnings, ...callerIdWarnings(configuration)];
}
