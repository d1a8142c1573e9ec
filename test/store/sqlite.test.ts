import { storeContract } from './contract.ts';
import { directoryHarness, memoryHarness } from './harness.ts';

storeContract('SQLite in memory', memoryHarness);
storeContract('SQLite in a directory', directoryHarness);
