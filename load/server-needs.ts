import type { LoadOptions } from './load-options.ts';
import { hopText } from './route.ts';

/** How this project's server is configured for a run; other servers need the same in their own words. */
export function serverNeeds(options: LoadOptions): string {
  const { callers, listen, extension, number, delayMs, rate } = options;
  const perSecond = Math.ceil(rate * 1.5);
  const concurrent = Math.ceil(rate * ((options.answerAfterMs + options.talkMs) / 1_000 + 2)) + 10;
  const lines = [
    'trunks:',
    '  - name: load',
    `    proxy: 'sip:${hopText(listen)};transport=udp'   # LISTEN: the phones of the load`,
    `    accept: ['${callers.address}']   # CALLERS: where its callers call from`,
    `    maxCallsPerSecond: ${perSecond}`,
    `    maxConcurrentCalls: ${concurrent}`,
    ...(extension ? [`extensions: [{ number: '200', contact: 'sip:200@${hopText(extension)}' }]   # EXTENSION`] : []),
    `inboundNumbers: [{ number: '${number}', callback: true }]   # NUMBER`,
    'callbackRules:',
    `  - { name: load, origin: any, trunk: load, delaySeconds: ${(delayMs ?? 2_000) / 1_000}${extension ? ', next: load' : ''} }   # DELAY`,
    ...(extension
      ? ["flows: [{ name: load, start: ext, components: { ext: { type: dial, extension: '200' } } }]"]
      : []),
  ];
  return lines.map((line) => `  ${line}`).join('\n');
}
