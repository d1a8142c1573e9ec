/** Entry of the engine's thread: the engine itself, and less memory for it. */
import '../engine/worker.ts';
import { releaseStartupMemory } from '../system/startup-memory.ts';

releaseStartupMemory();
