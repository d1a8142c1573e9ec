/** What every store guarantees, whatever stands behind it. */

import type { Store } from '../../lib/ports/store.ts';
import { callbackContract } from './contract-callbacks.ts';
import { documentContract } from './contract-documents.ts';
import { durabilityContract } from './contract-durability.ts';
import { gateContract } from './contract-gates.ts';
import { listContract } from './contract-lists.ts';
import { modelContract } from './contract-model.ts';
import { recordingContract } from './contract-recordings.ts';
import { resourceContract } from './contract-resources.ts';

/** An empty store of its own per test. */
export interface StoreHarness {
  open(): Promise<Store>;
  /** Closes the store and opens it again on the same data; null: it keeps nothing. */
  reopen: ((store: Store) => Promise<Store>) | null;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

/** The test's store; replaced by `reopen`. */
export interface StoreUnderTest {
  store: Store;
}

export function storeContract(name: string, harnessOf: () => StoreHarness): void {
  describe(`store contract: ${name}`, () => {
    const harness = harnessOf();
    const under = {} as StoreUnderTest;

    beforeEach(async () => {
      under.store = await harness.open();
    });
    afterEach(async () => {
      await under.store.close();
      await harness.dispose();
    });

    callbackContract(under);
    recordingContract(under);
    listContract(under);
    resourceContract(under);
    gateContract(under, harness.reopen);
    documentContract(under, harness.reopen);
    modelContract(harness);
    if (harness.reopen !== null) durabilityContract(under, harness.reopen);
  });
}
