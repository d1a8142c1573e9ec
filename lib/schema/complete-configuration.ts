import type { Configuration, Mistake } from '../core/configuration.ts';
import { configurationDocument } from './format-configuration.ts';
import { readConfiguration } from './parse-configuration.ts';

/**
 * A configuration as an older version has stored it, with the defaults of the fields that it does not have yet.
 * @returns with mistakes: the configuration as it was
 */
export function completeConfiguration(stored: Configuration): { configuration: Configuration; mistakes: Mistake[] } {
  const read = readConfiguration(configurationDocument(stored, { secrets: 'keep', form: 'complete' }));
  if (read.ok) return { configuration: read.configuration, mistakes: [] };
  return { configuration: stored, mistakes: read.mistakes };
}
