import { join } from 'node:path';
import type { PromptOrigin } from '../ports/prompts.ts';

/** In a checkout this file is in lib/cli, in a package in dist/cli: the recordings are beside both. */
const SHIPPED_PROMPTS = join(import.meta.dirname, '../../prompts');

/** In the order in which they are searched. */
export function promptDirectories(dataDirectory: string): Array<{ origin: PromptOrigin; path: string }> {
  return [
    { origin: 'uploaded', path: join(dataDirectory, 'stored-prompts') },
    { origin: 'file', path: join(dataDirectory, 'prompts') },
    { origin: 'shipped', path: SHIPPED_PROMPTS },
  ];
}
