/** Where a configuration names recordings. */

import type { Configuration } from '../configuration.ts';
import { defaultLanguageOf } from '../language.ts';
import { promptParts } from './prompt.ts';

export interface PromptUse {
  /** As it is written: `you-entered&digits:{digits}`. */
  prompt: string;
  /** `flows[0].components.menu.prompt`. */
  path: string;
  /** Null: not of a flow. */
  flow: string | null;
  component: string | null;
}

/** Fields that hold a prompt, whatever the component, and however deep in it: `prompt`, `retryPrompt`, `whisper`. */
const PROMPT_FIELD = /^(?:prompt|whisper|music|holdMusic)$|Prompt$/;
/** Groups whose keys are words of the one who wrote the flow: a variable may be called `prompt`. */
const OWN_WORDS: ReadonlySet<string> = new Set(['choices', 'cases', 'exits', 'variables']);

function found(value: unknown, path: string): Array<{ prompt: string; path: string }> {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (OWN_WORDS.has(key)) return [];
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    return typeof inner === 'string' && PROMPT_FIELD.test(key) ? [{ prompt: inner, path: place }] : found(inner, place);
  });
}

export function promptUses(configuration: Configuration): PromptUse[] {
  const { flows, calls } = configuration;
  const ofFlows = flows.flatMap(({ name: flow, components }, index) =>
    Object.entries(components).flatMap(([component, fields]) =>
      found(fields, `flows[${index}].components.${component}`).map((use) => ({ ...use, flow, component })),
    ),
  );
  return [...ofFlows, ...found(calls, 'calls').map((use) => ({ ...use, flow: null, component: null }))];
}

/** The recordings of a prompt, each once; keys that are filled in later may be any. */
export function recordingsOf(prompt: string): string[] {
  const parts = promptParts(prompt.replace(/digits:[^&]*\{[^&]*/g, 'digits:0123456789*#'));
  return [...new Set(parts.flatMap((part) => (part.type === 'recording' ? [part.name] : [])))];
}

/** In which people may be spoken to. */
export function languagesOf(configuration: Configuration): string[] {
  const { inboundNumbers, callbackRules, flows } = configuration;
  const inline = flows.flatMap(({ components }) =>
    Object.values(components).map((one) => {
      if (one.type === 'callback') return one.terms?.language;
      return one.type === 'set' || one.type === 'announce' ? one.language : null;
    }),
  );
  const named = [...inboundNumbers, ...callbackRules].map(({ language }) => language);
  const all = [defaultLanguageOf(configuration), ...named, ...inline];
  return [...new Set(all.filter((language) => typeof language === 'string'))];
}
