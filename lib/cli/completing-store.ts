import type { Configuration } from '../core/configuration.ts';
import type { ConfigurationStore } from '../ports/store.ts';
import { configurationDocument } from '../schema/format-configuration.ts';
import { readConfiguration } from '../schema/parse-configuration.ts';

/** Fields that a former version did not know get their defaults. */
function completed(stored: Configuration): Configuration {
  const read = readConfiguration(configurationDocument(stored, { secrets: 'keep', form: 'complete' }));
  return read.ok ? read.configuration : stored;
}

/** The stored configuration as this version knows it, whichever version stored it. */
export function completing(store: ConfigurationStore): ConfigurationStore {
  return {
    load: async () => {
      const stored = await store.load();
      return stored && { ...stored, configuration: completed(stored.configuration) };
    },
    replace: (configuration, expectedRevision, by) => store.replace(configuration, expectedRevision, by),
  };
}
